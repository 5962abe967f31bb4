// SPDX-License-Identifier: GPL-3.0-or-later
// The whole recipe of a run. With its interventions it repeats the run.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace foothold {

/// Traces by problem id.
using Traces = std::map<std::string, std::vector<std::string>>;

/// A value of a key: what TOML can hold of it.
using Value = std::variant<std::int64_t, double, std::string, std::vector<std::string>, std::vector<double>, std::map<std::string, double>, Traces>;

/// A change made while running, applied before `step` is drawn.
struct Intervention {
    std::int64_t step = 0;
    std::string key;
    Value value;
    bool operator==(const Intervention&) const = default;
};

/// Field by field the keys of an experiment file; record/experiment_keys.h documents each with type, range and default.
struct Experiment {
    std::int64_t seed = 1;
    std::int64_t steps = 150;
    std::int64_t threads = 2;
    std::int64_t microbatch = 4096;
    std::string dtype = "float32";
    struct {
        std::string path = "models/chain-slips.safetensors";
        std::int64_t lora_rank = 0;
        double lora_alpha = 32;
        std::vector<std::string> lora_targets = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};
    } model;
    struct {
        std::string family = "chain";
        std::vector<std::string> tiers = {"+:4", "*:10"};
        std::int64_t pool = 128;
        std::int64_t seed = 1;
        std::string file;
        std::vector<std::string> columns;
        std::string calculator_marks = "remove";
        std::int64_t width = 4;
        std::int64_t modulus = 13;
        std::int64_t answer_modulus = 0;
    } problems;
    struct {
        std::int64_t problems = 16;
        std::int64_t attempts = 8;
        double temperature = 1;
        double top_p = 1;
        std::int64_t max_new_tokens = 0;
        std::int64_t resample = 0;
    } sampling;
    struct {
        double lr = 3e-4;
        std::vector<double> betas = {0.9, 0.95};
        double weight_decay = 0;
        double max_grad_norm = 1;
        double update_norm = 0;
        std::string schedule = "constant";
    } optimizer;
    struct {
        std::string type = "dapo";
        std::string scale_rewards = "group";
        double beta = 0;
        double epsilon = 0.2;
        double epsilon_high = 0.2;
        std::int64_t num_iterations = 1;
        std::int64_t minibatches = 1;
        std::int64_t min_successes = 1;
        double importance_cap = 0;
    } loss;
    struct {
        std::string kind = "verdict";
    } reward;
    struct {
        std::string policy = "ghpo";
        std::string trigger = "all-wrong";
        std::string source = "own";
        std::string cut = "ratio";
        std::string placement = "auto";
        std::string context = "sampled";
        std::string hint_gradient = "none";
        std::string assembly = "replace";
        std::string schedule = "ladder";
        double ratio = 0.75;
        std::map<std::string, double> ratios;
        Traces traces;
        double start = 0;
        std::int64_t supervised = 0;
        std::int64_t cold_start = 0;
        std::string accept = "any";
        double accept_share = 0.5;
        std::string match;
    } guidance;
    struct {
        std::string operation = "none";  ///< Key corruption.operator (a reserved word in C++).
        double dose = 1;
        std::int64_t seed = 1;
        std::vector<std::string> tiers;
    } corruption;
    struct {
        std::int64_t every = 25;
        std::int64_t n = 64;
        std::int64_t attempts = 1;
    } heldout;
    struct {
        std::int64_t every = 10;
    } checkpoint;
    std::vector<Intervention> interventions;
};

}  // namespace foothold
