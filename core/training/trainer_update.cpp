// SPDX-License-Identifier: GPL-3.0-or-later
// From judged groups to new weights: advantages, contexts, the objective, optimiser steps.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "training/advantages.h"
#include "training/judged_attempt.h"
#include "training/objective.h"
#include "training/trainer_group.h"

namespace foothold {
namespace {

constexpr double reference_gamma = 0.1;  // LUFFY, arXiv 2504.14945, section 3.3

/// min(exp(trainer's - sampler's log-prob), cap) of the last tokens, which were sampled; 1 of those before them.
std::vector<float> importance_weights(std::span<const float> trained, std::span<const float> sampled, double cap) {
    std::vector<float> weights(trained.size(), 1.0f);
    const std::size_t offset = trained.size() - sampled.size();
    for (std::size_t t = 0; t < sampled.size(); ++t)
        weights[offset + t] = static_cast<float>(std::min(cap, std::exp(static_cast<double>(trained[offset + t]) - static_cast<double>(sampled[t]))));
    return weights;
}

}  // namespace

OptimizerSettings Trainer::optimizer_of(std::int64_t step, const Experiment& experiment) const {
    OptimizerSettings optimizer;
    const double progress = static_cast<double>(step - 1) / static_cast<double>(std::max<std::int64_t>(1, experiment.steps));
    const std::string& schedule = experiment.optimizer.schedule;
    const double left = std::clamp(1 - progress, 0.0, 1.0);
    optimizer.lr = experiment.optimizer.lr * (schedule == "linear" ? left : schedule == "cosine" ? 0.5 * (1 - std::cos(std::numbers::pi * left)) : 1.0);
    optimizer.beta1 = experiment.optimizer.betas[0];
    optimizer.beta2 = experiment.optimizer.betas[1];
    optimizer.weight_decay = experiment.optimizer.weight_decay;
    optimizer.max_grad_norm = experiment.optimizer.max_grad_norm;
    optimizer.update_norm = experiment.optimizer.update_norm;
    return optimizer;
}

void Trainer::learn_references(std::int64_t step, std::vector<Group>& groups, const Experiment& experiment, const StepPorts& ports, StepRecord& record) {
    for (Group& g : groups) g.view.attempts = 0;
    add_references(step, groups, ports.stop);
    std::vector<ScoredSequence> sequences;
    double tokens = 0;
    for (Group& g : groups) {
        Attempt& a = g.attempts.front();
        ScoredSequence s{a.context, a.context.size()};
        s.tokens.insert(s.tokens.end(), a.tokens.begin(), a.tokens.end());
        tokens += static_cast<double>(s.scored());
        a.trained = true;
        a.trained_under = a.sampled_under;
        sequences.push_back(std::move(s));
    }
    std::vector<double> losses(sequences.size());
    const OptimizerSettings optimizer = optimizer_of(step, experiment);
    const UpdateResult result = engine_.update(
        sequences,
        [&](std::size_t row, std::span<const float> logprobs, std::span<float> out) {
            const std::vector<std::uint8_t> mask(logprobs.size(), 1);
            losses[row] = supervised_row<float>(logprobs, mask, tokens, out).loss;
        },
        optimizer, ports.stop);
    record.summary.metrics = {{"loss", std::accumulate(losses.begin(), losses.end(), 0.0)}, {"grad_norm", result.grad_norm}, {"learning_rate", optimizer.lr}};
}

void Trainer::update(std::int64_t step, std::vector<Group>& groups, const Experiment& experiment, const StepPorts& ports, StepRecord& record) {
    const auto& loss = experiment.loss;
    const auto size = static_cast<std::size_t>(experiment.sampling.attempts);
    const std::string& context = experiment.guidance.context;
    const Placement placement = placement_of(experiment, family_);
    const bool trains_hints = experiment.guidance.hint_gradient == "policy" && placement == Placement::answer;
    std::vector<double> rewards;
    std::vector<Group*> trained;
    double highest = 0;  // Rung of the step.
    for (Group& g : groups) {
        highest = std::max(highest, g.view.ratio);
        for (Attempt& a : g.attempts) a.advantage = 0;
        if (g.set_aside) continue;
        trained.push_back(&g);
        for (const Attempt& a : g.attempts) rewards.push_back(a.reward);
    }
    const std::vector<double> advantages = group_advantages(rewards, size, parse_reward_scale(loss.scale_rewards));

    // One row an attempt; those without a gradient stay out of the engine but in the denominators.
    struct Row {
        Attempt* attempt;
        ScoredSequence sequence;
        std::vector<float> old, reference, importance;
        bool elsewhere = false;  ///< Trained under another context than it was sampled under.
        double gap_sum = 0, gap_max = 0;
        RowResult result;
    };
    std::vector<Row> rows;
    const auto minibatches = std::min(static_cast<std::size_t>(loss.minibatches), trained.size());
    std::vector<StepTotals> totals(minibatches);
    std::vector<std::vector<std::size_t>> members(minibatches);
    for (std::size_t i = 0; i < trained.size(); ++i) {
        Group& g = *trained[i];
        const std::size_t batch = i * minibatches / trained.size();
        const bool counts = policy_.accepted(g.view, experiment) && (g.view.correct == 0 || g.view.correct >= loss.min_successes);
        for (std::size_t k = 0; k < size; ++k) {
            Attempt& a = g.attempts[k];
            a.advantage = counts ? advantages[i * size + k] : 0;
            const bool whole = trains_hints && a.reward > 0 && !a.hint.empty();
            const bool bare = !a.hint.empty() && (context == "plain" || (context == "released" && g.view.ratio < highest));
            const Problem& problem = set_.problems[a.problem];
            a.trained_under = whole || bare ? family_.context(problem, {}, placement) : a.sampled_under;
            ScoredSequence s;
            s.tokens = bare ? family_.encode_context(problem, {}, {}, placement) : a.context;
            s.first = whole ? family_.tokenizer().encode_start(a.sampled_under, a.trained_under.size()).size() : s.tokens.size();
            s.tokens.insert(s.tokens.end(), a.tokens.begin(), a.tokens.end());
            totals[batch].rows += 1;
            totals[batch].tokens += static_cast<double>(s.scored());
            a.trained = a.advantage != 0 || loss.beta > 0;
            if (!a.trained || a.tokens.empty()) {
                a.trained = false;
                a.trained_under.clear();
                continue;
            }
            members[batch].push_back(rows.size());
            rows.push_back({&a, std::move(s), {}, {}, {}, bare, 0, 0, {}});
            // Guide (arXiv 2506.13923, section 4): numerator without the hint, denominator the hinted sampler; the clip truncates the ratio.
            if (bare && context == "plain") rows.back().old = a.logprobs;
        }
    }

    const ObjectiveSettings settings{parse_loss_type(loss.type), loss.epsilon, loss.epsilon_high, loss.beta,
                                     experiment.sampling.max_new_tokens > 0 ? static_cast<int>(experiment.sampling.max_new_tokens) : longest_completion_};
    const OptimizerSettings optimizer = optimizer_of(step, experiment);

    const bool off_policy = loss.num_iterations * static_cast<std::int64_t>(minibatches) > 1;
    if (off_policy || loss.beta > 0) {
        std::vector<ScoredSequence> sequences;
        for (const Row& row : rows) sequences.push_back(row.sequence);
        if (off_policy) {
            auto old = engine_.score(sequences, false, ports.stop);
            for (std::size_t r = 0; r < rows.size(); ++r)
                if (rows[r].old.empty()) rows[r].old = std::move(old[r]);
        }
        if (loss.beta > 0) {
            auto reference = engine_.score(sequences, true, ports.stop);
            for (std::size_t r = 0; r < rows.size(); ++r) rows[r].reference = std::move(reference[r]);
        }
    }

    double loss_sum = 0, norm_sum = 0, kl = 0, low = 0, high = 0, tokens = 0, gap = 0, gap_max = 0, gap_tokens = 0;
    std::int64_t updates = 0;
    for (std::int64_t iteration = 0; iteration < loss.num_iterations; ++iteration)
        for (std::size_t batch = 0; batch < minibatches; ++batch) {
            if (members[batch].empty()) continue;
            std::vector<ScoredSequence> sequences;
            for (std::size_t r : members[batch]) sequences.push_back(rows[r].sequence);
            const auto gradient = [&](std::size_t index, std::span<const float> logprobs, std::span<float> out) {
                Row& row = rows[members[batch][index]];
                const std::vector<std::uint8_t> mask(logprobs.size(), 1);
                if (row.attempt->origin == Origin::given) {
                    row.result = shaped_row<float>(logprobs, mask, row.attempt->advantage, reference_gamma, settings, totals[batch], out);
                    return;
                }
                if (loss.importance_cap > 0 && row.importance.empty() && !row.elsewhere)
                    row.importance = importance_weights(row.old.empty() ? logprobs : std::span<const float>(row.old), row.attempt->logprobs, loss.importance_cap);
                row.result = objective_row<float>(logprobs, row.old, row.reference, mask, row.attempt->advantage, 1.0, settings, totals[batch], out, row.importance);
                if (iteration == 0 && batch == 0 && !row.elsewhere) {  // Only here trainer and sampler have the same weights.
                    const std::size_t offset = logprobs.size() - row.attempt->logprobs.size();
                    for (std::size_t t = offset; t < logprobs.size(); ++t) {
                        const double difference = std::abs(static_cast<double>(logprobs[t]) - row.attempt->logprobs[t - offset]);
                        row.gap_sum += difference;
                        row.gap_max = std::max(row.gap_max, difference);
                    }
                }
            };
            const bool first = updates == 0;
            const UpdateResult result = engine_.update(sequences, gradient, optimizer, first ? ports.stop : std::stop_token{});
            ++updates;
            norm_sum += result.grad_norm;
            for (std::size_t r : members[batch]) {
                const Row& row = rows[r];
                loss_sum += row.result.loss;
                kl += row.result.kl_sum;
                low += row.result.clipped_low;
                high += row.result.clipped_high;
                tokens += static_cast<double>(row.sequence.scored());
                if (first) {
                    gap += row.gap_sum;
                    gap_max = std::max(gap_max, row.gap_max);
                    if (!row.elsewhere && row.attempt->origin != Origin::given) gap_tokens += static_cast<double>(row.attempt->logprobs.size());
                }
            }
        }
    const double n = std::max(1.0, tokens), count = static_cast<double>(std::max<std::int64_t>(1, updates));
    record.summary.metrics = {{"loss", loss_sum / count},
                              {"grad_norm", norm_sum / count},
                              {"learning_rate", optimizer.lr},
                              {"clip_ratio/low_mean", low / n},
                              {"clip_ratio/high_mean", high / n},
                              {"clip_ratio/region_mean", (low + high) / n},
                              {"sampling/sampling_logp_difference/mean", gap / std::max(1.0, gap_tokens)},
                              {"sampling/sampling_logp_difference/max", gap_max}};
    if (loss.beta > 0) record.summary.metrics.emplace_back("kl", kl / n);
}

}  // namespace foothold
