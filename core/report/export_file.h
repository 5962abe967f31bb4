// SPDX-License-Identifier: GPL-3.0-or-later
// Every export of a run under its name, for both programs.
#pragma once
#include <filesystem>
#include <string>

namespace foothold {

/// Writes what a run directory holds to a file: `metrics` (CSV), `rollouts` (JSONL), `completions` (JSONL in TRL's columns), `experiment` (TOML that repeats
/// the run), `tensorboard` (a folder with event files), `report` (one HTML page; also of a comparison's folder) or
/// `model` and `adapter` (folders, see export_model(), which takes a model's path too, and export_adapter()). The target is there whole or as it was.
/// Throws UserError (no such run, a target that cannot be written), RunError (no space).
void export_file(const std::filesystem::path& dir, const std::string& what, const std::filesystem::path& to);

}  // namespace foothold
