// SPDX-License-Identifier: GPL-3.0-or-later
// How often a model solves given problems.
#pragma once
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
