// SPDX-License-Identifier: GPL-3.0-or-later
// What a lesson's prediction is about: one number, read off the steps of a run.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "record/attempt.h"
#include "record/problem.h"

namespace foothold::ui {

/// Kinds of measures. Shares lie in [0, 1].
enum class MeasureKind {
    all_wrong,       ///< Groups with no success in the round without a hint, of groups that had such a round.
    right,           ///< Attempts right in the round without a hint, of attempts made in it.
    rescued,         ///< Groups with a success in the round that counts, of groups all wrong without a hint.
    lucky,           ///< Successes whose own steps are not sound, of successes in the round that counts.
    majority,        ///< Groups, asked without a hint, whose most frequent answer is right (ties shared).
    surest_step,     ///< Groups whose attempt with the surest least sure step is right.
    surest_mean,     ///< Groups whose attempt that is surest on average is right. These three count groups of every tier.
    heldout,         ///< Held-out problems solved, one sampled attempt each, no hint. The newest measurement at or before the step.
    heldout_greedy,  ///< The same with the model's most likely answer.
};

struct Measure {
    MeasureKind kind = MeasureKind::right;
    std::vector<std::string> tiers;  ///< Never empty.
    std::int64_t last = 10;          ///< Steps back from the one it is asked for; held-out measures do not use it.
};

/// A share with the number of cases it stands on; n = 0: nothing to measure yet.
struct Measured {
    double share = 0;
    std::int64_t n = 0;
    std::int64_t from = 0, to = 0;  ///< Steps that it was taken over.
};

/// Measures steps (at - last, at] of a run. `steps[i]` is step i; `problems` are the run's; `heldoutSize` is the number of held-out
/// problems a tier.
Measured measure(const Measure& what, std::int64_t at, std::span<const std::shared_ptr<const StepSummary>> steps,
                 std::span<const Problem> problems, std::int64_t heldoutSize);

const std::vector<std::string>& measureNames();            ///< As in a lesson file, in the order of MeasureKind.
bool isHeldout(MeasureKind kind);

}  // namespace foothold::ui
