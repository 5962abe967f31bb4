// SPDX-License-Identifier: GPL-3.0-or-later
// From a sampled completion to a judged attempt: the same for training, held-out sets, probes and branches.
#pragma once
#include "engine/engine.h"
#include "record/attempt.h"
#include "record/experiment.h"
#include "tasks/family.h"

namespace foothold {

/// Where hints stand under guidance.placement; `auto` asks the family.
Placement placement_of(const Experiment& experiment, const Family& family);

/// Moves the completion into the attempt and fills in what the judge says; attempt.hint is set already.
void judge_completion(Attempt& attempt, Completion&& completion, const Family& family, const Problem& problem, Placement placement);

}  // namespace foothold
