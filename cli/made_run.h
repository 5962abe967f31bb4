// SPDX-License-Identifier: GPL-3.0-or-later
// A run directory of any size without training: the demonstrator writes the attempts.
#pragma once
#include <cstdint>
#include <filesystem>

namespace foothold::cli {

/// Makes a run of the default experiment with `problems` groups of 8 attempts in each of `steps` steps, a hinted one every fourth, by
/// a demonstrator who errs less and less. It has no checkpoints, so it cannot be gone on with. Throws UserError as RunWriter does.
void make_run(const std::filesystem::path& dir, std::int64_t steps, std::int64_t problems);

}  // namespace foothold::cli
