// SPDX-License-Identifier: GPL-3.0-or-later
// bench step, decode and update: the engine's speed beside the roof of this machine.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "bench_roof.h"

namespace foothold::cli {

/// What is measured: a model of random weights of a shape, or one on disk.
struct EngineBench {
    std::string model;  ///< As an experiment's model.path names it; empty = the shape.
    ModelConfig shape;
    StepWork work;
    EngineOptions options;
    int steps = 8;  ///< Measured, after two that warm up (one for a model on disk).
};

/// Sampling, training or both: "decode", "update" or "step". Every completion runs to its limit; rewards are 0, 1, 0, 1, ..., so that
/// every attempt is trained. Medians of seconds, tokens of completions a second, and both at the roof. Throws UserError.
nlohmann::ordered_json bench_engine(const std::string& what, const EngineBench& bench);

}  // namespace foothold::cli
