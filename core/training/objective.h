// SPDX-License-Identifier: GPL-3.0-or-later
// The objective: from log-probabilities to the loss and its derivative. The only place where it is written down.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "record/error.h"

namespace foothold {

/// How the losses of the tokens become one number. N = unmasked tokens of the whole optimiser step, R = its rows.
enum class LossType {
    Grpo,    ///< mean over each row's own tokens, then over the rows (arXiv 2402.03300, eq. 3)
    DrGrpo,  ///< sum / (R x max_completion_length) (arXiv 2503.20783, section 3.2)
    Dapo,    ///< sum / N (arXiv 2503.14476, section 3.3)
    Bnpo     ///< sum / tokens of the micro-batch; here a step is never cut for this purpose, so it equals Dapo
};

inline std::string_view name_of(LossType type) {
    switch (type) {
        case LossType::Grpo: return "grpo";
        case LossType::DrGrpo: return "dr_grpo";
        case LossType::Dapo: return "dapo";
        case LossType::Bnpo: break;
    }
    return "bnpo";
}

/// "grpo", "dr_grpo", "dapo" or "bnpo". Throws UserError for another name.
inline LossType parse_loss_type(std::string_view name) {
    for (const LossType type : {LossType::Grpo, LossType::DrGrpo, LossType::Dapo, LossType::Bnpo}) {
        if (name == name_of(type)) return type;
    }
    throw UserError("loss type \"" + std::string(name) + "\" is not known: choose grpo, dr_grpo, dapo or bnpo");
}

struct ObjectiveSettings {
    LossType type = LossType::Dapo;
    double epsilon = 0.2;           ///< the ratio is held above 1 - epsilon
    double epsilon_high = 0.2;      ///< and below 1 + epsilon_high
    double beta = 0.0;              ///< weight of the KL divergence from the reference model
    int max_completion_length = 0;  ///< tokens; DrGrpo alone uses it and needs it > 0
};

/// The denominators: totals over *all* rows of the optimiser step, those of zero-spread groups included, whatever rows
/// a micro-batch holds and whichever rows skip the backward pass. This is what makes cuts into micro-batches harmless.
struct StepTotals {
    std::size_t rows = 0;  ///< attempts
    double tokens = 0;     ///< unmasked tokens
};

/// One row's share. Sums over the rows of a step are the step's values.
struct RowResult {
    double loss = 0;       ///< share of the step's loss, already divided
    double kl_sum = 0;     ///< sum over unmasked tokens of the KL estimate (0 without a reference)
    double tokens = 0;     ///< unmasked tokens of the row
    int clipped_low = 0;   ///< tokens with ratio < 1 - epsilon and a negative advantage: their policy gradient is zero
    int clipped_high = 0;  ///< tokens with ratio > 1 + epsilon_high and a positive advantage: the same
};

/// True where objective_row can write anything but zeros: a row that fails this test needs no backward pass.
inline bool row_has_gradient(double advantage, double weight, const ObjectiveSettings& settings) {
    return settings.beta != 0.0 || advantage * weight != 0.0;
}

inline double count_tokens(std::span<const std::uint8_t> mask) {
    return static_cast<double>(mask.size()) -
           static_cast<double>(std::count(mask.begin(), mask.end(), std::uint8_t{0}));
}

/// The factor that turns the sum over a row's unmasked tokens into the row's share of the step's loss.
inline double row_scale(double row_tokens, const ObjectiveSettings& settings, const StepTotals& totals) {
    switch (settings.type) {
        case LossType::Grpo: return 1.0 / (std::max(row_tokens, 1.0) * static_cast<double>(totals.rows));
        case LossType::DrGrpo: return 1.0 / (static_cast<double>(totals.rows) * settings.max_completion_length);
        case LossType::Dapo:
        case LossType::Bnpo: break;
    }
    return 1.0 / std::max(totals.tokens, 1.0);
}

/// The policy-gradient loss of one attempt and its derivative, as TRL 1.16 defines them (PPO clipping, arXiv
/// 1707.06347, eq. 7). For each unmasked token, with r = exp(logp - old_logp), A = advantage and d = ref_logp - logp:
///   -weight x min(r x A, clamp(r, 1 - epsilon, 1 + epsilon_high) x A) + beta x (exp(d) - d - 1).
/// - logp, old_logp, ref_logp: [tokens], natural log-probabilities under the model in training, the one that sampled
///   and the reference. No old_logp = the very model in training: r is exactly 1, its derivative stays.
///   ref_logp may be empty when beta is 0; when given, the KL is counted even so.
/// - mask: [tokens], 0 = the token takes no part; whatever stands there is not read.
/// - weight: importance weight of the row (>= 0), on the policy term alone.
/// - importance: [tokens] or empty, factors of the same term, token by token: truncated importance weights.
/// - dlogp: [tokens], written: d loss / d logp, 0 where masked. It must not overlap the inputs.
///
/// Throws UserError when the lengths differ, beta has no reference or DrGrpo no length. Pure, so safe from any thread.
/// All arithmetic is in double: float callers lose nothing but the rounding of what they hand over.
template <class T>
RowResult objective_row(std::span<const T> logp, std::span<const T> old_logp, std::span<const T> ref_logp,
                        std::span<const std::uint8_t> mask, double advantage, double weight,
                        const ObjectiveSettings& settings, const StepTotals& totals, std::span<T> dlogp,
                        std::span<const T> importance = {}) {
    const std::size_t n = logp.size();
    const auto fits = [n](std::size_t size) { return size == 0 || size == n; };
    if (mask.size() != n || dlogp.size() != n || !fits(old_logp.size()) || !fits(ref_logp.size()) ||
        !fits(importance.size())) {
        throw UserError("objective_row: the row has " + std::to_string(n) +
                        " log-probabilities; mask, derivative, old and reference log-probabilities and importance weights must be as long");
    }
    if (settings.beta != 0.0 && ref_logp.empty() && n != 0) {
        throw UserError("objective_row: beta is not 0, so the reference log-probabilities are needed");
    }
    if (settings.type == LossType::DrGrpo && settings.max_completion_length <= 0) {
        throw UserError("objective_row: dr_grpo divides by max_completion_length, which must be above 0");
    }
    RowResult row;
    row.tokens = count_tokens(mask);
    const double scale = row_scale(row.tokens, settings, totals);
    const double low = 1.0 - settings.epsilon, high = 1.0 + settings.epsilon_high;
    double sum = 0;
    for (std::size_t t = 0; t < n; ++t) {
        dlogp[t] = T{0};
        if (mask[t] == 0) continue;
        const double policy = advantage * weight * (importance.empty() ? 1.0 : static_cast<double>(importance[t]));
        const double now = logp[t];
        const double ratio = old_logp.empty() ? 1.0 : std::exp(now - static_cast<double>(old_logp[t]));
        // The smaller of the two products is the clipped one in just these two cases; it does not depend on logp.
        const bool clipped_low = ratio < low && advantage<0, clipped_high = ratio> high && advantage > 0;
        row.clipped_low += clipped_low;
        row.clipped_high += clipped_high;
        double gradient = 0;
        if (clipped_low || clipped_high) {
            sum -= (clipped_low ? low : high) * policy;
        } else if (policy != 0.0) {
            sum -= ratio * policy;
            gradient = -ratio * policy;
        }
        if (!ref_logp.empty()) {
            // Schulman's k3 estimator (joschu.net/blog/kl-approx.html); expm1 keeps its digits where the models agree.
            const double distance = static_cast<double>(ref_logp[t]) - now, growth = std::expm1(distance);
            row.kl_sum += growth - distance;
            if (settings.beta != 0.0) {
                sum += settings.beta * (growth - distance);
                gradient -= settings.beta * growth;
            }
        }
        dlogp[t] = static_cast<T>(gradient * scale);
    }
    row.loss = sum * scale;
    return row;
}

/// A reference solution among the attempts, as LUFFY has it (arXiv 2504.14945, section 3.3; behaviour probability 1, no clipping): for each
/// unmasked token with p = exp(logp), -A x p / (p + gamma). The factor p gamma / (p + gamma)^2 of the derivative is largest for tokens that
/// the model finds unlikely but not impossible. Shapes and errors as objective_row; no KL term.
template <class T>
RowResult shaped_row(std::span<const T> logp, std::span<const std::uint8_t> mask, double advantage, double gamma, const ObjectiveSettings& settings,
                     const StepTotals& totals, std::span<T> dlogp) {
    if (mask.size() != logp.size() || dlogp.size() != logp.size()) throw UserError("shaped_row: log-probabilities, mask and derivative must be equally long");
    RowResult row;
    row.tokens = count_tokens(mask);
    const double scale = row_scale(row.tokens, settings, totals);
    for (std::size_t t = 0; t < logp.size(); ++t) {
        dlogp[t] = T{0};
        if (mask[t] == 0) continue;
        const double p = std::exp(static_cast<double>(logp[t])), sum = p + gamma;
        row.loss -= advantage * p / sum * scale;
        dlogp[t] = static_cast<T>(-advantage * p * gamma / (sum * sum) * scale);
    }
    return row;
}

/// Supervised training on the same path: loss = -sum(logp over unmasked tokens) / total_tokens, so d logp = -1 /
/// total_tokens. total_tokens: unmasked tokens of the whole optimiser step (at least 1 is taken).
template <class T>
RowResult supervised_row(std::span<const T> logp, std::span<const std::uint8_t> mask, double total_tokens,
                         std::span<T> dlogp) {
    if (mask.size() != logp.size() || dlogp.size() != logp.size()) {
        throw UserError("supervised_row: log-probabilities, mask and derivative must be equally long");
    }
    RowResult row;
    row.tokens = count_tokens(mask);
    const double scale = 1.0 / std::max(total_tokens, 1.0);
    for (std::size_t t = 0; t < logp.size(); ++t) {
        dlogp[t] = mask[t] != 0 ? static_cast<T>(-scale) : T{0};
        if (mask[t] != 0) row.loss -= static_cast<double>(logp[t]) * scale;
    }
    return row;
}

}  // namespace foothold
