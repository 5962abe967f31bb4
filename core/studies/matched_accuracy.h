// SPDX-License-Identifier: GPL-3.0-or-later
// Arms compared where they are equally good at what they were trained on.
#pragma once
#include <string>
#include <vector>

#include "studies/arm_table.h"

namespace foothold {

/// One arm minus another, paired by seed: mean accuracy over the tiers `beyond` at the tokens where each first reaches the highest accuracy on the tier
/// `trained` that both reach; seeds where that is below .1 are left out. Reads the curves `accuracy/<tier>`.
ArmDifference matched_difference(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& other, const std::string& trained,
                                 const std::vector<std::string>& beyond);

}  // namespace foothold
