// SPDX-License-Identifier: GPL-3.0-or-later
// Polling one session, and the indexes that the views read from.
#include "ui/models/run_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "record/experiment_keys.h"
#include "ui/models/thread_cpu.h"
#include "ui/models/value_text.h"

namespace foothold::ui {
namespace {

constexpr int pollMilliseconds = 250;    // A poll repaints the two strips.
constexpr int redrawMilliseconds = 500;  // A fast run's steps reach the views in batches.
constexpr double affordable = .008;      // Share of all processors that watching a run may take from it.

bool samePicture(const Progress& a, const Progress& b) {
    return a.state == b.state && a.step == b.step && a.planned_steps == b.planned_steps && a.phase == b.phase && a.round == b.round &&
           a.groups_judged == b.groups_judged && a.step_tokens == b.step_tokens && a.memory_bytes == b.memory_bytes && a.planned_bytes == b.planned_bytes &&
           a.device == b.device && a.error == b.error && std::floor(a.seconds_since_commit) == std::floor(b.seconds_since_commit);
}

}  // namespace

RunModel::RunModel(QObject* parent) : QObject(parent), reader_(new AttemptReader(this)) {
    connect(&timer_, &QTimer::timeout, this, &RunModel::poll);
}

RunModel::~RunModel() = default;

void RunModel::setSession(std::shared_ptr<Session> session) {
    reader_->forget();
    session_ = std::move(session);
    steps_.clear();
    edits_.clear();
    pendingCount_ = 0;
    progress_ = {};
    sinceSteps_.invalidate();
    cpu_ = threadCpuSeconds();
    cost_ = 0;
    slowness_ = 1;
    timer_.setInterval(pollMilliseconds);
    replayed_ = session_ ? session_->initial_experiment() : Experiment{};
    indexProblems();
    if (session_)
        timer_.start();
    else
        timer_.stop();
    Q_EMIT runChanged();
    opening_ = true;
    if (session_) poll();
    opening_ = false;
    Q_EMIT progressChanged();
}

void RunModel::indexProblems() {
    rows_.clear();
    tierOf_.clear();
    tiers_.clear();
    visits_.clear();
    if (!session_) return;
    const RunInfo& run = session_->info();
    for (const std::string& tier : session_->initial_experiment().problems.tiers) tiers_.push_back(QString::fromStdString(tier));
    for (const Problem& problem : run.problems) {
        const QString tier = QString::fromStdString(problem.tier);
        auto found = std::find(tiers_.begin(), tiers_.end(), tier);
        if (found == tiers_.end()) found = tiers_.insert(tiers_.end(), tier);  // Problems from a file bring their own tiers.
        tierOf_.push_back(static_cast<int>(found - tiers_.begin()));
    }
    visits_.resize(run.problems.size());
    for (int i = 0; i < static_cast<int>(run.pool_size); ++i) rows_.push_back(i);
    std::stable_sort(rows_.begin(), rows_.end(), [this](int a, int b) { return tierOf(a) > tierOf(b); });
}

void RunModel::indexStep(const StepSummary& step) {
    for (int i = 0; i < static_cast<int>(step.groups.size()); ++i) {
        const std::uint32_t problem = step.groups[static_cast<std::size_t>(i)].problem;
        if (problem < visits_.size()) visits_[problem].push_back({step.step, i});
    }
    QStringList changes;
    for (const Intervention& change : step.applied) {
        try {
            const Value before = get_key(replayed_, change.key);
            set_key(replayed_, change.key, change.value);
            changes << changeText(change.key, before, change.value);
        } catch (const std::exception&) {
            changes << QString::fromStdString(change.key);  // A key of a newer version: still marked.
        }
    }
    if (!changes.isEmpty()) edits_.push_back({step.step, tr("%1 @ step %2").arg(changes.join(QStringLiteral(", "))).arg(step.step), true});
}

void RunModel::keepPace() {
    const double cpu = threadCpuSeconds();
    cost_ += (cpu - std::exchange(cpu_, cpu) - cost_) / 8;
    const double wanted = std::clamp(cost_ * 1e3 / (affordable * std::max(1u, std::thread::hardware_concurrency()) * pollMilliseconds), 1.0, 2.0);
    if (std::abs(wanted - slowness_) < .1) return;
    slowness_ = wanted;
    timer_.setInterval(static_cast<int>(pollMilliseconds * slowness_));
}

void RunModel::poll() {
    if (!session_) return;
    keepPace();
    const Progress before = std::exchange(progress_, session_->progress());
    const bool soon = progress_.state == TrainerState::running && sinceSteps_.isValid() && static_cast<double>(sinceSteps_.elapsed()) < .9 * redrawMilliseconds * slowness_;  // A timer may come early.
    std::vector<Step> arrived;
    if (!soon) arrived = session_->history_since(steps_.size());
    if (!arrived.empty()) sinceSteps_.start();
    bool changed = false;
    const qint64 first = static_cast<qint64>(steps_.size());
    for (const Step& step : arrived) {
        steps_.push_back(step);
        indexStep(*step);
        changed = changed || !step->applied.empty();
    }
    const std::size_t pending = session_->pending().size();
    changed = changed || pending != std::exchange(pendingCount_, pending);

    if (!arrived.empty()) Q_EMIT stepsArrived(first, lastStep());
    if (changed) Q_EMIT experimentChanged();
    if (!samePicture(before, progress_)) Q_EMIT progressChanged();
    if (before.state != progress_.state) {
        if (progress_.state == TrainerState::failed) Q_EMIT failed(QString::fromStdString(progress_.error));
        // A run that had ended loads its model for a probe, and has ended again: that is no news.
        const bool again = before.state == TrainerState::loading && before.step == progress_.step;
        if (progress_.state == TrainerState::finished && !opening_ && !again) Q_EMIT finished();
    }
}

Experiment RunModel::experiment() const { return session_ ? session_->experiment() : Experiment{}; }

const RunInfo& RunModel::info() const {
    static const RunInfo none;
    return session_ ? session_->info() : none;
}

QString RunModel::problemName(int problem) const { return QStringLiteral("P-%1").arg(problem + 1); }

QString RunModel::changeText(const std::string& key, const Value& before, const Value& after) const {
    // Traces are too long to be named by what is in them.
    if (const std::string traces = "guidance.traces."; key.starts_with(traces)) {
        QString name = QString::fromStdString(key.substr(traces.size()));
        for (std::size_t i = 0; i < info().problems.size(); ++i)
            if (info().problems[i].id == key.substr(traces.size())) name = problemName(static_cast<int>(i));
        const auto* steps = std::get_if<std::vector<std::string>>(&after);
        return steps && steps->empty() ? tr("trace of %1 as it was").arg(name) : tr("trace of %1 edited").arg(name);
    }
    return tr("%1 %2 → %3").arg(shortKeyName(key, tiers_), valueText(before), valueText(after));
}

const GroupSummary* RunModel::lastGroup(int problem, qint64 step, qint64* at) const {
    if (problem < 0 || static_cast<std::size_t>(problem) >= visits_.size()) return nullptr;
    const auto& visits = visits_[static_cast<std::size_t>(problem)];
    const auto after = std::upper_bound(visits.begin(), visits.end(), step, [](qint64 s, const Visit& v) { return s < v.step; });
    if (after == visits.begin()) return nullptr;
    const Visit& visit = *(after - 1);
    if (at) *at = visit.step;
    return &steps_[static_cast<std::size_t>(visit.step)]->groups[static_cast<std::size_t>(visit.group)];
}

void RunModel::eachGroupBack(int problem, qint64 step, const std::function<bool(const GroupSummary&)>& use) const {
    if (problem < 0 || static_cast<std::size_t>(problem) >= visits_.size()) return;
    const auto& visits = visits_[static_cast<std::size_t>(problem)];
    auto at = std::upper_bound(visits.begin(), visits.end(), step, [](qint64 s, const Visit& v) { return s < v.step; });
    while (at != visits.begin()) {
        --at;
        if (!use(steps_[static_cast<std::size_t>(at->step)]->groups[static_cast<std::size_t>(at->group)])) return;
    }
}

std::vector<double> RunModel::tierSuccess(qint64 step, int window) const {
    std::vector<double> right(tiers_.size(), 0), all(tiers_.size(), 0);
    for (qint64 s = std::max<qint64>(0, step - window + 1); s <= std::min(step, lastStep()); ++s)
        for (const GroupSummary& group : steps_[static_cast<std::size_t>(s)]->groups) {
            if (group.correct_before == GroupSummary::no_plain_round) continue;
            const auto tier = static_cast<std::size_t>(tierOf(static_cast<int>(group.problem)));
            right[tier] += group.correct_before;
            all[tier] += group.attempts;
        }
    for (std::size_t tier = 0; tier < right.size(); ++tier)
        right[tier] = all[tier] > 0 ? right[tier] / all[tier] : std::numeric_limits<double>::quiet_NaN();
    return right;
}

std::vector<RunModel::Marker> RunModel::markers() const {
    std::vector<Marker> all = edits_;
    const auto& guidance = replayed_.guidance;
    if (guidance.cold_start > 0 && guidance.cold_start <= lastStep() && guidance.trigger != "never")
        all.push_back({guidance.cold_start, tr("cold start ends @ step %1").arg(guidance.cold_start), false});
    std::stable_sort(all.begin(), all.end(), [](const Marker& a, const Marker& b) { return a.step < b.step; });
    return all;
}

void RunModel::readAttempts(const AttemptQuery& query, QObject* context, std::function<void(std::vector<Attempt>)> done) {
    if (session_) reader_->ask(session_, query, context, std::move(done));
}

bool RunModel::reading() const { return reader_->busy(); }

}  // namespace foothold::ui
