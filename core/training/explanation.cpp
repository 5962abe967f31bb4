// SPDX-License-Identifier: GPL-3.0-or-later
// Reading one token's numbers out of group_advantages and objective_row.
#include "training/explanation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace foothold {
namespace {

std::span<const double> one(const std::vector<double>& row, std::size_t at) {
    return row.empty() ? std::span<const double>() : std::span(row).subspan(at, 1);
}

}  // namespace

TokenExplanation explain_token(const ExplainedToken& token, LossType type, RewardScale scale) {
    const std::size_t size = token.group_size, n = token.logprobs.size(), t = token.token;
    if (size == 0 || token.attempt >= size || (token.group + 1) * size > token.rewards.size() || t >= n || token.lengths.empty() ||
        (!token.mask.empty() && token.mask.size() != n))
        throw UserError("explain_token: the token, its attempt or its group is not part of the step");
    TokenExplanation made;
    const std::vector<double> advantages = group_advantages(token.rewards, size, scale);
    const auto group = std::span(token.rewards).subspan(token.group * size, size);
    const RewardSpread spread = reward_spread(group);
    made.rewards.assign(group.begin(), group.end());
    made.mean = spread.mean;
    made.all_equal = spread.all_equal;
    made.deviation = scale == RewardScale::Group ? spread.deviation : scale == RewardScale::Batch ? reward_spread(token.rewards).deviation : 1.0;
    made.advantage = token.accepted ? advantages[token.group * size + token.attempt] : 0.0;

    ObjectiveSettings settings = token.settings;
    settings.type = type;
    if (settings.max_completion_length <= 0)
        settings.max_completion_length = static_cast<int>(std::max<std::size_t>(1, *std::max_element(token.lengths.begin(), token.lengths.end())));
    const StepTotals totals{token.lengths.size(), static_cast<double>(std::accumulate(token.lengths.begin(), token.lengths.end(), std::size_t{0}))};
    const std::vector<std::uint8_t> mask = token.mask.empty() ? std::vector<std::uint8_t>(n, 1) : token.mask;
    std::vector<double> push(n);
    const auto run = [&](const ObjectiveSettings& with) {
        return objective_row<double>(token.logprobs, token.old_logprobs, token.reference_logprobs, mask, made.advantage, 1.0, with, totals, push);
    };
    made.row_tokens = run(settings).tokens;
    made.push = push[t];
    ObjectiveSettings policy = settings;
    policy.beta = 0;
    run(policy);
    made.policy_push = push[t];

    // The token alone, to learn whether it was this one that the clip stopped.
    const std::span<double> out = std::span(push).first(1);
    const RowResult alone = objective_row<double>(one(token.logprobs, t), one(token.old_logprobs, t), one(token.reference_logprobs, t),
                                                  std::span(mask).subspan(t, 1), made.advantage, 1.0, policy, totals, out);
    made.clip = alone.clipped_low > 0 ? Clip::low : alone.clipped_high > 0 ? Clip::high : Clip::none;
    made.masked = mask[t] == 0;
    made.p = std::exp(token.logprobs[t]);
    made.p_old = token.old_logprobs.empty() ? made.p : std::exp(token.old_logprobs[t]);
    made.ratio = token.old_logprobs.empty() ? 1.0 : std::exp(token.logprobs[t] - token.old_logprobs[t]);
    made.rows = totals.rows;
    made.total_tokens = totals.tokens;
    made.max_length = settings.max_completion_length;
    made.weight = row_scale(made.row_tokens, settings, totals);
    return made;
}

}  // namespace foothold
