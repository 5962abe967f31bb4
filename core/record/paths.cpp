// SPDX-License-Identifier: GPL-3.0-or-later
// Where files are.
#include "record/paths.h"

#include <cctype>
#include <cstdlib>

namespace foothold {
namespace fs = std::filesystem;

fs::path program_dir() {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::current_path() : self.parent_path();
}

fs::path resource_dir() {
    if (const char* given = std::getenv("FOOTHOLD_RESOURCES"); given && *given) return given;
    const fs::path bin = program_dir();
    for (const fs::path& candidate : {bin / "../share/foothold", bin / "../../resources", bin / "../../../resources"})
        if (fs::exists(candidate / "experiments")) return fs::weakly_canonical(candidate);
    return bin / "../share/foothold";
}

fs::path data_dir() {
    if (const char* given = std::getenv("XDG_DATA_HOME"); given && *given) return fs::path(given) / "foothold";
    const char* home = std::getenv("HOME");
    return fs::path(home && *home ? home : ".") / ".local/share/foothold";
}

std::string as_file_name(const std::string& name) {
    std::string out;
    for (const unsigned char c : name) out += std::isalnum(c) || c == '.' || c == '-' ? static_cast<char>(std::tolower(c)) : '-';
    return out;
}

fs::path find_file(const fs::path& name, const fs::path& beside) {
    if (name.is_absolute()) return name;
    for (const fs::path& folder : {beside, fs::path("."), resource_dir(), data_dir()})
        if (!folder.empty() && fs::exists(folder / name)) return folder / name;
    return name;
}

}  // namespace foothold
