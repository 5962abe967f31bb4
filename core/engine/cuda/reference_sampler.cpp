// SPDX-License-Identifier: GPL-3.0-or-later
// The sampler: the same choices, number for number, as the decoder for processors (libtorch/decode_cpu.cpp).
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "engine/cuda/reference.h"
#include "record/philox.h"

namespace foothold {
namespace {

std::size_t size_of(int a) { return static_cast<std::size_t>(a); }

/// exp((logit - largest) x scale) each, and their sum.
double exponentials(std::span<const float> logits, float largest, float scale, std::vector<float>& chances) {
    chances.resize(logits.size());
    double total = 0;
    for (std::size_t i = 0; i < logits.size(); ++i)
        total += static_cast<double>(chances[i] = std::exp((logits[i] - largest) * scale));
    return total;
}

/// The first token at which the sum of the chances goes beyond the target, the tokens in this order.
Token inverse(const std::vector<float>& chances, std::span<const Token> order, double target) {
    double sum = 0;
    Token last = order.front();
    for (const Token token : order) {
        const float chance = chances[size_of(token)];
        if (chance <= 0) continue;
        sum += static_cast<double>(chance);
        last = token;
        if (sum > target) break;
    }
    return last;
}

Token choose(std::span<const float> logits, const SamplerRules& rules, double uniform) {
    const auto most = std::ranges::max_element(logits);
    if (rules.sharpness <= 0) return static_cast<Token>(most - logits.begin());
    std::vector<float> chances;
    const double total = exponentials(logits, *most, rules.sharpness, chances);
    std::vector<Token> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    if (rules.top_p >= 1) return inverse(chances, order, uniform * total);
    // The most likely tokens that together reach top_p, those of equal chance in the order of their numbers.
    std::ranges::stable_sort(order, std::greater<>(), [&](Token token) { return chances[size_of(token)]; });
    double reached = 0;
    std::size_t kept = 0;
    while (kept < order.size() && reached < rules.top_p * total) reached += static_cast<double>(chances[size_of(order[kept++])]);
    return inverse(chances, std::span(order).first(std::max<std::size_t>(kept, 1)), uniform * reached);
}

TokenRecord describe(std::span<const float> logits, Token token, int top) {
    const float largest = *std::ranges::max_element(logits);
    std::vector<float> chances, best(size_of(top));
    const double total = exponentials(logits, largest, 1, chances), log_total = std::log(total);
    if (!std::isfinite(total)) return {token, std::numeric_limits<float>::quiet_NaN(), 0, 0};
    double weighted = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) weighted += static_cast<double>(chances[i]) * static_cast<double>(logits[i] - largest);
    std::partial_sort_copy(logits.begin(), logits.end(), best.begin(), best.end(), std::greater<>());
    const double mean = std::accumulate(best.begin(), best.end(), 0.0) / top;
    return {token, static_cast<float>(static_cast<double>(logits[size_of(token)] - largest) - log_total),
            static_cast<float>(std::max(0.0, log_total - weighted / total)),
            static_cast<float>(static_cast<double>(largest) + log_total - mean)};
}

/// Whether the mean confidence of the last tokens is too low; `count` tokens were sampled, this one among them.
bool unsure(const SamplerRules& rules, int count, float* recent, float confidence) {
    if (rules.stop_window <= 0) return false;
    recent[(count - 1) % rules.stop_window] = confidence;
    return count >= rules.stop_window &&
           std::accumulate(recent, recent + rules.stop_window, 0.0) / rules.stop_window < rules.stop_threshold;
}

}  // namespace

void ReferenceOps::sample(int rows, int vocabulary, const float* all_logits, const SamplerState& state) {
    const SamplerRules& rules = *state.rules;
    std::vector<float> changed;
    for (int row = 0; row < rows; ++row) {
        if (state.positions[row] < 0) continue;
        const std::span logits(all_logits + size_of(row) * size_of(vocabulary), size_of(vocabulary));
        const int before = state.counts[row];
        Token token = 0;
        if (before < rules.forced) {
            token = state.forced_prefix[before];
        } else {
            std::span<const float> seen = logits;
            if (state.since[row] < rules.penalty_duration) {
                changed.assign(logits.begin(), logits.end());
                for (std::size_t i = 0; i < changed.size(); ++i)
                    if (state.marks[i]) changed[i] -= rules.penalty;
                seen = changed;
            }
            token = choose(seen, rules, philox_uniform(state.keys[row], static_cast<std::uint64_t>(before)));
        }
        const TokenRecord record = describe(logits, token, rules.top);
        state.records[size_of(row) * size_of(state.record_steps) + size_of(before % state.record_steps)] = record;
        state.tokens[row] = token;
        state.since[row] = state.marks[token] ? 0 : state.since[row] + 1;
        const int count = state.counts[row] = before + 1;
        float* recent = state.recent + size_of(row) * size_of(state.recent_width);
        const bool finished = unsure(rules, count, recent, record.confidence) || token == rules.end_token || count >= state.limits[row];
        state.positions[row] = finished ? -1 : state.positions[row] + 1;
    }
}

}  // namespace foothold
