// SPDX-License-Identifier: GPL-3.0-or-later
// Opening and creating runs: everything that can be refused is refused here, before a thread starts or a folder is made.
#include "session/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "engine/safetensors.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "session/fork.h"
#include "session/live_session.h"
#include "session/stored_run.h"
#include "tasks/corruption.h"

namespace foothold {
namespace fs = std::filesystem;
namespace {

std::string host_name() {
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    return name;
}

/// How often each level was given in a run, for guidance.policy = random.
HintCounts hint_counts(const fs::path& dir) {
    const auto run = RunReader::open(dir);
    HintCounts counts;
    for (const StepSummary& step : run->summaries())
        for (const GroupSummary& group : step.groups)
            if (group.hint_ratio > 0) counts[step.step][run->info().problems.at(group.problem).tier].push_back(group.hint_ratio);
    return counts;
}

RunSetup set_up(const Experiment& experiment, const SessionOptions& options) {
    check_experiment(experiment);
    find_corruption(experiment.corruption.operation);
    RunSetup setup;
    const fs::path beside = options.experiment_path.parent_path();
    setup.family = family_of(experiment);
    setup.problems = make_problem_set(experiment, *setup.family, beside);
    setup.model_path = model_for(experiment, *setup.family, beside);
    setup.max_positions = read_model(setup.model_path).state.config.max_position_embeddings;
    check_traces(setup, experiment.guidance.traces);
    if (experiment.guidance.trigger == "random") setup.match = hint_counts(experiment.guidance.match);
    setup.planned_steps = options.steps > 0 ? options.steps : experiment.steps;
    setup.token_limit = options.token_limit;
    setup.device = options.device;
    return setup;
}

}  // namespace

std::optional<std::string> why_not_a_trace(const RunSetup& setup, const Problem& problem, const std::vector<std::string>& steps) {
    if (auto reason = setup.family->refuse_trace(problem, steps)) return reason;
    const std::string context = setup.family->context(problem, join_words(steps), setup.family->natural_placement());
    const auto needed = static_cast<std::int64_t>(split_words(context).size()) + setup.family->max_new_tokens(problem, setup.family->steps_done(problem, steps));
    if (setup.max_positions > 0 && needed > setup.max_positions)
        return fmt::format("with it, problem and answer may need {} tokens, and the model has room for {}: shorten the trace", needed, setup.max_positions);
    return std::nullopt;
}

void check_traces(const RunSetup& setup, const Traces& traces) {
    for (const auto& [id, steps] : traces) {
        const auto& all = setup.problems.problems;
        const auto problem = std::find_if(all.begin(), all.end(), [&name = id](const Problem& p) { return p.id == name; });
        if (problem == all.end()) throw UserError(fmt::format("guidance.traces names the problem \"{}\", which this run does not have", id));
        if (const auto reason = why_not_a_trace(setup, *problem, steps)) throw UserError(fmt::format("the trace for {} cannot be used: {}", id, *reason));
    }
}

const char* to_string(TrainerState state) {
    static constexpr const char* names[] = {"loading", "paused", "running", "stopping", "finished", "failed"};
    return names[static_cast<int>(state)];
}

std::unique_ptr<Session> Session::create(const Experiment& experiment, const SessionOptions& options) {
    RunSetup setup = set_up(experiment, options);
    const fs::path dir = !options.dir.empty() ? options.dir : new_run_dir(options.experiment_path.empty() ? "run" : options.experiment_path.stem().string());
    RunInfo info;
    info.name = dir.filename().string();
    info.created = timestamp();
    info.version = FOOTHOLD_VERSION;
    info.device = options.device;
    info.host = host_name();
    info.planned_steps = setup.planned_steps;
    info.vocabulary = setup.family->vocabulary().words();
    info.problems = setup.problems.problems;
    info.pool_size = setup.problems.pool_size;
    // The run must find its model again from wherever it is resumed.
    Experiment stored = experiment;
    const fs::path shipped = resource_dir();
    stored.model.path = setup.model_path.lexically_relative(shipped).string().starts_with("..") ? fs::absolute(setup.model_path).string()
                                                                                              : setup.model_path.lexically_relative(shipped).string();
    setup.writer = RunWriter::create(dir, write_experiment(stored), info);
    setup.lock = std::make_unique<RunLock>(dir);
    setup.writer->set_note("checkpoint.every", std::to_string(experiment.checkpoint.every));
    return std::make_unique<LiveSession>(dir, stored, std::move(setup));
}

std::unique_ptr<Session> Session::open(const SessionOptions& options, bool allow_read_only) {
    auto reader = RunReader::open(options.dir);
    const Experiment experiment = parse_experiment(reader->experiment_toml(), (options.dir / "experiment.toml").string());
    std::unique_ptr<RunLock> lock;
    bool read_only = false;
    try {
        lock = std::make_unique<RunLock>(options.dir);
    } catch (const UserError&) {
        if (!allow_read_only) throw;
        read_only = true;
    }
    SessionOptions own = options;
    own.experiment_path = options.dir / "experiment.toml";
    RunSetup setup;
    try {
        setup = set_up(experiment, own);
    } catch (const UserError&) {
        // Without its model a run can still be looked at.
        if (!allow_read_only) throw;
        read_only = true;
    }
    if (options.steps == 0) setup.planned_steps = std::max(reader->info().planned_steps, reader->last_step());
    setup.lock = std::move(lock);
    setup.read_only = read_only;
    if (!read_only) setup.writer = RunWriter::open(options.dir);
    return std::make_unique<LiveSession>(options.dir, experiment, std::move(setup), std::move(reader));
}

}  // namespace foothold
