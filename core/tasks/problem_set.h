// SPDX-License-Identifier: GPL-3.0-or-later
// The problems of a run: the pool that is trained on, and held-out sets that never are.
#pragma once
#include <filesystem>
#include <vector>

#include "record/experiment.h"
#include "record/problem.h"
#include "tasks/family.h"

namespace foothold {

struct ProblemSet {
    std::vector<Problem> problems;  ///< The pool first, tier by tier, then the held-out problems, tier by tier.
    std::size_t pool_size = 0;
    std::vector<std::string> tiers;                  ///< Easiest first.
    std::vector<std::vector<std::uint32_t>> heldout;  ///< Indices of each tier's held-out problems.
};

/// Makes (or reads, with problems.file) pool and held-out sets. No held-out problem's prompt is in the pool. Throws UserError if a tier
/// has too few different problems or the file is not in order.
ProblemSet make_problem_set(const Experiment& experiment, const Family& family, const std::filesystem::path& beside = {});

/// The seed of a pool's held-out problems: one of their own, so that growing the pool does not change them.
std::uint64_t heldout_seed(std::uint64_t pool_seed);

/// `count` different problems of a tier, none of them with a prompt in `taken` (which receives the new ones).
std::vector<Problem> make_problems(const Family& family, const std::string& tier, std::size_t count, std::uint64_t seed,
                                   const std::string& id_prefix, std::vector<std::string>& taken);

/// One problem from a JSON object as the verb `problems` writes it, and back.
Problem problem_from_json(const std::string& line);
std::string problem_to_json(const Problem& problem);

}  // namespace foothold
