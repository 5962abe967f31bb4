// SPDX-License-Identifier: GPL-3.0-or-later
// bench peers: TRL and Hugging Face's transformers at the same work, in the same run.
#pragma once
#include <string>

namespace foothold::cli {

/// Hands over to tests/bench/peers.py, which makes its own Python environment and prints a line for each comparison. Returns only by
/// throwing UserError: the script is part of the source and there is no Python without one.
[[noreturn]] void bench_peers(const std::string& model, int threads, int rounds);

}  // namespace foothold::cli
