// SPDX-License-Identifier: GPL-3.0-or-later
// Copying a run up to a step.
#include "session/fork.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"

namespace foothold {
namespace fs = std::filesystem;
namespace {

/// The experiment of the fork: the parent's plans up to the step (what was done by then is in the records), then the changes.
Experiment forked(const RunReader& parent, const ForkRequest& request) {
    Experiment experiment = parse_experiment(parent.experiment_toml(), (request.parent / "experiment.toml").string());
    Experiment trial = experiment;
    for (const Intervention& change : parent.interventions())
        if (change.step <= request.step) set_key(trial, change.key, change.value);
    for (const auto& [key, value] : request.changes) {
        if (!find_key(key).live) throw UserError(fmt::format("{} cannot change in a fork: it needs a new run", key));
        set_key(trial, key, value);
        experiment.interventions.push_back({request.step + 1, key, value});
    }
    check_experiment(trial);
    std::stable_sort(experiment.interventions.begin(), experiment.interventions.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
    return experiment;
}

}  // namespace

std::string timestamp() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

fs::path new_run_dir(const std::string& stem) {
    const std::string base = fmt::format("{:%Y%m%d-%H%M%S}-{}", fmt::gmtime(std::time(nullptr)), stem);
    for (int i = 1;; ++i) {
        const fs::path dir = runs_dir() / (i == 1 ? base : fmt::format("{}-{}", base, i));
        if (!fs::exists(dir)) return dir;
    }
}

Replay replay_to(const RunReader& run, std::int64_t step) {
    const auto checkpoints = run.checkpoints();
    const auto after = checkpoints.upper_bound(step);
    if (after == checkpoints.begin())
        throw UserError(fmt::format("{} cannot be forked at step {}: its first checkpoint is that of step {}", run.info().name, step, checkpoints.empty() ? -1 : checkpoints.begin()->first));
    Replay replay{std::prev(after)->first, 0};
    for (const StepSummary& summary : run.summaries(replay.checkpoint + 1, step))
        if (const double* seconds = summary.metric("step_time")) replay.seconds += *seconds;
    return replay;
}

fs::path fork_run(const ForkRequest& request) {
    const auto parent = RunReader::open(request.parent);
    if (request.step < 0 || request.step > parent->last_step())
        throw UserError(fmt::format("{} has no step {} to fork from: it goes from 0 to {}", request.parent.string(), request.step, parent->last_step()));
    const auto checkpoints = parent->checkpoints();
    replay_to(*parent, request.step);
    const Experiment experiment = forked(*parent, request);

    RunInfo info = parent->info();
    const fs::path dir = request.dir.empty() ? new_run_dir(fmt::format("fork-{}", request.step)) : request.dir;
    info.name = request.name.empty() ? fmt::format("{}, fork at {}", info.name, request.step) : request.name;
    info.created = timestamp();
    info.parent = fs::absolute(request.parent).string();
    info.parent_step = request.step;
    if (request.steps > 0) info.planned_steps = request.steps;
    const auto writer = RunWriter::create(dir, write_experiment(experiment), info);
    try {
        writer->set_note("checkpoint.every", std::to_string(experiment.checkpoint.every));
        for (const StepSummary& summary : parent->summaries(0, request.step)) {
            AttemptQuery query;
            query.step = summary.step;
            StepRecord record{summary, parent->attempts(query), ""};
            if (const auto found = checkpoints.find(summary.step); found != checkpoints.end()) {
                record.checkpoint = "checkpoints/" + found->second.filename().string();
                fs::copy_file(found->second, dir / record.checkpoint);
            }
            writer->append(std::move(record));
        }
        for (const Variant& variant : parent->variants()) writer->put_variant(variant);
        writer->flush();
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(dir, ignored);  // Nothing half-made stays.
        throw;
    }
    return dir;
}

}  // namespace foothold
