// SPDX-License-Identifier: GPL-3.0-or-later
// How often a model solves given problems.
#pragma once
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "tasks/family.h"

namespace foothold {

struct EvaluationSettings {
    int attempts = 1;
    double temperature = 1;  ///< 0 = greedy.
    double hint = 0;         ///< Prefix ratio of the reference trace given to every attempt.
    std::uint64_t seed = 1;
};

/// What became of the attempts at one problem.
struct ProblemScore {
    int correct = 0, sound = 0, skipping = 0;
};

/// Samples every problem `settings.attempts` times and calls `use` with its index and score, in order. What is sampled depends on the
/// problem's index and the seed alone. Throws Stopped.
void attempt_problems(Engine& engine, const Family& family, std::span<const Problem> problems, const EvaluationSettings& settings, std::stop_token stop,
                      const std::function<void(std::size_t, const ProblemScore&)>& use);

/// A tier by how often a model solves a problem: "1-always", "2-often" (at least half of the attempts), "3-seldom", "4-never". In the order of
/// their names the easiest comes first.
std::string tier_by_score(int correct, int attempts);

struct TierScore {
    std::string tier;
    int n = 0;                               ///< Problems.
    double pass_at_1 = 0, sound = 0;         ///< Mean over problems of the share right, and right with sound steps.
    std::pair<double, double> interval;      ///< 95%: Wilson with one attempt a problem, bootstrap over problems with more.
    std::vector<std::pair<int, double>> pass_at_k;  ///< k = 2, 4, 8, ... up to attempts.
    double skipping = 0;
};

/// A row a tier, in order of first appearance.
std::vector<TierScore> evaluate(Engine& engine, const Family& family, std::span<const Problem> problems, const EvaluationSettings& settings,
                                std::stop_token stop);

}  // namespace foothold
