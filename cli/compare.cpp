// SPDX-License-Identifier: GPL-3.0-or-later
// compare: arms x seeds, paired differences with intervals.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "common.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "session/comparison_runs.h"
#include "session/fork.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

namespace fs = std::filesystem;

struct Flags {
    std::vector<std::string> paths;
    std::string out, baseline, measure;
    std::int64_t seeds = 0, steps = 0, tokens = 0, at = -1;
    bool read = false;
    ComputeFlags compute;
};

nlohmann::json number(double value) { return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr); }

/// What can be read as a model beside the experiment is named by its full path: the plan lies elsewhere.
Experiment arm_experiment(const fs::path& path, const ComputeFlags& compute) {
    Experiment experiment = read_experiment(path);
    compute.apply(experiment);
    if (const fs::path beside = path.parent_path() / experiment.model.path; fs::exists(beside)) experiment.model.path = fs::absolute(beside).string();
    return experiment;
}

std::string unused_name(const ComparisonPlan& plan, const std::string& stem) {
    const auto used = [&](const std::string& name) {
        return std::any_of(plan.arms.begin(), plan.arms.end(), [&](const Arm& arm) { return arm.name == name; });
    };
    std::string name = stem;
    for (int i = 2; used(name); ++i) name = fmt::format("{} {}", stem, i);
    return name;
}

ComparisonPlan new_plan(const Flags& flags) {
    ComparisonPlan plan;
    plan.dir = flags.out.empty() ? new_run_dir("compare") : fs::path(flags.out);
    plan.seeds = flags.seeds > 0 ? flags.seeds : 5;
    plan.first_seed = flags.compute.seed.value_or(1);
    plan.steps = flags.steps;
    plan.tokens = flags.tokens;
    if (flags.at >= 0) {
        if (flags.paths.size() != 1) throw UserError("compare --at takes one run directory, and --set what the second arm changes");
        plan.parent = flags.paths[0];
        plan.parent_step = flags.at;
        const auto experiment = read_experiment(plan.parent / "experiment.toml");
        auto changes = flags.compute.changes();
        std::erase_if(changes, [](const auto& change) { return change.first == "seed"; });
        plan.arms = fork_arms(experiment, "changed", changes, plan.first_seed);
        if (changes.empty()) throw UserError("compare --at needs --set KEY=VALUE: what the fork changes");
        if (plan.steps == 0) plan.steps = experiment.steps;
        return plan;
    }
    for (const fs::path path : flags.paths) {
        Experiment experiment = arm_experiment(path, flags.compute);
        plan.arms.push_back({unused_name(plan, path.stem().string()), std::move(experiment), {}, 0});
    }
    return plan;
}

nlohmann::ordered_json cell_line(const ComparisonPlan& plan, const ComparisonResult& result, CellIndex index) {
    const Cell& cell = result.cells[index.arm][static_cast<std::size_t>(index.seed_index)];
    nlohmann::ordered_json heldout = nlohmann::ordered_json::object();
    for (const std::string& tier : result.tiers())
        for (const char* what : {"accuracy", "sound", "greedy"}) heldout[tier][what] = number(cell.last("heldout/" + tier + "/" + what));
    return {{"arm", plan.arms[index.arm].name}, {"seed", cell.seed}, {"run_dir", plan.cell_dir(index.arm, index.seed_index).string()}, {"steps", cell.step},
            {"seconds", cell.seconds}, {"tokens_generated", static_cast<std::int64_t>(cell.tokens)}, {"heldout", heldout},
            {"frac_all_wrong", number(cell.mean_of_last("frac_all_wrong", 50))}};
}

nlohmann::ordered_json last_line(const ComparisonPlan& plan, const ComparisonResult& result, std::size_t baseline, const std::string& measure) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    int done = 0;
    for (const auto& arm : result.cells)
        for (const Cell& cell : arm) done += cell.state == Cell::State::done;
    for (std::size_t arm = 0; arm < plan.arms.size(); ++arm) {
        if (arm == baseline) continue;
        const Finding finding = find_difference(plan, result, arm, baseline, measure);
        const auto& interval = finding.difference.interval;
        rows.push_back({{"arm", finding.arm}, {"baseline", finding.baseline}, {"difference", number(finding.difference.mean)},
                        {"interval", interval ? nlohmann::json{interval->first, interval->second} : nlohmann::json(nullptr)}, {"seeds", finding.difference.n},
                        {"differences", finding.differences}, {"token_ratio", finding.token_ratio}, {"verdict", finding.verdict},
                        {"sentence", finding.sentence}, {"does_not_show", finding.limits}});
    }
    return {{"comparison_dir", plan.dir.string()}, {"measure", measure}, {"cells_done", done},
            {"cells", plan.arms.size() * static_cast<std::size_t>(plan.seeds)}, {"rows", rows}};
}

