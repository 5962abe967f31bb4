// SPDX-License-Identifier: GPL-3.0-or-later
// The roofs of this machine, measured now: what the arithmetic of a step could take at best.
#pragma once
#include <cstdint>

#include "engine/cuda/ops.h"

namespace foothold::cli {

struct Roof {
    double flops = 0;      ///< fp32 multiply-adds count two; all threads together, a second.
    double bandwidth = 0;  ///< Bytes read from memory a second, all threads together.
    double cache = 0;      ///< Bytes that the cores' own caches hold, all threads together; 0 = not counted on.
};

/// Measures for about a second, with the widest multiply-adds that the processor has.
Roof measure_roof(int threads);

/// The same of what the ops run on: a copy within its memory, bytes read and written, and a large matrix product.
Roof measure_roof(DecodeOps& ops);

/// The shape of a step's work.
struct StepWork {
    std::int64_t problems = 16, attempts = 8, prompt_tokens = 32, new_tokens = 96;
};

/// Arithmetic of generating, or of going forward through what was generated: each group's prompt once, logits only where a
/// token follows, no token read after which none comes. A multiply-add counts as two. An update does it three times.
double forward_work(const ModelConfig& model, const StepWork& work);

/// Bytes that have to come from memory while `work` is generated, in numbers of so many bytes: at each decode step weights,
/// each row's own cache and each group's prompt once, but for what `cache` bytes hold from one step to the next. Rows need
/// not go together, so that the least is taken of one after the other, group after group, and all at once.
double decode_bytes(const ModelConfig& model, const StepWork& work, double cache, double number_bytes);

/// Seconds that generation takes at the roof: the larger of arithmetic and bytes.
double decode_floor(const ModelConfig& model, const StepWork& work, const Roof& roof, double number_bytes = 4);

/// The same of one update: forward and backward of every token, each group's prompt once.
double update_floor(const ModelConfig& model, const StepWork& work, const Roof& roof);

}  // namespace foothold::cli
