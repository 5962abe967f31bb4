// SPDX-License-Identifier: GPL-3.0-or-later
// bench kernels: the kernels of a decode step one by one.
#pragma once
#include "bench_engine.h"

namespace foothold::cli {

/// Prints one JSON line a kernel and type: seconds of a call within a captured graph, bytes that it has to move, and both
/// beside a copy within the same memory. The shape is the bench's, rows are all its attempts, at the middle of a
/// completion. What fits into a GPU's L2 cache can be above 1. Throws UserError where there is no GPU.
void bench_kernels(const EngineBench& bench);

}  // namespace foothold::cli
