// SPDX-License-Identifier: GPL-3.0-or-later
// The small JSON files of a model's folder.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace foothold {

/// A JSON file that holds an object. Throws UserError with its name: missing, damaged, too large or nested too deeply.
nlohmann::json read_json_object(const std::filesystem::path& path);

/// Writes beside the target and renames (AtomicFile). Throws RunError.
void write_text(const std::filesystem::path& path, const std::string& text);

/// Of a folder in PEFT's layout (adapter_config.json): the model that it is an adapter of, a path as it is written
/// there or beside the folder. Empty for everything else, a folder that holds a whole model too among them. Throws
/// UserError.
std::filesystem::path base_of_adapter(const std::filesystem::path& folder);

}  // namespace foothold
