// SPDX-License-Identifier: GPL-3.0-or-later
// Question 2's arms and worlds, and what its cells say.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "record/experiment_keys.h"
#include "studies/study.h"

namespace foothold::hard_samples {

using Changes = std::vector<std::pair<std::string, Value>>;

/// Where an arm is run: in every world, in the corners that the verdict rests on, in the two of these where a guess can be right, or in one of them alone.
enum class Where { everywhere, corners, guessable_corners, home };

struct HardArm {
    const char *name, *title;
    std::vector<std::string> pool;  ///< Tiers trained on.
    Changes changes;
    Where where;
    bool trains = true, base_a_seed = false;
};

/// What the verdict is read from: worlds differ in their models, so that only bases are independent, and three are few.
inline const char *const ten_hard = "hard, ten bases", *const ten_other = "another operator, ten bases", *const ten_one = "one step, ten bases";

const std::vector<HardArm>& arms();

/// How guessable the answer is.
struct AnswerSpace {
    const char* name;
    int width, answer_modulus;
    double guess;  ///< How often a blind guess is right.
};
inline constexpr AnswerSpace answer_spaces[] = {{"1/2", 1, 2, 1. / 2}, {"1/3", 1, 3, 1. / 3}, {"1/13", 1, 0, 1. / 13}, {"1/13^2", 2, 0, 1. / 169}, {"1/13^4", 4, 0, 1. / 28561}};
inline constexpr double skippings[] = {0, .02, .05};

/// A world: an answer space, and how often its bases skip.
struct World {
    std::string name;
    AnswerSpace space;
    double skipping;
    bool corner, home;
};
std::string world_name(const std::string& space, double skipping);  ///< "guess 1/13, skipping 5%".
inline const std::string guessable = world_name("1/13", .05), closed = world_name("1/13^4", .05), guessable_unskipped = world_name("1/13", 0), closed_unskipped = world_name("1/13^4", 0);

const std::vector<World>& worlds();

inline const std::string kept_above_guessing = "kept above guessing";  ///< A measure of the report's.

/// What the cells say, no more than they allow.
StudyReport report_hard_samples(StudySetting setting, const std::vector<StoredCell>& cells);

}  // namespace foothold::hard_samples
