// SPDX-License-Identifier: GPL-3.0-or-later
// Bases that studies train themselves, each only once: several cells in a row need the same one, and a study that goes on later does too.
#pragma once
#include "studies/study.h"
#include "training/pretrain.h"

namespace foothold {

/// Leaves the base of the recipe in the engine: trained now, or as it was trained under this name before. A base that does not reach the recipe's
/// `until_greedy`, or of which `learned` (asked while it is in the engine) is false, is begun again from another seed, three times at most. Adds to the
/// cell's `seconds` what training took if it was trained now, and sets `base loss`, `base steps`, `base greedy` (where it was looked at) and `base tries`.
/// Throws Stopped, RunError.
void teach(const std::string& name, const BaseRecipe& recipe, const Family& family, const StudyPorts& ports, CellResult& out, const std::function<bool()>& learned = {});

/// The same, going on from the model in the engine.
void teach_more(const std::string& name, const BaseRecipe& recipe, const Family& family, const StudyPorts& ports, CellResult& out);

}  // namespace foothold
