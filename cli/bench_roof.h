// SPDX-License-Identifier: GPL-3.0-or-later
// The roofs of this machine, measured now: what the arithmetic of a step could take at best.
#pragma once
#include <cstdint>

#include "engine/engine.h"

namespace foothold::cli {

struct Roof {
    double flops = 0;      ///< fp32 multiply-adds count two; all threads together, a second.
    double bandwidth = 0;  ///< Bytes read from memory a second, all threads together.
};

/// Measures for about half a second. FMA where the processor has AVX2, else multiply and add.
Roof measure_roof(int threads);

/// The shape of a step's work.
struct StepWork {
    std::int64_t problems = 16, attempts = 8, prompt_tokens = 32, new_tokens = 96;
};

/// Seconds that generation (each group's prompt once) and one update (forward and backward of every token) take at the roof: the larger
/// of arithmetic and of reading weights and cache once a decode step.
double floor_seconds(const ModelConfig& model, const StepWork& work, const Roof& roof);

}  // namespace foothold::cli
