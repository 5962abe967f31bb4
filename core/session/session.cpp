// SPDX-License-Identifier: GPL-3.0-or-later
// Opening and creating runs: everything that can be refused is refused here, before a thread starts or a folder is made.
#include "session/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "engine/model_file.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "session/fork.h"
#include "session/live_session.h"
#include "session/stored_run.h"
#include "tasks/corruption.h"
#include "tasks/hint.h"
#include "training/judged_attempt.h"

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

/// The most tokens that a problem's context and completion may be, with a hint that stands for the `given` steps.
std::int64_t tokens_needed(const Family& family, const Experiment& experiment, const Problem& problem, std::string_view hint, std::span<const std::string> given) {
    const Placement placement = placement_of(experiment, family);
    const int done = placement == Placement::answer ? family.steps_done(problem, given) : 0;
    const std::int64_t limit = experiment.sampling.max_new_tokens > 0 ? experiment.sampling.max_new_tokens : family.max_new_tokens(problem, done);
    return std::ssize(family.encode_context(problem, hint, {}, placement)) + limit;
}

RunSetup set_up(const Experiment& experiment, const SessionOptions& options) {
    check_experiment(experiment);
    find_corruption(experiment.corruption.operation);
    RunSetup setup;
    const fs::path beside = options.experiment_path.parent_path();
    setup.family = family_of(experiment, beside);
    setup.problems = make_problem_set(experiment, *setup.family, beside);
    setup.model_path = model_for(experiment, *setup.family, beside);
    setup.model = describe_model(setup.model_path).state.config;
    setup.longest_row = check_traces(setup, experiment);
    if (experiment.guidance.trigger == "random") setup.match = hint_counts(experiment.guidance.match);
    setup.planned_steps = options.steps > 0 ? options.steps : experiment.steps;
    setup.token_limit = options.token_limit;
    setup.device = options.device;
    return setup;
}

}  // namespace

std::optional<std::string> why_not_a_trace(const RunSetup& setup, const Experiment& experiment, const Problem& problem, const std::vector<std::string>& steps) {
    if (auto reason = setup.family->refuse_trace(problem, steps)) return reason;
    const std::int64_t needed = tokens_needed(*setup.family, experiment, problem, join_words(steps), steps);
    if (needed > setup.model.max_position_embeddings)
        return fmt::format("with it, problem and answer may need {} tokens, and the model has room for {}: shorten the trace", needed, setup.model.max_position_embeddings);
    return std::nullopt;
}

std::int64_t check_traces(const RunSetup& setup, const Experiment& experiment) {
    std::int64_t longest = 0;
    const std::int64_t room = setup.model.max_position_embeddings;
    const auto& all = setup.problems.problems;
    for (const auto& [id, steps] : experiment.guidance.traces) {
        const auto problem = std::find_if(all.begin(), all.end(), [&name = id](const Problem& p) { return p.id == name; });
        if (problem == all.end()) throw UserError(fmt::format("guidance.traces names the problem \"{}\", which this run does not have", id));
        if (const auto reason = why_not_a_trace(setup, experiment, *problem, steps)) throw UserError(fmt::format("the trace for {} cannot be used: {}", id, *reason));
    }
    const CorruptionOperator& op = find_corruption(experiment.corruption.operation);
    const auto pool = std::span(all).first(setup.problems.pool_size);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Problem& problem = all[i];
        const std::int64_t plain = tokens_needed(*setup.family, experiment, problem, {}, {});
        longest = std::max(longest, plain);
        if (plain > room)
            throw UserError(fmt::format("problem {} (tier {}) and its answer may need {} tokens, and the model has room for {}: leave out that tier, or use another model", problem.id,
                                        problem.tier, plain, room));
        const auto& tiers = experiment.corruption.tiers;
        const bool corrupted = i < pool.size() && op.name != "none" && experiment.guidance.trigger != "never" && !experiment.guidance.traces.contains(problem.id) &&
                               (tiers.empty() || std::find(tiers.begin(), tiers.end(), problem.tier) != tiers.end());
        const bool prompted = i < pool.size() && placement_of(experiment, *setup.family) == Placement::prompt && experiment.guidance.trigger != "never";
        if (!corrupted && !prompted) continue;  // In the answer a step of the own trace takes the place of one that the model would write.
        std::vector<std::string> steps = problem.steps;
        if (corrupted) steps = corrupt(op, problem, pool, experiment.corruption.dose, static_cast<std::uint64_t>(experiment.corruption.seed), *setup.family).steps;
        const auto own = experiment.guidance.ratios.find(problem.tier);
        const double ratio = experiment.guidance.trigger == "random" ? 1 : own != experiment.guidance.ratios.end() ? own->second : experiment.guidance.ratio;
        const Hint hint = cut_hint(steps, ratio, experiment.guidance.cut == "tokens");
        const std::int64_t needed = tokens_needed(*setup.family, experiment, problem, hint.text, std::span(steps).first(static_cast<std::size_t>(hint.steps)));
        longest = std::max(longest, needed);
        if (needed > room)
            throw UserError(fmt::format("with a hint of ratio {} from its trace{}, problem {} and its answer may need {} tokens, and the model has room for {}: lower guidance.ratio{}",
                                        ratio, corrupted ? fmt::format(" under corruption.operator = \"{}\"", op.name) : "", problem.id, needed, room,
                                        corrupted ? " or corruption.dose" : ""));
    }
    return longest;
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
    info.vocabulary = setup.family->tokenizer().words();
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
