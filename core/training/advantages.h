// SPDX-License-Identifier: GPL-3.0-or-later
// From the rewards of a step to one advantage an attempt.
#pragma once
#include <cstddef>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace foothold {

/// What the distance of a reward from its group's mean is divided by.
enum class RewardScale {
    Group,  ///< the standard deviation of the group (GRPO, arXiv 2402.03300, section 4.1)
    Batch,  ///< the standard deviation of all rewards of the step (Lite PPO, arXiv 2508.08221)
    None    ///< nothing (Dr. GRPO, arXiv 2503.20783)
};

/// "group", "batch" or "none". Throws UserError for another name.
RewardScale parse_reward_scale(std::string_view name);
std::string_view name_of(RewardScale scale);

/// Mean and spread of some rewards; those that are not numbers are left out.
struct RewardSpread {
    double mean = std::numeric_limits<double>::quiet_NaN();
    double deviation = std::numeric_limits<double>::quiet_NaN();  ///< Bessel-corrected; needs two numbers.
    bool all_equal = true;
};
RewardSpread reward_spread(std::span<const double> rewards);

/// Added to the deviation before dividing by it (TRL's; verl has 1e-6).
inline constexpr double kDeviationFloor = 1e-4;

/// advantage = (reward - mean of its group) / (standard deviation + 1e-4), as TRL 1.16 defines it: Bessel-corrected
/// deviation, the mean always that of the group, `scale` choosing the deviation. rewards: [groups x group_size], group
/// by group. Result: [groups x group_size]. A reward that is not a number (an attempt that could not be judged) leaves
/// mean and deviation alone and gets advantage 0. The members of a group whose rewards are all equal get exactly 0.
/// Throws UserError when the rewards do not divide into groups.
std::vector<double> group_advantages(std::span<const double> rewards, std::size_t group_size, RewardScale scale);

}  // namespace foothold
