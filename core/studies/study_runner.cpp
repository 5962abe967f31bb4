// SPDX-License-Identifier: GPL-3.0-or-later
// Running the cells of a study.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "studies/study.h"

namespace foothold {
namespace {

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

bool run_study(const Study& study, const StudyRun& run, const std::function<void(const StudyProgress&)>& report, std::stop_token stop) {
    auto blocks = blocks_of(study.cells(run.setting));
    std::vector<std::vector<StudyCell>> own;
    for (std::size_t i = 0; i < blocks.size(); ++i)
        if (static_cast<int>(i) % run.parts == run.part - 1) own.push_back(std::move(blocks[i]));
    std::map<std::string, CellResult> known;
    if (!run.known.empty())
        for (StoredCell& given : read_cells(study, run.setting, run.known)) known[given.cell.id()] = std::move(given.result);
    const auto stored = [&](const StudyCell& cell) {
        auto result = read_cell(study, cell, run.dir);
        if (const auto found = known.find(cell.id()); !result && found != known.end()) result = found->second;
        return result;
    };
    Shared shared;
    for (const auto& block : own)
        for (const StudyCell& cell : block) {
            ++shared.cells;
            if (stored(cell)) ++shared.done;
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
                    if (stop.stop_requested() || stored(cell)) continue;
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
                                     stored, run.dir / ("bases of revision " + study.revision())};
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
