// SPDX-License-Identifier: GPL-3.0-or-later
// Making a base: supervised training on a fallible demonstrator's traces.
#pragma once
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/model_file.h"
#include "tasks/family.h"

namespace foothold {

/// A base file (TOML): [model], [problems], [demonstrator], [training]. resources/models/*.toml show every key.
struct BaseRecipe {
    ModelConfig model;  ///< vocab_size is the family's.
    std::string family = "chain";
    int width = 4, modulus = 13, answer_modulus = 0;
    std::vector<std::string> tiers;  ///< Drawn uniformly; empty = chain's operator sets and depths below.
    std::vector<std::string> operators = {"+", "+-", "*", "+-*"};  ///< Operator sets, drawn uniformly.
    int depth_low = 1, depth_high = 12;                            ///< Depths, drawn uniformly.
    Demonstrator demonstrator;
    std::string corruption = "none";  ///< Operator on the traces that are learned from; the answer stays right. A tier's donors are fresh problems.
    double dose = 1;
    double prompt_hints = 0;  ///< Share of examples with a hint after the problem: right, corrupted or of another problem.
    std::int64_t seed = 1;
    int steps = 2200, batch = 64, warmup = 50;
    std::int64_t tokens = 0;  ///< Ends once this many completion tokens were learned from; 0 = by steps. The learning rate falls over `steps` all the same.
    double lr = 3e-3, final_lr = 0.05;  ///< Cosine from lr to final_lr x lr.
    double beta1 = 0.9, beta2 = 0.98, weight_decay = 0.01, max_grad_norm = 1;
    double embedding_std = 0.1;
    int threads = 2;
    std::string from;          ///< Model to go on from, found as an experiment's is; empty = fresh weights.
    double until_greedy = 0;   ///< Ends as soon as this share of fresh problems is solved greedily; 0 = all steps. How long the look-up takes to learn depends on the seed.
    int check_every = 100;     ///< Steps between these looks, on 200 problems.
};

/// Reads a base file. Throws UserError with line and key.
BaseRecipe read_base_recipe(const std::filesystem::path& path);
BaseRecipe parse_base_recipe(const std::string& text, const std::string& name);

struct PretrainProgress {
    int step = 0;
    double loss = 0;  ///< Mean negative log-prob a completion token, smoothed over about 50 steps.
    double seconds = 0;
    std::int64_t tokens = 0;
    double greedy = 0;  ///< Share solved greedily at the last look; 0 before the first.
};

/// Trains the engine's present model on the recipe's examples; where it ended. Throws Stopped, RunError.
PretrainProgress supervise(const BaseRecipe& recipe, const Family& family, Engine& engine, std::stop_token stop, const std::function<void(const PretrainProgress&)>& report);

/// Makes a base: fresh weights or those of `from`, then supervise(). The file's metadata holds the recipe's text ("recipe") and the family ("family", JSON). Throws Stopped, RunError.
ModelFile pretrain(const BaseRecipe& recipe, const std::string& recipe_text, Engine& engine, std::stop_token stop,
                   const std::function<void(const PretrainProgress&)>& report);

}  // namespace foothold
