// SPDX-License-Identifier: GPL-3.0-or-later
// From a stored attempt and the step it belongs to, to a token whose objective can be explained.
#pragma once
#include <optional>

#include "record/attempt.h"
#include "record/experiment.h"
#include "training/explanation.h"

namespace foothold::ui {

/// `step` = all training attempts of the attempt's step. None where the attempt was not one that counts (a round that was thrown away, a
/// probe) or its step is not at hand.
std::optional<ExplainedToken> explainedToken(const Attempt& attempt, int token, const std::vector<Attempt>& step, const Experiment& experiment,
                                             const std::vector<std::string>& vocabulary);

}  // namespace foothold::ui
