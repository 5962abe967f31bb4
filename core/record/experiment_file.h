// SPDX-License-Identifier: GPL-3.0-or-later
// Experiments as TOML.
#pragma once
#include <filesystem>
#include <string>

#include "record/experiment.h"

namespace foothold {

/// Reads an experiment file. Throws UserError with file, line, key, allowed range and nearest known name.
Experiment read_experiment(const std::filesystem::path& path);
Experiment parse_experiment(const std::string& text, const std::string& name);

/// The experiment as TOML, every key with its value, interventions last. Reading it gives the same experiment.
std::string write_experiment(const Experiment& experiment);

/// Writes beside the target and renames. Throws UserError if the place cannot be written.
void save_text_file(const std::filesystem::path& path, const std::string& text);
std::string load_text_file(const std::filesystem::path& path);  ///< Throws UserError.

}  // namespace foothold
