// SPDX-License-Identifier: GPL-3.0-or-later
// The verb `loss`: the objective on given numbers.
#include "loss.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <iostream>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "jsonl.h"
#include "record/error.h"
#include "training/advantages.h"
#include "training/objective.h"

namespace foothold::cli {
namespace {

using nlohmann::json;
using Rows = std::vector<std::vector<double>>;

/// [rows, tokens]; no rows where the key is missing or null.
Rows rows_of(const json& line, const char* key) {
    if (!line.contains(key) || line.at(key).is_null()) return {};
    return line.at(key).get<Rows>();
}

std::vector<std::vector<std::uint8_t>> mask_of(const json& line) {
    std::vector<std::vector<std::uint8_t>> mask;
    for (const auto& row : line.at("mask").get<Rows>()) {
        auto& bits = mask.emplace_back();
        for (const double value : row) {
            if (value != 0 && value != 1) throw UserError("mask holds something other than 0 and 1");
            bits.push_back(value != 0);
        }
    }
    return mask;
}

/// An optional matrix must be absent or have the shape of logp.
void check_shape(const Rows& logp, const auto& other, const char* key, bool optional) {
    if (optional && other.empty()) return;
    if (other.size() != logp.size()) {
        throw UserError(fmt::format("{} has {} rows, logp has {}", key, other.size(), logp.size()));
    }
    for (std::size_t i = 0; i < logp.size(); ++i) {
        if (other[i].size() != logp[i].size()) {
            throw UserError(
                fmt::format("row {}: {} has {} tokens, logp has {}", i + 1, key, other[i].size(), logp[i].size()));
        }
    }
}

/// A reward may be null: an attempt that could not be judged.
struct Rewards {
    std::vector<double> values;  ///< group by group
    std::size_t group_size = 0;
};

Rewards rewards_of(const json& line) {
    Rewards rewards;
    for (const auto& group : line.at("rewards")) {
        if (!group.is_array() || group.empty()) throw UserError("rewards must hold one list of numbers a prompt");
        if (rewards.group_size == 0) rewards.group_size = group.size();
        if (group.size() != rewards.group_size) {
            throw UserError(fmt::format("all prompts need the same number of rewards, not {} and {}",
                                        rewards.group_size, group.size()));
        }
        for (const auto& value : group) {
            rewards.values.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>());
        }
    }
    return rewards;
}

ObjectiveSettings settings_of(const json& line) {
    ObjectiveSettings settings;
    settings.type = parse_loss_type(line.at("loss_type").get<std::string>());
    settings.epsilon = line.at("epsilon").get<double>();
    const bool two_sided = line.contains("epsilon_high") && !line.at("epsilon_high").is_null();
    settings.epsilon_high = two_sided ? line.at("epsilon_high").get<double>() : settings.epsilon;
    settings.beta = line.at("beta").get<double>();
    if (settings.epsilon < 0 || settings.epsilon_high < 0)
        throw UserError("epsilon and epsilon_high must not be negative");
    if (settings.type == LossType::DrGrpo) settings.max_completion_length = line.at("max_completion_length").get<int>();
    return settings;
}

json answer(const json& line) {
    const ObjectiveSettings settings = settings_of(line);
    const RewardScale scale = parse_reward_scale(line.at("scale_rewards").get<std::string>());
    const Rewards rewards = rewards_of(line);
    const Rows logp = line.at("logp").get<Rows>(), old_logp = rows_of(line, "old_logp"),
               ref_logp = rows_of(line, "ref_logp");
    const auto mask = mask_of(line);
    if (rewards.values.size() != logp.size()) {
        throw UserError(fmt::format("there are {} rewards for {} rows of logp", rewards.values.size(), logp.size()));
    }
    check_shape(logp, mask, "mask", false);
    check_shape(logp, old_logp, "old_logp", true);
    check_shape(logp, ref_logp, "ref_logp", true);

    const auto advantages = group_advantages(rewards.values, rewards.group_size, scale);
    StepTotals totals{.rows = logp.size()};
    for (const auto& row : mask) totals.tokens += count_tokens(row);
    double loss = 0;
    Rows dlogp;
    for (std::size_t i = 0; i < logp.size(); ++i) {
        auto& derivative = dlogp.emplace_back(logp[i].size());
        loss += objective_row<double>(logp[i], old_logp.empty() ? std::span<const double>{} : old_logp[i],
                                      ref_logp.empty() ? std::span<const double>{} : ref_logp[i], mask[i],
                                      advantages[i], 1.0, settings, totals, derivative)
                    .loss;
    }
    if (!std::isfinite(loss))
        throw UserError("the loss is not finite: logp and old_logp or ref_logp are too far apart");
    return {{"advantages", advantages}, {"loss", loss}, {"dlogp", dlogp}};
}

}  // namespace

int loss(std::istream& in, std::ostream& out) { return answer_lines(in, out, answer); }

void register_loss(CLI::App& app, int& exit_code) {
    auto* verb =
        app.add_subcommand("loss", "the objective on given numbers: JSON lines on standard input, one answer a line");
    verb->footer(
        "A line: {\"loss_type\":\"grpo\"|\"dr_grpo\"|\"dapo\"|\"bnpo\",\"epsilon\":x,\"epsilon_high\":x,\"beta\":x,\n"
        "\"scale_rewards\":\"group\"|\"batch\"|\"none\",\"max_completion_length\":N,\"rewards\":[[a number an attempt] "
        "per prompt],\n"
        "\"logp\":[[...]],\"old_logp\":[[...]],\"ref_logp\":[[...]]|null,\"mask\":[[0/1]]}, rows prompt by prompt.\n"
        "Its answer: {\"advantages\":[...],\"loss\":x,\"dlogp\":[[...]]} with dlogp = d loss / d logp.");
    verb->callback([&exit_code] { exit_code = loss(std::cin, std::cout); });
}

}  // namespace foothold::cli
