// SPDX-License-Identifier: GPL-3.0-or-later
// The guidance policy.
#include "guidance/policy.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "record/random.h"

namespace foothold {
namespace {

constexpr double target = 0.5;          // success that the controllers aim at: a(1-a) is largest there (SEELE, arXiv 2509.06923, section 3)
constexpr double tier_start = 0.5, tier_gain = 0.1, tier_floor = -0.1, tier_jitter = 0.1, smallest = 0.02;
constexpr double problem_move = 0.25;

bool cold(std::int64_t step, const Experiment& experiment) { return step <= experiment.guidance.cold_start; }

std::uint64_t group_key(std::int64_t step, const GroupView& group, const Experiment& experiment) {
    return random_key({static_cast<std::uint64_t>(experiment.seed), static_cast<std::uint64_t>(Stream::guidance), static_cast<std::uint64_t>(step),
                       group.problem, group.occurrence});
}

}  // namespace

double GuidancePolicy::cap(const std::string& tier, const Experiment& experiment) {
    const auto found = experiment.guidance.ratios.find(tier);
    return found == experiment.guidance.ratios.end() ? experiment.guidance.ratio : found->second;
}

std::vector<double> GuidancePolicy::rungs(double cap) {
    std::vector<double> out;
    for (double rung : {0.25, 0.5, 0.75, 1.0})
        if (rung < cap) out.push_back(rung);
    if (cap > 0) out.push_back(cap);
    return out;
}

std::vector<double> GuidancePolicy::plan(std::int64_t step, std::span<const GroupView> groups, const Experiment& experiment) const {
    std::vector<double> out(groups.size(), 0.0);
    const auto& knobs = experiment.guidance;
    if (cold(step, experiment)) return out;
    if (knobs.trigger == "random") {
        const auto counts = match_.find(step);
        if (counts == match_.end()) return out;
        for (const auto& [tier, ratios] : counts->second) {
            std::vector<std::size_t> members;
            for (std::size_t i = 0; i < groups.size(); ++i)
                if (groups[i].tier == tier) members.push_back(i);
            Random random(random_key({static_cast<std::uint64_t>(experiment.seed), static_cast<std::uint64_t>(Stream::guidance), static_cast<std::uint64_t>(step)}));
            random.shuffle(std::span(members));
            for (std::size_t i = 0; i < std::min(members.size(), ratios.size()); ++i) out[members[i]] = std::min(ratios[i], cap(tier, experiment));
        }
        return out;
    }
    if (knobs.trigger != "always") return out;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const GroupView& group = groups[i];
        const double most = cap(group.tier, experiment);
        double ratio = most;
        if (knobs.schedule == "tier-target") {
            const auto found = tier_ratio_.find(group.tier);
            const double jitter = tier_jitter * (2 * uniform_at(group_key(step, group, experiment), 0) - 1);
            ratio = (found == tier_ratio_.end() ? tier_start : found->second) + jitter;
        } else if (knobs.schedule == "problem-target") {
            const auto found = problem_ratio_.find(group.problem);
            ratio = found == problem_ratio_.end() ? knobs.start : found->second;
        }
        ratio = std::min(ratio, most);
        out[i] = ratio < smallest ? 0.0 : ratio;
    }
    return out;
}

bool GuidancePolicy::accepted(const GroupView& group, const Experiment& experiment) const {
    if (group.ratio <= 0) return true;
    const std::string& rule = experiment.guidance.accept;
    return rule == "two" ? group.correct >= 2 : rule == "sound" ? group.sound >= 1 : group.correct >= 1 && group.chosen;
}

void GuidancePolicy::choose(std::int64_t step, std::span<GroupView* const> groups, const Experiment& experiment) const {
    const std::string& rule = experiment.guidance.accept;
    if (rule != "min-step" && rule != "mean" && rule != "random") return;
    std::vector<GroupView*> ranked;
    for (GroupView* group : groups)
        if (group->ratio > 0 && group->has_spread()) ranked.push_back(group);
    if (ranked.empty()) return;
    if (rule == "random")
        for (GroupView* group : ranked) group->score = uniform_at(group_key(step, *group, experiment), 1);
    std::stable_sort(ranked.begin(), ranked.end(), [](const GroupView* a, const GroupView* b) { return a->score > b->score; });
    const auto count = std::max<long>(1, std::lround(experiment.guidance.accept_share * static_cast<double>(ranked.size())));
    for (std::size_t i = 0; i < ranked.size(); ++i) ranked[i]->chosen = static_cast<long>(i) < count;
}

std::optional<double> GuidancePolicy::another_round(std::int64_t step, const GroupView& group, const Experiment& experiment) const {
    if (cold(step, experiment) || experiment.guidance.trigger != "all-wrong") return std::nullopt;
    if (group.ratio <= 0 ? group.correct > 0 : accepted(group, experiment)) return std::nullopt;
    const double most = cap(group.tier, experiment);
    if (experiment.guidance.schedule == "fixed") return group.ratio <= 0 && most > 0 ? std::optional(most) : std::nullopt;
    for (double rung : rungs(most))
        if (rung > group.ratio) return rung;
    return std::nullopt;
}

void GuidancePolicy::learn(std::int64_t step, std::span<const GroupView> groups, const Experiment& experiment) {
    if (cold(step, experiment)) return;
    const std::string& schedule = experiment.guidance.schedule;
    if (schedule == "tier-target") {
        std::map<std::string, std::pair<double, int>> sums;
        for (const GroupView& group : groups) {
            auto& [sum, n] = sums[group.tier];
            sum += static_cast<double>(group.correct) / group.attempts;
            ++n;
        }
        for (const auto& [tier, sum] : sums) {
            const double now = tier_ratio_.contains(tier) ? tier_ratio_[tier] : tier_start;
            tier_ratio_[tier] = std::clamp(now + tier_gain * (target - sum.first / sum.second), tier_floor, std::max(tier_floor, cap(tier, experiment)));
        }
    } else if (schedule == "problem-target") {
        for (const GroupView& group : groups) {
            double& ratio = problem_ratio_.try_emplace(group.problem, std::min(experiment.guidance.start, cap(group.tier, experiment))).first->second;
            if (group.correct == 0) ratio = std::min(ratio + problem_move, cap(group.tier, experiment));
            else if (2 * group.correct >= group.attempts) ratio = std::max(ratio - problem_move, 0.0);
        }
    }
}

std::string GuidancePolicy::memory() const {
    nlohmann::json json;
    json["tiers"] = tier_ratio_;
    json["problems"] = nlohmann::json::object();
    for (const auto& [problem, ratio] : problem_ratio_) json["problems"][std::to_string(problem)] = ratio;
    return json.dump();
}

void GuidancePolicy::restore(const std::string& memory) {
    tier_ratio_.clear();
    problem_ratio_.clear();
    if (memory.empty()) return;
    const auto json = nlohmann::json::parse(memory);
    tier_ratio_ = json.at("tiers").get<std::map<std::string, double>>();
    for (const auto& [problem, ratio] : json.at("problems").items()) problem_ratio_[static_cast<std::uint32_t>(std::stoul(problem))] = ratio.get<double>();
}

}  // namespace foothold
