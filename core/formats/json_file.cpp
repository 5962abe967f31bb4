// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/json_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "formats/atomic_file.h"
#include "formats/binary_file.h"
#include "record/error.h"
#include "record/paths.h"

namespace foothold {
namespace fs = std::filesystem;
using nlohmann::json;

json read_json_object(const fs::path& path) {
    constexpr std::uint64_t largest = 64 << 20;
    constexpr int deepest = 32;
    try {
        BinaryFile file(path);
        if (file.size() > largest) throw UserError(fmt::format("{} bytes are too many for this file", file.size()));
        const json object =
            json::parse(file.read_text(file.size(), "the text"), [](int depth, json::parse_event_t, json&) {
                if (depth > deepest) throw UserError("it is nested too deeply");
                return true;
            });
        if (!object.is_object()) throw UserError("not a JSON object");
        return object;
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", path.string(), error.what()));
    } catch (const json::exception& error) {
        throw UserError(fmt::format("{}: damaged ({})", path.string(), error.what()));
    }
}

void write_text(const fs::path& path, const std::string& text) {
    AtomicFile file(path);
    file.write(text.data(), text.size());
    file.commit();
}

fs::path base_of_adapter(const fs::path& folder) {
    const fs::path file = folder / "adapter_config.json";
    if (!fs::exists(file) || fs::exists(folder / "config.json")) return {};
    const json config = read_json_object(file);
    const auto base = config.find("base_model_name_or_path");
    if (base == config.end() || !base->is_string() || base->get<std::string>().empty())
        throw UserError(fmt::format("{}: it does not say which model it is an adapter of (base_model_name_or_path)",
                                    file.string()));
    const auto name = base->get<std::string>();
    const fs::path found = find_file(name, folder);
    if (!fs::exists(found))
        throw UserError(
            fmt::format("{}: its base \"{}\" is not on this machine: download it and write the path of its folder in "
                        "base_model_name_or_path",
                        file.string(), name));
    return found;
}

}  // namespace foothold
