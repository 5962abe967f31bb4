// SPDX-License-Identifier: GPL-3.0-or-later
// The one selection: every view shows it and sets it.
#pragma once
#include <QObject>
#include <set>

#include "record/attempt.h"

namespace foothold::ui {

/// Primary problem, the one pinned beside it, brushed set, step cursor and whether the cursor follows the head of the run.
class Selection : public QObject {
    Q_OBJECT
   public:
    explicit Selection(QObject* parent = nullptr) : QObject(parent) {}

    int problem() const { return problem_; }  ///< Index into the pool, -1 = none.
    int pinned() const { return pinned_; }    ///< Problem held beside the primary one, -1 = none.
    qint64 step() const { return step_; }     ///< The step all views show.
    bool live() const { return live_; }       ///< The cursor follows the newest step.
    int attempt() const { return attempt_; }  ///< Index in the group, -1 = none.
    const std::set<int>& brushed() const { return brushed_; }  ///< Problems brushed in a view; empty = no brush.
    bool dimmed(int problem) const { return !brushed_.empty() && !brushed_.contains(problem); }  ///< Others are brushed.
    bool stateShown(int legendEntry) const { return !hiddenStates_.contains(legendEntry); }
    const std::set<int>& hiddenStates() const { return hiddenStates_; }

    void setProblem(int problem);
    void setPinned(int problem);
    void swapPinned();              ///< The pinned problem becomes the primary one and the other way round.
    void setAttempt(int attempt);
    void setStep(qint64 step);      ///< Freezes the views at a step: live becomes false.
    void setLive(bool live);
    void followHead(qint64 head);   ///< Called when records arrive; moves the cursor only while live.
    void setBrushed(std::set<int> problems);
    void toggleBrushed(int problem);  ///< Adds it to the brushed set, or takes it out.
    void toggleState(int legendEntry);

   Q_SIGNALS:
    void problemChanged(int problem);
    void pinnedChanged(int problem);
    void attemptChanged(int attempt);
    void stepChanged(qint64 step);
    void liveChanged(bool live);
    void brushedChanged();
    void hiddenStatesChanged();

   private:
    int problem_ = -1, pinned_ = -1, attempt_ = -1;
    qint64 step_ = 0;
    bool live_ = true;
    std::set<int> brushed_, hiddenStates_;
};

}  // namespace foothold::ui
