// SPDX-License-Identifier: GPL-3.0-or-later
// Counting groups and attempts of the last steps.
#include "ui/lessons/measure.h"

#include <algorithm>

namespace foothold::ui {
namespace {

Measured heldout(const Measure& what, std::int64_t at, std::span<const std::shared_ptr<const StepSummary>> steps, std::int64_t size) {
    const char* leaf = what.kind == MeasureKind::heldout ? "/accuracy" : "/greedy";
    for (std::int64_t step = std::min<std::int64_t>(at, static_cast<std::int64_t>(steps.size()) - 1); step >= 0; --step) {
        double sum = 0;
        std::int64_t tiers = 0;
        for (const std::string& tier : what.tiers)
            if (const double* share = steps[static_cast<std::size_t>(step)]->metric("heldout/" + tier + leaf)) sum += *share, ++tiers;
        if (tiers == 0) continue;
        return {sum / static_cast<double>(tiers), tiers * size, step, step};
    }
    return {};
}

/// A metric of the steps, each weighed by the groups it stands on.
Measured votes(const char* metric, std::int64_t from, std::int64_t to, std::span<const std::shared_ptr<const StepSummary>> steps) {
    Measured sum{0, 0, from, to};
    double credit = 0;
    for (std::int64_t step = from; step <= to; ++step) {
        const StepSummary& s = *steps[static_cast<std::size_t>(step)];
        const double* share = s.metric(metric);
        if (!share) continue;
        const auto asked = std::count_if(s.groups.begin(), s.groups.end(), [](const GroupSummary& g) { return g.correct_before != GroupSummary::no_plain_round; });
        credit += *share * static_cast<double>(asked);
        sum.n += asked;
    }
    if (sum.n > 0) sum.share = credit / static_cast<double>(sum.n);
    return sum;
}

}  // namespace

const std::vector<std::string>& measureNames() {
    static const std::vector<std::string> names = {"all-wrong", "right", "rescued", "lucky", "majority", "surest-step", "surest-mean", "held-out", "held-out-greedy"};
    return names;
}

bool isHeldout(MeasureKind kind) { return kind == MeasureKind::heldout || kind == MeasureKind::heldout_greedy; }

Measured measure(const Measure& what, std::int64_t at, std::span<const std::shared_ptr<const StepSummary>> steps, std::span<const Problem> problems,
                 std::int64_t heldoutSize) {
    if (isHeldout(what.kind)) return heldout(what, at, steps, heldoutSize);
    const std::int64_t to = std::min<std::int64_t>(at, static_cast<std::int64_t>(steps.size()) - 1), from = std::max<std::int64_t>(1, at - what.last + 1);
    if (what.kind == MeasureKind::majority) return votes("vote/majority", from, to, steps);
    if (what.kind == MeasureKind::surest_step) return votes("vote/surest-step", from, to, steps);
    if (what.kind == MeasureKind::surest_mean) return votes("vote/surest-mean", from, to, steps);
    Measured sum{0, 0, from, to};
    std::int64_t hits = 0;
    for (std::int64_t step = from; step <= to; ++step)
        for (const GroupSummary& group : steps[static_cast<std::size_t>(step)]->groups) {
            if (group.problem >= problems.size()) continue;
            if (std::find(what.tiers.begin(), what.tiers.end(), problems[group.problem].tier) == what.tiers.end()) continue;
            const bool plain = group.correct_before != GroupSummary::no_plain_round;
            switch (what.kind) {
                case MeasureKind::all_wrong:
                    if (plain) ++sum.n, hits += group.correct_before == 0;
                    break;
                case MeasureKind::right:
                    if (plain) sum.n += group.attempts, hits += group.correct_before;
                    break;
                case MeasureKind::rescued:
                    if (plain && group.correct_before == 0) ++sum.n, hits += group.correct > 0;
                    break;
                case MeasureKind::lucky:
                    sum.n += group.correct, hits += group.correct - group.sound;
                    break;
                default: break;  // Measured above.
            }
        }
    if (sum.n > 0) sum.share = static_cast<double>(hits) / static_cast<double>(sum.n);
    return sum;
}

}  // namespace foothold::ui