int compare(const Flags& flags) {
    Interrupt interrupt;
    const bool again = flags.paths.size() == 1 && is_comparison(flags.paths[0]);
    ComparisonPlan plan = again ? read_plan(flags.paths[0]) : new_plan(flags);
    if (again) {
        if (flags.seeds > plan.seeds) plan.seeds = flags.seeds;
        if (!flags.out.empty() || flags.tokens > 0 || flags.steps > 0 || !flags.compute.set.empty() || flags.compute.seed)
            throw UserError("A stored comparison goes on as planned: only --seeds (more of them), --baseline, --measure and --device can be given");
    }
    std::size_t baseline = 0;
    if (!flags.baseline.empty()) {
        std::vector<std::string> names;
        for (const Arm& arm : plan.arms) names.push_back(arm.name);
        baseline = static_cast<std::size_t>(std::find(names.begin(), names.end(), flags.baseline) - names.begin());
        if (baseline == names.size()) throw UserError(fmt::format("No arm is called \"{}\". Known: {}", flags.baseline, fmt::join(names, ", ")));
    }
    if (!flags.read && (!again || flags.seeds > 0)) {
        if (!again && is_comparison(plan.dir)) throw UserError(fmt::format("{} holds a comparison already: give the folder alone to go on with it", plan.dir.string()));
        write_plan(plan);
    }
    ComparisonResult result;
    bool whole = true;
    if (!flags.read) {
        ProgressBar bar;
        std::jthread ticker;
        const double cells = static_cast<double>(plan.arms.size()) * static_cast<double>(plan.seeds);
        const auto watch = [&](CellIndex index, Session& session, bool done) {
            ticker = {};  // Joins: the session it looked at is the one before.
            if (done) {
                result.refresh(plan);
                std::cout << cell_line(plan, result, index).dump() << std::endl;
                return;
            }
            ticker = std::jthread([&bar, &session, &plan, index, cells](std::stop_token stop) {
                std::mutex mutex;
                std::condition_variable_any tick;
                std::unique_lock lock(mutex);
                while (!tick.wait_for(lock, stop, std::chrono::milliseconds(300), [] { return false; }) && !stop.stop_requested()) {
                    const Progress p = session.progress();
                    const double before = static_cast<double>(index.seed_index) * static_cast<double>(plan.arms.size()) + static_cast<double>(index.arm);
                    const double part = plan.tokens > 0 ? static_cast<double>(p.tokens_generated) / static_cast<double>(plan.tokens)
                                                        : static_cast<double>(p.step) / static_cast<double>(std::max<std::int64_t>(1, p.planned_steps));
                    bar.show((before + std::min(1.0, part)) / cells, fmt::format("{}, seed {}: step {}, {:.1f} steps/s", plan.arms[index.arm].name,
                                                                                 plan.seed(index.arm, index.seed_index), p.step, p.steps_per_second));
                }
            });
        };
        whole = run_comparison(plan, flags.compute.device, watch, interrupt.token());
        ticker = {};
    }
    result.refresh(plan);
    const auto tiers = result.tiers();
    const std::string measure = !flags.measure.empty() ? flags.measure : tiers.empty() ? "frac_all_wrong" : "heldout/" + tiers.back() + "/accuracy";
    const bool known = std::any_of(result.cells.begin(), result.cells.end(), [&](const auto& arm) {
        return std::any_of(arm.begin(), arm.end(), [&](const Cell& cell) { return cell.curve(measure) != nullptr || cell.state == Cell::State::missing; });
    });
    if (!known) throw UserError(fmt::format("No run has a metric called \"{}\": the names are the columns of export --what metrics", measure));
    std::cout << last_line(plan, result, baseline, measure).dump() << std::endl;
    return whole ? 0 : 130;
}

}  // namespace

void register_compare(CLI::App& app, int& exit_code) {
    auto flags = std::make_shared<Flags>();
    CLI::App* verb = app.add_subcommand("compare", "Run arms x seeds and give paired differences with intervals");
    verb->add_option("experiments", flags->paths, "Experiment files, one an arm (the first is the baseline); or a comparison to go on with; or, with --at, one run to fork")->required();
    verb->add_option("--seeds", flags->seeds, "Seeds an arm (default 5)")->check(CLI::Range(1, 1000));
    verb->add_option("--steps", flags->steps, "Steps of each run instead of the experiment's")->check(CLI::Range(1, 1000000000));
    verb->add_option("--tokens", flags->tokens, "End each run after the step in which this many training tokens were generated")->check(CLI::Range(1.0, 1e15));
    verb->add_option("--at", flags->at, "Fork the run given after this step: unchanged, with --set, and unchanged again, all reseeded")->check(CLI::NonNegativeNumber);
    verb->add_option("--out", flags->out, "Folder of the comparison (default: a new one in the data folder)");
    verb->add_option("--baseline", flags->baseline, "Arm that the others are compared with");
    verb->add_option("--measure", flags->measure, "Metric to compare (default: held-out accuracy of the hardest tier)");
    verb->add_flag("--read", flags->read, "Only say what is stored");
    flags->compute.add(*verb);
    verb->callback([flags, &exit_code] { exit_code = compare(*flags); });
}

}  // namespace foothold::cli
