// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers that describe a step.
#include "training/step_metrics.h"

#include <algorithm>
#include <cmath>

#include "training/attempt_confidence.h"

namespace foothold {
namespace {

struct Shares {
    double groups = 0, all_wrong = 0, all_right = 0;
    void count(int correct, int attempts) {
        ++groups;
        all_wrong += correct == 0;
        all_right += correct == attempts;
    }
    void tell(const std::string& suffix, Metrics& out) const {
        const double n = std::max(1.0, groups);
        out.emplace_back("frac_reward_zero_std" + suffix, (all_wrong + all_right) / n);
        out.emplace_back("frac_all_wrong" + suffix, all_wrong / n);
        out.emplace_back("frac_all_right" + suffix, all_right / n);
    }
};

}  // namespace

void add_group_metrics(std::span<const GroupSummary> groups, std::span<const GroupSummary> drawn, Metrics& out) {
    const double n = static_cast<double>(std::max<std::size_t>(1, groups.size()));
    Shares trained, before;
    for (const GroupSummary& g : groups) trained.count(g.correct, g.attempts);
    // A group that got its hint at once says nothing about what would have been without.
    for (const GroupSummary& g : drawn)
        if (g.correct_before != GroupSummary::no_plain_round) before.count(g.correct_before, g.attempts);
    trained.tell("", out);
    if (before.groups > 0 || drawn.empty()) before.tell("/before_hints", out);
    double sound = 0, lucky = 0, mixed = 0, ratio = 0;
    double levels[4] = {};
    for (const GroupSummary& g : groups) {
        if (g.correct_before == 0 && g.hint_ratio > 0 && g.correct > 0) (g.sound == g.correct ? sound : g.sound == 0 ? lucky : mixed) += 1;
        ratio += g.hint_ratio;
        if (g.hint_ratio > 0) levels[std::clamp(static_cast<int>(std::lround(g.hint_ratio * 4)), 1, 4) - 1] += 1;
    }
    out.emplace_back("frac_rescued/sound", sound / n);
    out.emplace_back("frac_rescued/lucky", lucky / n);
    out.emplace_back("frac_rescued/mixed", mixed / n);
    out.emplace_back("hint_ratio/mean", ratio / n);
    // Ratios between the rungs count for the nearest.
    static constexpr const char* names[] = {"hint_level/0.25", "hint_level/0.5", "hint_level/0.75", "hint_level/1"};
    for (int i = 0; i < 4; ++i) out.emplace_back(names[i], levels[i] / n);
}

void add_attempt_metrics(std::span<const Attempt* const> attempts, std::size_t group_size, Metrics& out) {
    const double n = static_cast<double>(std::max<std::size_t>(1, attempts.size()));
    double reward = 0, std_sum = 0, length = 0, ended_length = 0, ended = 0, entropy = 0, tokens = 0;
    double shortest = INFINITY, longest = 0, push = 0, lucky_push = 0;
    for (std::size_t i = 0; i < attempts.size(); ++i) {
        const Attempt& a = *attempts[i];
        const auto size = static_cast<double>(a.tokens.size());
        reward += a.reward;
        length += size;
        shortest = std::min(shortest, size);
        longest = std::max(longest, size);
        if (a.ended) ended += 1, ended_length += size;
        for (float h : a.entropies) entropy += h;
        if (a.verdict == Verdict::correct) push += std::abs(a.advantage), lucky_push += a.soundness == Soundness::lucky ? std::abs(a.advantage) : 0;
        tokens += size;
        if ((i + 1) % group_size == 0) {
            double mean = 0, squares = 0;
            for (std::size_t j = i + 1 - group_size; j <= i; ++j) mean += attempts[j]->reward / static_cast<double>(group_size);
            for (std::size_t j = i + 1 - group_size; j <= i; ++j) squares += std::pow(attempts[j]->reward - mean, 2);
            std_sum += std::sqrt(squares / static_cast<double>(group_size - 1));
        }
    }
    out.emplace_back("reward", reward / n);
    out.emplace_back("reward_std", std_sum / (n / static_cast<double>(group_size)));
    out.emplace_back("completions/mean_length", length / n);
    out.emplace_back("completions/min_length", attempts.empty() ? 0 : shortest);
    out.emplace_back("completions/max_length", longest);
    out.emplace_back("completions/mean_terminated_length", ended > 0 ? ended_length / ended : 0);
    out.emplace_back("completions/clipped_ratio", 1 - ended / n);
    out.emplace_back("entropy", tokens > 0 ? entropy / tokens : 0);
    out.emplace_back("advantage_share/lucky", push > 0 ? lucky_push / push : 0);
}

void add_vote_metrics(std::span<const std::vector<const Attempt*>> groups, const Tokenizer& tokenizer, Metrics& out) {
    double n = 0, majority = 0, step = 0, mean = 0;
    for (const auto& group : groups) {
        if (group.empty()) continue;
        ++n;
        std::vector<TraceConfidence> traces;
        std::vector<double> least, average;
        for (const Attempt* a : group) {
            TraceConfidence& trace = traces.emplace_back(confidence_of(*a, tokenizer));
            if (trace.correct) trace.answer = "right";  // Right answers may be written in more than one way.
            least.push_back(trace_score(trace, "min-step"));
            std::fill(trace.counts.begin(), trace.counts.end(), 1);
            average.push_back(trace_score(trace, "mean"));
        }
        majority += vote_credit(traces, average, 1, {}, "right");
        step += vote_credit(traces, least, 0, {}, "right");  // One of them votes.
        mean += vote_credit(traces, average, 0, {}, "right");
    }
    if (n == 0) return;
    out.emplace_back("vote/majority", majority / n);
    out.emplace_back("vote/surest-step", step / n);
    out.emplace_back("vote/surest-mean", mean / n);
}

void add_heldout_metrics(const std::string& tier, std::span<const Attempt> attempts, Metrics& out) {
    double sampled = 0, correct = 0, sound = 0, skipping = 0, greedy = 0, greedy_n = 0;
    for (const Attempt& a : attempts) {
        const bool right = a.verdict == Verdict::correct;
        if (a.round == 1) {
            greedy += right;
            ++greedy_n;
            continue;
        }
        ++sampled;
        correct += right;
        sound += right && a.soundness == Soundness::sound;
        skipping += a.skipping;
    }
    const std::string prefix = "heldout/" + tier + "/";
    out.emplace_back(prefix + "accuracy", correct / std::max(1.0, sampled));
    out.emplace_back(prefix + "sound", sound / std::max(1.0, sampled));
    out.emplace_back(prefix + "greedy", greedy / std::max(1.0, greedy_n));
    out.emplace_back(prefix + "skipping", skipping / std::max(1.0, sampled));
}

}  // namespace foothold
