// SPDX-License-Identifier: GPL-3.0-or-later
// Who gets how much hint, and when: the knobs of `guidance.*` at work, with the memory that controllers keep.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "record/experiment.h"

namespace foothold {

/// One group as the policy sees it.
struct GroupView {
    std::uint32_t problem = 0;
    std::uint16_t occurrence = 0;
    std::string tier;
    double ratio = 0;  ///< Hint of the round just judged; 0 = none.
    int attempts = 0, correct = 0, sound = 0;
    double score = 0;     ///< How sure its successes are; needed where guidance.accept ranks by confidence.
    bool chosen = true;   ///< False: guidance.accept ranks, and others came before it.
    bool has_spread() const { return correct > 0 && correct < attempts; }
};

/// Hinted groups a (step, tier): the ratios given there. What `random` repeats on other problems.
using HintCounts = std::map<std::int64_t, std::map<std::string, std::vector<double>>>;

class GuidancePolicy {
   public:
    /// Ratios for the first round of a step, one a group; 0 = no hint.
    std::vector<double> plan(std::int64_t step, std::span<const GroupView> groups, const Experiment& experiment) const;

    /// After a round: the ratio of another round for this group, or nothing if the round counts (or no rung is left).
    std::optional<double> another_round(std::int64_t step, const GroupView& group, const Experiment& experiment) const;

    /// Does a hinted group count? (guidance.accept; groups without a hint always do.)
    bool accepted(const GroupView& group, const Experiment& experiment) const;

    /// Where guidance.accept ranks (min-step, mean, random): of the hinted groups with successes and failures, the share guidance.accept_share
    /// stays chosen (rounded, at least one): those with the highest scores, or drawn. The others, having no gradient, stay as they are.
    void choose(std::int64_t step, std::span<GroupView* const> groups, const Experiment& experiment) const;

    /// The controllers learn from the groups of the step as trained.
    void learn(std::int64_t step, std::span<const GroupView> groups, const Experiment& experiment);

    /// The largest ratio a tier may get: guidance.ratios, else guidance.ratio.
    static double cap(const std::string& tier, const Experiment& experiment);
    /// The rungs of the ladder up to a cap: .25, .5, .75, 1 below it, then the cap itself.
    static std::vector<double> rungs(double cap);

    void set_match(HintCounts counts) { match_ = std::move(counts); }
    std::string memory() const;  ///< JSON; goes into checkpoints.
    void restore(const std::string& memory);

   private:
    std::map<std::string, double> tier_ratio_;
    std::map<std::uint32_t, double> problem_ratio_;
    HintCounts match_;
};

}  // namespace foothold
