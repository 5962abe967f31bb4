// SPDX-License-Identifier: GPL-3.0-or-later
// Making a base: supervised training on a fallible demonstrator's traces.
#pragma once
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/safetensors.h"
#include "tasks/family.h"

namespace foothold {

/// A base file (TOML): [model], [problems], [demonstrator], [training]. resources/models/*.toml show every key.
struct BaseRecipe {
    ModelConfig model;  ///< vocab_size is the family's.
    std::string family = "chain";
    int width = 4, modulus = 13;
    std::vector<std::string> operators = {"+", "+-", "*", "+-*"};  ///< Operator sets, drawn uniformly.
    int depth_low = 1, depth_high = 12;                            ///< Depths, drawn uniformly.
    Demonstrator demonstrator;
    double prompt_hints = 0;  ///< Share of examples with a hint after the problem: right, corrupted or of another problem.
    std::int64_t seed = 1;
    int steps = 2200, batch = 64, warmup = 50;
    double lr = 3e-3, final_lr = 0.05;  ///< Cosine from lr to final_lr x lr.
    double beta1 = 0.9, beta2 = 0.98, weight_decay = 0.01, max_grad_norm = 1;
    double embedding_std = 0.1;
    int threads = 2;
};

/// Reads a base file. Throws UserError with line and key.
BaseRecipe read_base_recipe(const std::filesystem::path& path);
BaseRecipe parse_base_recipe(const std::string& text, const std::string& name);

struct PretrainProgress {
    int step = 0;
    double loss = 0;  ///< Mean negative log-prob a completion token, smoothed over about 50 steps.
    double seconds = 0;
    std::int64_t tokens = 0;
};

/// Trains the base. The file's metadata holds the recipe's text ("recipe") and the family ("family", JSON). Throws Stopped, RunError.
ModelFile pretrain(const BaseRecipe& recipe, const std::string& recipe_text, Engine& engine, std::stop_token stop,
                   const std::function<void(const PretrainProgress&)>& report);

}  // namespace foothold
