// SPDX-License-Identifier: GPL-3.0-or-later
// Changes of the selection, each announced once.
#include "ui/selection/selection.h"

namespace foothold::ui {

void Selection::setProblem(int problem) {
    if (problem == problem_) return;
    problem_ = problem;
    setAttempt(-1);
    Q_EMIT problemChanged(problem);
}

void Selection::setPinned(int problem) {
    if (problem == pinned_) return;
    pinned_ = problem;
    Q_EMIT pinnedChanged(problem);
}

void Selection::swapPinned() {
    if (pinned_ < 0) return;
    const int primary = problem_;
    setProblem(pinned_);
    setPinned(primary);
}

void Selection::setAttempt(int attempt) {
    if (attempt == attempt_) return;
    attempt_ = attempt;
    Q_EMIT attemptChanged(attempt);
}

void Selection::setStep(qint64 step) {
    setLive(false);
    if (step == step_) return;
    step_ = step;
    Q_EMIT stepChanged(step);
}

void Selection::setLive(bool live) {
    if (live == live_) return;
    live_ = live;
    Q_EMIT liveChanged(live);
}

void Selection::followHead(qint64 head) {
    if (!live_ || head == step_) return;
    step_ = head;
    Q_EMIT stepChanged(head);
}

void Selection::setBrushed(std::set<int> problems) {
    if (problems == brushed_) return;
    brushed_ = std::move(problems);
    Q_EMIT brushedChanged();
}

void Selection::toggleBrushed(int problem) {
    std::set<int> problems = brushed_;
    if (problems.erase(problem) == 0) problems.insert(problem);
    setBrushed(std::move(problems));
}

void Selection::toggleState(int legendEntry) {
    if (hiddenStates_.erase(legendEntry) == 0) hiddenStates_.insert(legendEntry);
    Q_EMIT hiddenStatesChanged();
}

}  // namespace foothold::ui
