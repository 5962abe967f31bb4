// SPDX-License-Identifier: GPL-3.0-or-later
// run, resume and fork: training without a window.
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <iostream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "common.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "session/fork.h"
#include "session/session.h"
#include "session/trl_config.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

struct Flags {
    std::string path, out;
    std::int64_t steps = 0, tokens = 0, at = 0;
    ComputeFlags compute;
};

nlohmann::ordered_json last_line(const Session& session, const RunOutcome& outcome) {
    nlohmann::ordered_json heldout = nlohmann::ordered_json::object();
    for (const auto& [name, value] : outcome.heldout) {
        // heldout/<tier>/<what>; a tier's name may hold any character, so cut at the last slash.
        const std::size_t from = name.find('/') + 1, to = name.rfind('/');
        const std::string what = name.substr(to + 1);
        if (what != "skipping") heldout[name.substr(from, to - from)][what] = value;
    }
    for (auto& [tier, scores] : heldout.items()) scores["n"] = session.initial_experiment().heldout.n;
    std::vector<std::string> order;
    std::map<std::string, std::pair<double, int>> sums;
    const auto history = session.history_since(0);
    const std::size_t from = history.size() > 50 ? history.size() - 50 : 0;
    for (std::size_t i = std::max<std::size_t>(from, 1); i < history.size(); ++i)
        for (const auto& [name, value] : history[i]->metrics) {
            if (!sums.contains(name)) order.push_back(name);
            sums[name].first += value;
            ++sums[name].second;
        }
    nlohmann::ordered_json metrics = nlohmann::ordered_json::object();
    for (const std::string& name : order) metrics[name] = sums[name].first / sums[name].second;
    return {{"run_dir", session.dir().string()}, {"steps", outcome.steps}, {"seconds", outcome.seconds},
            {"tokens_generated", outcome.tokens_generated}, {"heldout", heldout}, {"metrics", metrics}};
}

int train(Session& session, const Interrupt& interrupt) {
    RunOutcome outcome;
    session.run();
    {
        std::jthread watcher([&](std::stop_token stop) {
            constexpr std::int64_t worth_telling = 500'000'000;  // Bytes
            ProgressBar bar;
            bool told = false;
            std::mutex mutex;
            std::condition_variable_any tick;
            std::unique_lock lock(mutex);
            while (!tick.wait_for(lock, stop, std::chrono::milliseconds(200), [] { return false; }) && !stop.stop_requested()) {
                const Progress p = session.progress();
                if (p.planned_bytes == 0) continue;  // Not opened yet.
                if (!std::exchange(told, true) && p.planned_bytes >= worth_telling) fmt::print(stderr, "memory: {}\n", p.plan);
                if (p.planned_steps > 0)
                    bar.show(std::min(1.0, static_cast<double>(p.step) / static_cast<double>(p.planned_steps)),
                             fmt::format("step {} of {}, {:.1f} steps/s, {:.0f} tokens/s, {}", p.step, p.planned_steps, p.steps_per_second, p.tokens_per_second, p.phase));
            }
        });
        outcome = session.finish(interrupt.token());
    }
    std::cout << last_line(session, outcome).dump() << std::endl;
    return interrupt.requested() ? 130 : 0;
}

int go_on(const std::filesystem::path& dir, std::int64_t steps, const std::string& device, const Interrupt& interrupt) {
    SessionOptions options;
    options.dir = dir;
    options.steps = steps;
    options.device = device;
    const auto session = Session::open(options);
    return train(*session, interrupt);
}

}  // namespace

void register_run(CLI::App& app, int& exit_code) {
    auto flags = std::make_shared<Flags>();
    CLI::App* run = app.add_subcommand("run", "Train an experiment; writes a run directory");
    run->add_option("experiment", flags->path, "Experiment file (TOML), or a configuration of TRL's GRPO trainer (YAML, JSON)")->required();
    run->add_option("--out", flags->out, "Run directory (default: a new one in the data folder)");
    run->add_option("--steps", flags->steps, "Steps instead of the experiment's")->check(CLI::Range(1, 1000000000));
    run->add_option("--tokens", flags->tokens, "Stop after the step in which this many training tokens were generated")->check(CLI::Range(1.0, 1e15));
    flags->compute.add(*run);
    run->callback([flags, &exit_code] {
        Interrupt interrupt;
        Experiment experiment;
        SessionOptions options;
        options.dir = flags->out;
        options.device = flags->compute.device;
        if (is_trl_config(flags->path)) {
            TrlRun trl = read_trl_config(flags->path, flags->compute.changes());
            fmt::print(stderr, "{}", trl.report);
            experiment = std::move(trl.experiment);
            if (options.dir.empty()) options.dir = trl.out;
            if (trl.use_cpu && options.device == "auto") options.device = "cpu";
        } else {
            experiment = read_experiment(flags->path);
            flags->compute.apply(experiment);
        }
        options.token_limit = flags->tokens;
        // A token limit alone ends the run; the experiment's number of steps does not.
        options.steps = flags->steps > 0 ? flags->steps : flags->tokens > 0 ? std::int64_t{1} << 40 : 0;
        options.experiment_path = flags->path;
        const auto session = Session::create(experiment, options);
        exit_code = train(*session, interrupt);
    });

    auto again = std::make_shared<Flags>();
    CLI::App* resume = app.add_subcommand("resume", "Go on with a run");
    resume->add_option("run_dir", again->path, "Run directory")->required();
    resume->add_option("--steps", again->steps, "Go on to this many steps in all")->check(CLI::Range(1, 1000000000));
    resume->add_option("--device", again->compute.device, "auto, cpu or cuda")->check(CLI::IsMember({"auto", "cpu", "cuda"}));
    resume->callback([again, &exit_code] {
        Interrupt interrupt;
        exit_code = go_on(again->path, again->steps, again->compute.device, interrupt);
    });

    auto branch = std::make_shared<Flags>();
    CLI::App* fork = app.add_subcommand("fork", "Branch a run after a step, change something, and go on");
    fork->add_option("run_dir", branch->path, "Run directory")->required();
    fork->add_option("--at", branch->at, "Last step that both have")->required()->check(CLI::NonNegativeNumber);
    fork->add_option("--out", branch->out, "Run directory of the fork (default: a new one in the data folder)");
    fork->add_option("--steps", branch->steps, "Go on to this many steps in all")->check(CLI::Range(1, 1000000000));
    branch->compute.add(*fork);
    fork->callback([branch, &exit_code] {
        Interrupt interrupt;
        ForkRequest request{branch->path, branch->at, {}, branch->out, "", branch->steps};
        request.changes = branch->compute.changes();
        exit_code = go_on(fork_run(request), branch->steps, branch->compute.device, interrupt);
    });
}

}  // namespace foothold::cli
