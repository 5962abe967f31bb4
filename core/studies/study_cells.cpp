// SPDX-License-Identifier: GPL-3.0-or-later
// The cells of a study on disk: a file a cell, or all of them packed into one.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"
#include "studies/study.h"

namespace foothold {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

fs::path cell_file(const fs::path& dir, const StudyCell& cell) { return dir / (cell.id() + ".json"); }

Json to_json(const Study& study, const StoredCell& stored) {
    const CellResult& r = stored.result;
    Json json = {{"study", study.name()}, {"revision", study.revision()}, {"world", stored.cell.world}, {"arm", stored.cell.arm}, {"base", stored.cell.base},
                 {"seed", stored.cell.seed}, {"tokens", r.tokens}, {"seconds", r.seconds}};
    json["measures"] = Json::object();
    for (const auto& [name, value] : r.measures) json["measures"][name] = std::isfinite(value) ? Json(value) : Json(nullptr);
    json["curves"] = Json::object();
    for (const auto& [name, points] : r.curves) json["curves"][name] = points;
    json["lists"] = Json::object();
    for (const auto& [name, values] : r.lists) json["lists"][name] = values;
    return json;
}

CellResult from_json(const nlohmann::json& json) {
    CellResult r;
    r.tokens = json.at("tokens");
    r.seconds = json.at("seconds");
    for (const auto& [name, value] : json.at("measures").items()) r.measures[name] = value.is_null() ? std::nan("") : value.get<double>();
    for (const auto& [name, points] : json.at("curves").items()) r.curves[name] = points.get<std::vector<std::pair<double, double>>>();
    for (const auto& [name, values] : json.at("lists").items()) r.lists[name] = values.get<std::vector<double>>();
    return r;
}

/// Seven digits say more than any interval does, and pack well.
void shorten(Json& json) {
    if (json.is_number_float()) {
        char text[32];
        std::snprintf(text, sizeof text, "%.7g", json.get<double>());
        json = std::strtod(text, nullptr);
    } else if (json.is_structured()) {
        for (auto& part : json) shorten(part);
    }
}

/// Results by cell id, of the study's present revision.
std::map<std::string, CellResult> read_pack(const Study& study, const fs::path& file) {
    std::map<std::string, CellResult> out;
    std::ifstream lines(file);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        try {
            const auto json = nlohmann::json::parse(line);
            if (json.at("study") != study.name() || json.at("revision") != study.revision()) continue;
            const StudyCell cell{json.at("arm"), json.at("seed"), json.at("base"), json.at("world"), 0};
            out[cell.id()] = from_json(json);
        } catch (const std::exception& error) {
            spdlog::warn("{} line {} cannot be read and is passed over: {}", file.string(), number, error.what());
        }
    }
    return out;
}

}  // namespace

std::string StudyCell::id() const {
    std::string out = as_file_name(arm);
    if (!world.empty()) out = as_file_name(world) + "." + out;
    return fmt::format("{}.{}.seed-{}", out, as_file_name(base.empty() ? "own" : fs::path(base).stem().string()), seed);
}

double CellResult::measure(const std::string& name) const {
    const auto found = measures.find(name);
    return found == measures.end() ? std::nan("") : found->second;
}

const char* to_string(StudySetting setting) {
    static constexpr const char* names[] = {"quick", "full", "tune"};
    return names[static_cast<int>(setting)];
}

std::vector<std::int64_t> study_seeds(StudySetting setting, std::int64_t tuning) {
    const bool tune = setting == StudySetting::tune;
    std::vector<std::int64_t> out(static_cast<std::size_t>(tune ? tuning : setting == StudySetting::full ? 10 : 1));
    std::iota(out.begin(), out.end(), tune ? std::int64_t{101} : std::int64_t{1});
    return out;
}

fs::path study_dir(const Study& study, StudySetting setting) { return data_dir() / "studies" / study.name() / to_string(setting); }

fs::path shipped_cells(const Study& study) { return resource_dir() / "evidence" / (study.name() + ".jsonl"); }

std::optional<CellResult> read_cell(const Study& study, const StudyCell& cell, const fs::path& dir) {
    const fs::path file = cell_file(dir, cell);
    if (!fs::exists(file)) return std::nullopt;
    try {
        const auto json = nlohmann::json::parse(load_text_file(file));
        if (json.at("revision") != study.revision()) return std::nullopt;
        return from_json(json);
    } catch (const std::exception& error) {
        spdlog::warn("{} cannot be read and is made again: {}", file.string(), error.what());
        return std::nullopt;
    }
}

std::vector<StoredCell> read_cells(const Study& study, StudySetting setting, const fs::path& place, const fs::path& known) {
    std::vector<StoredCell> out;
    const bool packed = fs::is_regular_file(place);
    auto pack = packed ? read_pack(study, place) : std::map<std::string, CellResult>();
    auto given = known.empty() ? std::map<std::string, CellResult>() : read_pack(study, known);
    for (const StudyCell& cell : study.cells(setting)) {
        std::optional<CellResult> result;
        if (!packed) result = read_cell(study, cell, place);
        else if (const auto found = pack.find(cell.id()); found != pack.end()) result = std::move(found->second);
        if (const auto found = given.find(cell.id()); !result && found != given.end()) result = std::move(found->second);
        if (result) out.push_back({cell, std::move(*result)});
    }
    return out;
}

void write_cell(const Study& study, const fs::path& dir, const StoredCell& cell) {
    std::error_code error;
    fs::create_directories(dir, error);
    if (error) throw UserError(fmt::format("{} cannot be made: {}", dir.string(), error.message()));
    save_text_file(cell_file(dir, cell.cell), to_json(study, cell).dump(1) + "\n");
}

void pack_cells(const Study& study, const std::vector<StoredCell>& cells, const fs::path& file) {
    std::string text;
    for (const StoredCell& cell : cells) {
        Json json = to_json(study, cell);
        shorten(json);
        text += json.dump() + "\n";
    }
    save_text_file(file, text);
}

}  // namespace foothold
