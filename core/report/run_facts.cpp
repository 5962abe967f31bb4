// SPDX-License-Identifier: GPL-3.0-or-later
// Reading what a report says of a run.
#include "report/run_facts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "session/stored_run.h"
#include "store/exports.h"

namespace foothold {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

void add_once(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

HeldoutCurve heldout_of(const RunFacts& facts, const std::string& tier, const std::string& outcome_text) {
    HeldoutCurve curve{tier, 0, {}};
    const std::string name = "heldout/" + tier + "/accuracy";
    for (std::size_t i = facts.info.pool_size; i < facts.info.problems.size(); ++i)
        curve.n += facts.info.problems[i].tier == tier;
    for (const StepSummary& step : facts.steps)
        if (const double* value = step.metric(name)) curve.accuracy.push_back({static_cast<double>(step.step), *value});
    // The scores of the end are no step's own where heldout.every does not fall on it.
    const auto outcome = nlohmann::json::parse(outcome_text, nullptr, false);
    if (outcome.is_object() && outcome.contains(name) && outcome[name].is_number() &&
        outcome.value("step", std::int64_t{-1}) == facts.last_step() &&
        (curve.accuracy.empty() || curve.accuracy.back().x < static_cast<double>(facts.last_step())))
        curve.accuracy.push_back({static_cast<double>(facts.last_step()), outcome[name].get<double>()});
    return curve;
}

}  // namespace

RunFacts::RunFacts(const RunReader& run) : info(run.info()), changes(run.interventions()) {
    initial = parse_experiment(run.experiment_toml(), "experiment.toml");
    ended = initial;
    for (const Intervention& change : changes) set_key(ended, change.key, change.value);
    replay_toml = write_experiment(replayable_experiment(run));
    device = run.note("device").empty() ? info.device : run.note("device");
    for_each_step(run, [&](const StepSummary& step) { steps.push_back(step); });
    tiers = initial.problems.tiers;
    for (const Problem& problem : info.problems) add_once(tiers, problem.tier);
    std::erase_if(tiers, [&](const std::string& tier) {
        return std::none_of(info.problems.begin(), info.problems.end(),
                            [&](const Problem& p) { return p.tier == tier; });
    });
    const std::string outcome = run.note(outcome_note);
    for (const std::string& tier : tiers)
        if (HeldoutCurve curve = heldout_of(*this, tier, outcome); !curve.accuracy.empty())
            heldout.push_back(std::move(curve));
    for (const StepSummary& step : steps)
        for (const GroupSummary& g : step.groups) {
            TierCounts& tier = counts[tier_of(g)];
            ++tier.groups;
            tier.dead_before += g.correct_before == 0;
            tier.dead += g.correct == 0;
            // Rescued as in frac_rescued/*: it failed without a hint first.
            if (g.correct_before == 0 && g.hint_ratio > 0 && g.correct > 0)
                ++(g.sound == g.correct ? tier.sound : g.sound == 0 ? tier.lucky : tier.some_sound);
        }
}

const std::string& RunFacts::tier_of(const GroupSummary& group) const {
    static const std::string none = "?";
    return group.problem < info.problems.size() ? info.problems[group.problem].tier : none;
}

double RunFacts::last(const std::string& metric) const {
    for (auto step = steps.rbegin(); step != steps.rend(); ++step)
        if (const double* value = step->metric(metric)) return *value;
    return unknown;
}

double RunFacts::total(const std::string& metric) const {
    double sum = 0;
    for (const StepSummary& step : steps)
        if (const double* value = step.metric(metric); value && std::isfinite(*value)) sum += *value;
    return sum;
}

double RunFacts::mean_of_last(const std::string& metric, int n) const {
    double sum = 0;
    int count = 0;
    for (auto step = steps.rbegin(); step != steps.rend() && count < n; ++step)
        if (const double* value = step->metric(metric)) sum += *value, ++count;
    return count ? sum / count : unknown;
}

bool RunFacts::has(const std::string& metric) const {
    return std::any_of(steps.begin(), steps.end(),
                       [&](const StepSummary& step) { return step.metric(metric) != nullptr; });
}

std::vector<double> RunFacts::in_columns(const std::string& metric, const StepColumns& columns) const {
    std::vector<double> sum(columns.size(), 0), count(columns.size(), 0);
    for (const StepSummary& step : steps) {
        const double* value = step.step > 0 ? step.metric(metric) : nullptr;
        if (!value || !std::isfinite(*value)) continue;
        const std::size_t column = columns.of(step.step);
        sum[column] += *value;
        count[column] += 1;
    }
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = count[i] > 0 ? sum[i] / count[i] : unknown;
    return sum;
}

}  // namespace foothold
