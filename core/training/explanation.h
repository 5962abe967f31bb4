// SPDX-License-Identifier: GPL-3.0-or-later
// One token's share of the objective, number by number, computed by the functions that train.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "training/advantages.h"
#include "training/objective.h"

namespace foothold {

/// A token of an attempt with all that its push depends on.
struct ExplainedToken {
    std::vector<double> rewards;  ///< [groups x group_size] of the whole step, group by group.
    std::size_t group_size = 0;
    std::size_t group = 0, attempt = 0;  ///< Which group of the step, which attempt of the group.
    std::size_t token = 0;               ///< Index into the rows below.
    /// [tokens] natural log-probabilities of the attempt: now, when it was sampled (empty = by these very weights: ratio 1) and under the
    /// reference model (empty = none).
    std::vector<double> logprobs, old_logprobs, reference_logprobs;
    std::vector<std::uint8_t> mask;     ///< [tokens] 0 = not trained on; empty = all take part.
    std::vector<std::size_t> lengths;   ///< Scored tokens of every attempt of the optimiser step: the denominators.
    ObjectiveSettings settings;         ///< The run's. max_completion_length 0 = the longest of `lengths`.
    RewardScale scale = RewardScale::Group;  ///< The run's.
    bool accepted = true;  ///< False where guidance did not take the group: its advantages are 0.
    std::string text;      ///< The token as the vocabulary spells it.
};

enum class Clip { none, low, high };

struct TokenExplanation {
    std::vector<double> rewards;     ///< Of the token's group.
    double mean = 0;                 ///< Of the group.
    double deviation = 0;            ///< What `scale` divides by, before the small constant; 1 for none.
    bool all_equal = false;          ///< All rewards of the group are the same.
    double advantage = 0;
    double p = 0, p_old = 0, ratio = 1;
    Clip clip = Clip::none;
    bool masked = false;
    double row_tokens = 0;           ///< Trained tokens of the attempt.
    double total_tokens = 0;         ///< Of the step.
    std::size_t rows = 0;            ///< Attempts of the step.
    int max_length = 0;              ///< What dr_grpo divides by.
    double weight = 0;               ///< 1 / denominator of the loss type.
    double policy_push = 0;          ///< The policy term's part of the push.
    double push = 0;                 ///< d loss / d log-prob: below zero the token is made more likely.
};

/// The chain for one loss type and one reward scale, all else as the token has it. Throws UserError where rewards, group, token or lengths do
/// not fit each other.
TokenExplanation explain_token(const ExplainedToken& token, LossType type, RewardScale scale);

}  // namespace foothold
