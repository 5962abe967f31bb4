// SPDX-License-Identifier: GPL-3.0-or-later
// What a report says of a run, read once.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "record/experiment.h"
#include "report/chart.h"
#include "store/run_store.h"

namespace foothold {

/// A held-out measure of a tier in the course of a run: sampled at temperature 1, n problems each time.
struct HeldoutCurve {
    std::string tier;
    std::int64_t n = 0;  ///< Problems. Attempts at one problem are alike, so that intervals count problems.
    std::vector<ChartPoint> accuracy;  ///< By step, the end of the run included.
};

/// Groups of a tier over the whole run.
struct TierCounts {
    std::int64_t groups = 0, dead_before = 0, dead = 0;  ///< All wrong in the round without a hint; as trained.
    std::int64_t sound = 0, lucky = 0, some_sound = 0;   ///< Rescued: all, none, some of the successes sound.
    std::int64_t rescued() const { return sound + lucky + some_sound; }
};

struct RunFacts {
    explicit RunFacts(const RunReader& run);

    RunInfo info;
    Experiment initial;       ///< As at step 0.
    Experiment ended;         ///< With every change made while it ran.
    std::string replay_toml;  ///< The experiment that repeats the run.
    std::string device;
    std::vector<StepSummary> steps;
    std::vector<Intervention> changes;  ///< In the order in which they took effect.
    std::vector<std::string> tiers;     ///< Easiest first.
    std::vector<HeldoutCurve> heldout;  ///< As tiers; those never measured are left out.
    std::map<std::string, TierCounts> counts;

    std::int64_t last_step() const { return steps.empty() ? 0 : steps.back().step; }
    bool trained() const { return last_step() > 0; }
    const std::string& tier_of(const GroupSummary& group) const;
    double last(const std::string& metric) const;   ///< Newest value; NaN if there is none.
    double total(const std::string& metric) const;  ///< Sum of what is finite.
    double mean_of_last(const std::string& metric,
                        int n) const;  ///< Over the last n steps that have it; NaN if none has.
    bool has(const std::string& metric) const;
    /// Mean of a metric in each column, over the steps that have a finite value; NaN where none has.
    std::vector<double> in_columns(const std::string& metric, const StepColumns& columns) const;
};

/// "Lately" in a report: as many steps as `run` averages over.
inline constexpr int recent_steps = 50;

}  // namespace foothold
