// SPDX-License-Identifier: GPL-3.0-or-later
// The roofs of this machine, measured now: what the arithmetic of a step could take at best.
#pragma once
#include <cstdint>

#include "engine/cuda/ops.h"

namespace foothold::cli {

struct Roof {
    double flops = 0;      ///< fp32 multiply-adds count two; all threads together, a second.
    double bandwidth = 0;  ///< Bytes read from memory a second, all threads together.
};

/// Measures for about a second, with the widest multiply-adds that the processor has.
Roof measure_roof(int threads);

/// The same of what the ops run on: a copy within its memory, bytes read and written, and a large matrix product.
Roof measure_roof(DecodeOps& ops);

/// The shape of a step's work.
struct StepWork {
    std::int64_t problems = 16, attempts = 8, prompt_tokens = 32, new_tokens = 96;
};

/// Arithmetic of reading or writing every token once, each group's prompt once; a multiply-add counts as two. An update does it three times.
double forward_work(const ModelConfig& model, const StepWork& work);

/// Seconds that generation takes at the roof, each group's prompt read once: the larger of arithmetic and of reading weights and cache once
/// a decode step, in numbers of so many bytes.
double decode_floor(const ModelConfig& model, const StepWork& work, const Roof& roof, double number_bytes = 4);

/// The same of one update: forward and backward of every token, each group's prompt once.
double update_floor(const ModelConfig& model, const StepWork& work, const Roof& roof);

}  // namespace foothold::cli
