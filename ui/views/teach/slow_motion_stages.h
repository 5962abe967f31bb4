// SPDX-License-Identifier: GPL-3.0-or-later
// One training step of one group, told stage by stage from its records.
#pragma once
#include <QString>
#include <vector>

#include "record/attempt.h"
#include "store/run_store.h"

namespace foothold::ui {

struct SlowStage {
    QString name;   ///< "Draw"
    QString title;  ///< What happened, in a line: "All eight are wrong".
    QString html;   ///< With the numbers of the record.
    bool idle = false;  ///< The stage had nothing to do in this step.
};

/// Draw, hint, generate, judge, another round, advantages, update. `attempts` are those of all rounds of `group` in step `step`;
/// `experiment` is what was in effect in that step.
std::vector<SlowStage> slowMotionStages(const StepSummary& step, const GroupSummary& group, const std::vector<Attempt>& attempts, const RunInfo& info,
                                        const Experiment& experiment, const QString& problemName);

}  // namespace foothold::ui
