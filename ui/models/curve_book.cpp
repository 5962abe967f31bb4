// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/curve_book.h"

#include "ui/models/run_model.h"

namespace foothold::ui {
namespace {

constexpr int pollMilliseconds = 60;

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

void CurveBook::sample(CurveSettings settings) {
    const int problem = static_cast<int>(settings.problem);
    auto curve = std::make_shared<PrefixCurve>(std::move(settings));
    curves_[problem].push_back({curve, curve->version()});
    model_->session()->submit(std::move(curve));
    timer_.start();
    Q_EMIT changed(problem);
}

CurveState CurveBook::state(int problem) const {
    const auto found = curves_.find(problem);
    return found == curves_.end() ? CurveState() : found->second.back().curve->state();
}

CurveState CurveBook::stateWithEarlier(int problem) const {
    CurveState now = state(problem);
    const auto found = curves_.find(problem);
    if (found == curves_.end()) return now;
    for (auto entry = found->second.rbegin(); entry != found->second.rend(); ++entry) {
        const CurveState before = entry->curve->state();
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
        Entry& last = entries.back();
        if (const std::uint64_t version = last.curve->version(); version != std::exchange(last.version, version)) {
            if (const CurveState state = last.curve->state(); !state.failure.empty()) Q_EMIT failed(QString::fromStdString(state.failure));
            Q_EMIT changed(problem);
        }
        open = open || !last.curve->done();
    }
    if (!open) timer_.stop();
}

}  // namespace foothold::ui
