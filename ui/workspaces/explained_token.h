// SPDX-License-Identifier: GPL-3.0-or-later
// From a stored attempt and the step it belongs to, to a token whose objective can be explained.
#pragma once
#include <QString>
#include <optional>

#include "record/attempt.h"
#include "record/experiment.h"
#include "training/explanation.h"

namespace foothold::ui {

/// `step` = all training attempts of the attempt's step. None where the attempt was not one that counts (a round that was thrown away, a
/// probe) or its step is not at hand.
/// `experiment` = as in effect at that step.
std::optional<ExplainedToken> explainedToken(const Attempt& attempt, int token, const std::vector<Attempt>& step, const Experiment& experiment,
                                             const std::vector<std::string>& vocabulary);

/// Why a token of this attempt cannot be explained from what is stored, in the user's words; empty if it can.
QString whyNotExplained(const Attempt& attempt, const Experiment& experiment);

}  // namespace foothold::ui
