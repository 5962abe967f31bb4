// SPDX-License-Identifier: GPL-3.0-or-later
// Running the cells of a study and keeping them.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <cmath>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"
#include "studies/study.h"

namespace foothold {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

std::string file_name(const std::string& text) {
    std::string out;
    for (const unsigned char c : text) out += std::isalnum(c) || c == '.' || c == '-' ? static_cast<char>(std::tolower(c)) : '-';
    return out;
}

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

std::optional<CellResult> read_cell(const Study& study, const fs::path& dir, const StudyCell& cell) {
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

/// Cells that belong together: same world, seed and base. Each block goes to one part and one worker, in order.
std::vector<std::vector<StudyCell>> blocks_of(const std::vector<StudyCell>& cells) {
    std::vector<std::vector<StudyCell>> blocks;
    for (const StudyCell& cell : cells) {
        const auto same = std::find_if(blocks.begin(), blocks.end(), [&](const auto& b) {
            return b.front().world == cell.world && b.front().seed == cell.seed && b.front().base == cell.base;
        });
        if (same == blocks.end()) blocks.push_back({cell});
        else same->push_back(cell);
    }
    return blocks;
}

/// What the workers share.
struct Shared {
    std::mutex mutex;
    std::size_t next = 0, done = 0, cells = 0;
    double work_done = 0, work = 0, spent = 0, tokens = 0;  // Work in estimated minutes; spent: seconds of finished cells.
    std::map<std::string, std::pair<double, double>> in_work;  // Cell: share of it, tokens so far.
    std::exception_ptr error;
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

}  // namespace

std::string StudyCell::id() const {
    std::string out = file_name(arm);
    if (!world.empty()) out = file_name(world) + "." + out;
    return fmt::format("{}.{}.seed-{}", out, file_name(base.empty() ? "own" : fs::path(base).stem().string()), seed);
}

double CellResult::measure(const std::string& name) const {
    const auto found = measures.find(name);
    return found == measures.end() ? std::nan("") : found->second;
}

const char* to_string(StudySetting setting) {
    static constexpr const char* names[] = {"quick", "full", "tune"};
    return names[static_cast<int>(setting)];
}

fs::path study_dir(const Study& study, StudySetting setting) { return data_dir() / "studies" / study.name() / to_string(setting); }

std::vector<StoredCell> read_cells(const Study& study, StudySetting setting, const fs::path& dir) {
    std::vector<StoredCell> out;
    for (const StudyCell& cell : study.cells(setting))
        if (auto result = read_cell(study, dir, cell)) out.push_back({cell, std::move(*result)});
    return out;
}

void write_cell(const Study& study, const fs::path& dir, const StoredCell& cell) {
    std::error_code error;
    fs::create_directories(dir, error);
    if (error) throw UserError(fmt::format("{} cannot be made: {}", dir.string(), error.message()));
    save_text_file(cell_file(dir, cell.cell), to_json(study, cell).dump(1) + "\n");
}

bool run_study(const Study& study, const StudyRun& run, const std::function<void(const StudyProgress&)>& report, std::stop_token stop) {
    auto blocks = blocks_of(study.cells(run.setting));
    std::vector<std::vector<StudyCell>> own;
    for (std::size_t i = 0; i < blocks.size(); ++i)
        if (static_cast<int>(i) % run.parts == run.part - 1) own.push_back(std::move(blocks[i]));
    Shared shared;
    for (const auto& block : own)
        for (const StudyCell& cell : block) {
            ++shared.cells;
            if (read_cell(study, run.dir, cell)) ++shared.done;
            else shared.work += cell.minutes;
        }
    const std::size_t before = shared.done;
    const auto tell = [&](const std::string& current) {  // Under the mutex.
        StudyProgress p;
        p.done = shared.done;
        p.cells = shared.cells;
        p.current = current;
        double work = shared.work_done, tokens = shared.tokens;
        for (const auto& [id, state] : shared.in_work) work += state.first, tokens += state.second;
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - shared.start).count();
        p.share = shared.work > 0 ? std::min(1.0, work / shared.work) : 1;
        if (p.share > 0.02) p.seconds_left = seconds * (1 - p.share) / p.share;
        p.tokens_per_second = seconds > 0 ? tokens / seconds : 0;
        report(p);
    };
    const auto worker = [&] {
        std::unique_ptr<Engine> engine;
        try {
            for (;;) {
                std::unique_lock lock(shared.mutex);
                if (shared.next == own.size() || shared.error || stop.stop_requested()) return;
                const auto& block = own[shared.next++];
                lock.unlock();
                for (const StudyCell& cell : block) {
                    if (stop.stop_requested() || read_cell(study, run.dir, cell)) continue;
                    if (!engine) engine = open_engine({run.device, 1, 4096, false});
                    lock.lock();
                    shared.in_work[cell.id()] = {0, 0};
                    tell(cell.id());
                    lock.unlock();
                    StudyPorts ports{*engine, stop,
                                     [&](double share, double tokens) {
                                         const std::lock_guard guard(shared.mutex);
                                         shared.in_work[cell.id()] = {std::clamp(share, 0.0, 1.0) * cell.minutes, tokens};
                                         tell(cell.id());
                                     },
                                     [&](const StudyCell& other) { return read_cell(study, run.dir, other); }};
                    CellResult result = study.run(cell, ports);
                    write_cell(study, run.dir, {cell, result});
                    lock.lock();
                    shared.in_work.erase(cell.id());
                    shared.work_done += cell.minutes;
                    shared.tokens += result.tokens;
                    ++shared.done;
                    tell(cell.id());
                    lock.unlock();
                }
            }
        } catch (const Stopped&) {
        } catch (...) {
            const std::lock_guard guard(shared.mutex);
            if (!shared.error) shared.error = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> others;
        for (int i = 1; i < run.jobs; ++i) others.emplace_back(worker);
        worker();
    }
    if (shared.error) std::rethrow_exception(shared.error);
    if (shared.done > before) spdlog::info("{} of {} cells of {} are stored in {}", shared.done, shared.cells, study.name(), run.dir.string());
    return shared.done == shared.cells;
}

}  // namespace foothold
