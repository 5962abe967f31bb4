// SPDX-License-Identifier: GPL-3.0-or-later
// From the rewards of a step to one advantage an attempt.
#include "training/advantages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "record/error.h"

namespace foothold {

RewardSpread reward_spread(std::span<const double> rewards) {
    RewardSpread spread;
    std::size_t count = 0;
    double sum = 0, first = 0;
    for (const double reward : rewards) {
        if (std::isnan(reward)) continue;
        if (count == 0) first = reward;
        spread.all_equal = spread.all_equal && reward == first;
        sum += reward;
        ++count;
    }
    if (count == 0) return spread;
    spread.mean = sum / static_cast<double>(count);
    if (count == 1) return spread;
    double squares = 0;
    for (const double reward : rewards) {
        if (!std::isnan(reward)) squares += (reward - spread.mean) * (reward - spread.mean);
    }
    spread.deviation = std::sqrt(squares / static_cast<double>(count - 1));
    return spread;
}

RewardScale parse_reward_scale(std::string_view name) {
    for (const RewardScale scale : {RewardScale::Group, RewardScale::Batch, RewardScale::None}) {
        if (name == name_of(scale)) return scale;
    }
    throw UserError(fmt::format("scale_rewards \"{}\" is not known: choose group, batch or none", name));
}

std::string_view name_of(RewardScale scale) {
    switch (scale) {
        case RewardScale::Group: return "group";
        case RewardScale::Batch: return "batch";
        case RewardScale::None: break;
    }
    return "none";
}

std::vector<double> group_advantages(std::span<const double> rewards, std::size_t group_size, RewardScale scale) {
    if (rewards.empty()) return {};
    if (group_size == 0 || rewards.size() % group_size != 0) {
        throw UserError(fmt::format("{} rewards do not divide into groups of {}", rewards.size(), group_size));
    }
    std::vector<double> advantages(rewards.size(), 0.0);
    const double batch_deviation = scale == RewardScale::Batch ? reward_spread(rewards).deviation : 0.0;
    for (std::size_t begin = 0; begin < rewards.size(); begin += group_size) {
        const auto group = rewards.subspan(begin, group_size);
        const RewardSpread spread = reward_spread(group);
        // Without this the rounding of the mean would leave a pull of about 1e-13 on a group that has nothing to teach.
        if (spread.all_equal) continue;
        const double deviation = scale == RewardScale::Batch ? batch_deviation : spread.deviation;
        const double divisor = scale == RewardScale::None ? 1.0 : deviation + kDeviationFloor;
        for (std::size_t i = 0; i < group_size; ++i) {
            if (!std::isnan(group[i])) advantages[begin + i] = (group[i] - spread.mean) / divisor;
        }
    }
    return advantages;
}

}  // namespace foothold
