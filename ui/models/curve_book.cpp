// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/curve_book.h"

#include "record/error.h"
#include "studies/curve_file.h"
#include "ui/models/run_model.h"

namespace foothold::ui {
namespace {

constexpr int pollMilliseconds = 60;
constexpr std::size_t keptCurves = 2;  // Of a problem: the newest, and what it is compared with.

}  // namespace

CurveBook::CurveBook(RunModel* model, QObject* parent) : QObject(parent), model_(model) {
    timer_.setInterval(pollMilliseconds);
    connect(&timer_, &QTimer::timeout, this, &CurveBook::poll);
    connect(model_, &RunModel::runChanged, this, [this] {
        timer_.stop();
        curves_.clear();
        Q_EMIT changed(-1);
    });
}

std::string CurveBook::noteOf(int problem) const { return "curves/" + model_->info().problems[static_cast<std::size_t>(problem)].id; }

CurveBook::Entries& CurveBook::known(int problem) const {
    const auto [found, fresh] = curves_.try_emplace(problem);
    if (!fresh || problem < 0 || !model_->session()) return found->second;
    try {
        if (const std::string text = model_->session()->note(noteOf(problem)); !text.empty())
            for (CurveState& state : read_curves(text))
                if (state.step <= model_->lastStep()) found->second.push_back({nullptr, 0, std::move(state)});  // A fork goes back before some.
    } catch (const UserError&) {  // Written by another version: it is sampled again.
    }
    return found->second;
}

void CurveBook::keep(int problem) {
    std::vector<CurveState> states;
    const Entries& entries = known(problem);
    for (auto entry = entries.rbegin(); entry != entries.rend() && states.size() < keptCurves; ++entry)
        if (CurveState state = entry->state(); state.done && state.failure.empty() && (states.empty() || states.back().step != state.step)) states.insert(states.begin(), std::move(state));
    if (states.empty() || model_->session()->read_only()) return;
    model_->session()->set_note(noteOf(problem), write_curves(states));
}

void CurveBook::sample(CurveSettings settings) {
    const int problem = static_cast<int>(settings.problem);
    auto curve = std::make_shared<PrefixCurve>(std::move(settings));
    known(problem).push_back({curve, curve->version(), {}});
    model_->session()->submit(std::move(curve));
    timer_.start();
    Q_EMIT changed(problem);
}

CurveState CurveBook::state(int problem) const {
    const Entries& entries = known(problem);
    return entries.empty() ? CurveState() : entries.back().state();
}

CurveState CurveBook::stateWithEarlier(int problem) const {
    CurveState now = state(problem);
    const Entries& entries = known(problem);
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
        const CurveState before = entry->state();
        if (before.step < 0 || before.step == now.step || now.step < 0) continue;
        for (Curve curve : before.curves)
            if (curve.trace.kind == CurveTrace::Kind::gold) {
                curve.trace.title = tr("step %1").arg(before.step).toStdString();
                now.curves.push_back(std::move(curve));
            }
        break;
    }
    return now;
}

void CurveBook::poll() {
    bool open = false;
    for (auto& [problem, entries] : curves_) {
        if (entries.empty() || !entries.back().curve) continue;
        Entry& last = entries.back();
        if (const std::uint64_t version = last.curve->version(); version != std::exchange(last.version, version)) {
            const CurveState state = last.curve->state();
            if (!state.failure.empty()) Q_EMIT failed(QString::fromStdString(state.failure));
            if (state.done) keep(problem);
            Q_EMIT changed(problem);
        }
        open = open || !last.curve->done();
    }
    if (!open) timer_.stop();
}

}  // namespace foothold::ui
