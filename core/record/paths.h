// SPDX-License-Identifier: GPL-3.0-or-later
// Where the program's own files and the person's files are.
#pragma once
#include <filesystem>
#include <string>

namespace foothold {

std::filesystem::path program_dir();  ///< The folder of the running program.

/// resources/: $FOOTHOLD_RESOURCES, else ../share/foothold beside the program's folder, else ../../resources (a build tree).
std::filesystem::path resource_dir();

/// $XDG_DATA_HOME/foothold (default ~/.local/share/foothold).
std::filesystem::path data_dir();
inline std::filesystem::path runs_dir() { return data_dir() / "runs"; }

/// A name as a file's or folder's: lower case, with letters, digits, dots and hyphens only.
std::string as_file_name(const std::string& name);

/// A file named in an experiment: absolute, else beside the experiment file, else in the current folder, else in resource_dir(), else in
/// data_dir() (models that were fetched).
/// Returns the first that exists, else the path unchanged.
std::filesystem::path find_file(const std::filesystem::path& name, const std::filesystem::path& beside = {});

}  // namespace foothold
