// SPDX-License-Identifier: GPL-3.0-or-later
// The window's copy of one comparison.
#include "ui/models/comparison_model.h"

#include <signal.h>

#include <QProcess>
#include <algorithm>

#include "record/error.h"
#include "record/paths.h"
#include "store/run_store.h"
#include "ui/views/common/tier_labels.h"

namespace foothold::ui {

ComparisonModel::ComparisonModel(QObject* parent) : QObject(parent) {
    timer_.setInterval(1000);
    connect(&timer_, &QTimer::timeout, this, [this] {
        const bool now = running();
        if (reading_ || (!now && !wasRunning_)) return;
        read();
        wasRunning_ = now;  // Once more after the end: what was measured last is stored last.
    });
}

ComparisonModel::~ComparisonModel() = default;

void ComparisonModel::open(const std::filesystem::path& dir) {
    ComparisonPlan plan = read_plan(dir);
    auto result = std::make_shared<ComparisonResult>();
    result->refresh(plan);
    if (reader_.joinable()) reader_.join();
    plan_ = std::move(plan);
    result_ = std::move(result);
    baseline_ = 0;
    chosen_ = plan_.arms.size() > 1 ? 1 : 0;
    hidden_.clear();
    tier_.clear();
    process_ = 0;
    timer_.start();
    Q_EMIT opened();
    Q_EMIT changed();
}

std::size_t ComparisonModel::doneCells() const {
    std::size_t done = 0;
    for (const auto& arm : result_->cells)
        for (const Cell& cell : arm) done += cell.state == Cell::State::done;
    return done;
}

void ComparisonModel::start() {
    if (!isOpen() || running()) return;
    const auto program = program_dir() / "foothold-cli";
    if (!QProcess::startDetached(QString::fromStdString(program.string()), {QStringLiteral("compare"), QString::fromStdString(plan_.dir.string())}, QString(), &process_))
        throw UserError(program.string() + " could not be started: it runs the arms of a comparison");
    wasRunning_ = true;
    Q_EMIT changed();
}

void ComparisonModel::replan(ComparisonPlan plan) {
    if (running()) throw UserError(tr("The runs of this comparison are still going: stop them or wait, then change the plan").toStdString());
    write_plan(plan);
    plan_ = std::move(plan);
    auto result = std::make_shared<ComparisonResult>(*result_);
    result->refresh(plan_);
    result_ = std::move(result);
    Q_EMIT opened();
    Q_EMIT changed();
}

void ComparisonModel::addSeeds(int count) {
    ComparisonPlan plan = plan_;
    plan.seeds += count;
    replan(std::move(plan));
}

void ComparisonModel::addArm(Arm arm) {
    ComparisonPlan plan = plan_;
    plan.arms.push_back(std::move(arm));
    replan(std::move(plan));
    setChosen(plan_.arms.size() - 1);
}

void ComparisonModel::stop() {
    if (const qint64 process = worker()) ::kill(static_cast<pid_t>(process), SIGINT);
}

qint64 ComparisonModel::worker() const {
    if (!isOpen()) return 0;
    if (const auto holder = RunLock::holder(plan_.dir)) return holder;
    return process_ > 0 && ::kill(static_cast<pid_t>(process_), 0) == 0 ? process_ : 0;  // Just started: it holds nothing yet.
}

bool ComparisonModel::running() const { return worker() > 0; }

void ComparisonModel::read() {
    if (reading_ || !isOpen()) return;
    reading_ = true;
    // A copy is brought up to date: cells that are done are not read again.
    reader_ = std::jthread([this, plan = plan_, next = *result_]() mutable {
        QString problem;
        try {
            next.refresh(plan);
        } catch (const std::exception& error) {
            problem = QString::fromUtf8(error.what());
        }
        auto result = std::make_shared<const ComparisonResult>(std::move(next));
        QMetaObject::invokeMethod(this, [this, dir = plan.dir, result, problem] {
            reading_ = false;
            if (dir != plan_.dir) return;
            result_ = result;
            if (!problem.isEmpty()) Q_EMIT failed(problem);
            Q_EMIT changed();
        }, Qt::QueuedConnection);
    });
}

bool ComparisonModel::shown(std::size_t arm) const { return onlyTwo_ ? arm == baseline_ || arm == chosen_ : !hidden_.contains(arm); }

QString ComparisonModel::tier() const {
    const auto tiers = result_->tiers();
    return !tier_.isEmpty() || tiers.empty() ? tier_ : QString::fromStdString(tiers.back());
}

QString ComparisonModel::tierName(const std::string& tier) const {
    const auto tiers = result_->tiers();
    const auto found = std::find(tiers.begin(), tiers.end(), tier);
    const QString name = QString::fromStdString(tier);
    return found == tiers.end() ? tierWords(name) : tierTitle(static_cast<int>(found - tiers.begin()), name);
}

std::string ComparisonModel::measure() const { return "heldout/" + tier().toStdString() + "/accuracy"; }

void ComparisonModel::setBaseline(std::size_t arm) {
    if (arm == baseline_ || arm >= plan_.arms.size()) return;
    if (arm == chosen_) chosen_ = baseline_;
    baseline_ = arm;
    Q_EMIT changed();
}

void ComparisonModel::setChosen(std::size_t arm) {
    if (arm == chosen_ || arm >= plan_.arms.size()) return;
    chosen_ = arm;
    Q_EMIT changed();
}

void ComparisonModel::setShown(std::size_t arm, bool on) {
    if (on ? hidden_.erase(arm) : hidden_.insert(arm).second) Q_EMIT changed();
}

void ComparisonModel::setOnlyTwo(bool on) {
    onlyTwo_ = on;
    Q_EMIT changed();
}

void ComparisonModel::setAxis(Axis axis) {
    axis_ = axis;
    Q_EMIT changed();
}

void ComparisonModel::setSmoothing(int steps) {
    if (steps == smoothing_) return;
    smoothing_ = steps;
    Q_EMIT changed();
}

void ComparisonModel::setTier(const QString& tier) {
    if (tier == tier_) return;
    tier_ = tier;
    Q_EMIT changed();
}

}  // namespace foothold::ui
