// SPDX-License-Identifier: GPL-3.0-or-later
// Arms x seeds: what is to be run, and what the stored runs say.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "record/experiment.h"
#include "statistics/paired.h"

namespace foothold {

/// One experiment of a comparison. In a comparison of forks it is the parent's, with `changes` from the fork on.
struct Arm {
    std::string name;                                    ///< Unique in its plan; also the folder of its runs, as far as a folder's name allows.
    Experiment experiment;
    std::vector<std::pair<std::string, Value>> changes;  ///< Forks only.
    std::int64_t first_seed = 0;                         ///< Seeds are first_seed + 0, 1, ...; 0 = the plan's. (Unchanged against unchanged takes others.)
};

/// Arms x seeds in one folder: comparison.toml, the arms' experiments beside it, and a run directory for each cell.
struct ComparisonPlan {
    std::filesystem::path dir;
    std::vector<Arm> arms;         ///< The first is the baseline unless another is chosen.
    std::int64_t first_seed = 1, seeds = 5;
    std::int64_t steps = 0;        ///< 0 = the experiment's own.
    std::int64_t tokens = 0;       ///< Stop after so many generated training tokens instead; 0 = by steps.
    std::filesystem::path parent;  ///< The run that all cells are forked from, reseeded; empty = each begins at step 0.
    std::int64_t parent_step = 0;

    std::filesystem::path cell_dir(std::size_t arm, std::int64_t seed_index) const;
    std::int64_t seed(std::size_t arm, std::int64_t seed_index) const;
    std::int64_t planned_steps(std::size_t arm) const;
};

/// Arms of a comparison of forks: unchanged (the baseline), changed, and unchanged again with other seeds, the noise floor.
std::vector<Arm> fork_arms(const Experiment& parent, const std::string& name, std::vector<std::pair<std::string, Value>> changes, std::int64_t first_seed);

/// Writes comparison.toml and the arms' experiments. Throws UserError (fewer than one arm, names twice, a folder in use by something else).
void write_plan(const ComparisonPlan& plan);
/// Reads it again. Throws UserError with file and key.
ComparisonPlan read_plan(const std::filesystem::path& dir);
bool is_comparison(const std::filesystem::path& dir);

/// A value of a cell in the course of its run.
struct CellPoint {
    std::int64_t step = 0;
    double tokens = 0, seconds = 0, value = 0;  ///< Generated training tokens and training time up to here.
};

/// One cell as stored so far.
struct Cell {
    enum class State { missing, part, done };
    State state = State::missing;
    bool concluded = false;  ///< The measurement after its last step is in it; until then it is read again.
    std::int64_t seed = 0, step = 0;  ///< Last step stored.
    double tokens = 0, seconds = 0;
    std::vector<std::pair<std::string, std::vector<CellPoint>>> curves;  ///< By metric, in the order in which they first appear.
    /// Share right without a hint over the last visits of each pool problem; NaN where it was not sampled so. [problems]
    std::vector<double> problem_success;
    std::vector<std::string> problem_ids, problem_tiers;  ///< [problems]
    std::vector<CellPoint>& points(const std::string& metric);  ///< Of a metric, made if it has none.
    const std::vector<CellPoint>* curve(const std::string& metric) const;
    double last(const std::string& metric) const;                ///< NaN if it has none.
    double mean_of_last(const std::string& metric, int n) const;  ///< Over the last n points.
};

/// Everything stored of a comparison.
struct ComparisonResult {
    std::vector<std::vector<Cell>> cells;  ///< [arms, seeds]
    /// Reads the cells that moved since the last call. Throws UserError if one is damaged.
    void refresh(const ComparisonPlan& plan);
    /// Tiers with held-out sets, in the order of the first cell's metrics: the hardest is the last.
    std::vector<std::string> tiers() const;
};

/// An arm against the baseline, over the seeds that both have finished.
struct Finding {
    std::string arm, baseline, measure;
    Estimate difference;
    std::vector<double> differences;  ///< One a seed.
    double token_ratio = 1;           ///< Tokens of the arm over those of the baseline.
    std::string verdict;              ///< "supported" (the arm is ahead), "against" (behind), "no clear difference", "not testable".
    std::string sentence;             ///< What may be said, no more than the interval allows.
    std::vector<std::string> limits;  ///< What it does not show.
};

/// `measure`: a metric, e.g. "heldout/*:10/accuracy"; its last value in each cell counts.
Finding find_difference(const ComparisonPlan& plan, const ComparisonResult& result, std::size_t arm, std::size_t baseline, const std::string& measure);

/// A pool problem in two arms: share right without a hint over its last visits, averaged over the seeds in which both sampled it.
struct ProblemDifference {
    std::string id, tier;
    double ours = 0, theirs = 0;        ///< Means over those seeds.
    int seeds = 0, higher = 0, lower = 0;  ///< Seeds: all, arm above baseline, arm below.
    double difference() const { return ours - theirs; }
    bool one_way() const { return seeds > 1 && (higher == seeds || lower == seeds); }
};
/// In the order of the baseline's pool; those that no seed sampled in both arms have seeds == 0.
std::vector<ProblemDifference> problem_differences(const ComparisonResult& result, std::size_t arm, std::size_t baseline);

/// Keys in which two experiments differ: key, value in a, value in b, as TOML spells them.
struct KeyDifference {
    std::string key, a, b;
};
std::vector<KeyDifference> differing_keys(const Arm& a, const Arm& b);

/// "chain, depth 10: *:10" as people say it: "held-out *:10 problems" of "heldout/*:10/accuracy".
std::string measure_words(const std::string& measure);

}  // namespace foothold
