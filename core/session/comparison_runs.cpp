// SPDX-License-Identifier: GPL-3.0-or-later
// Running the cells of a comparison, one after the other.
#include "session/comparison_runs.h"

#include <fmt/format.h>

#include "session/fork.h"

namespace foothold {
namespace {

std::unique_ptr<Session> open_cell(const ComparisonPlan& plan, CellIndex index, const std::string& device) {
    const Arm& arm = plan.arms[index.arm];
    const std::int64_t seed = plan.seed(index.arm, index.seed_index);
    SessionOptions options;
    options.dir = plan.cell_dir(index.arm, index.seed_index);
    options.device = device;
    options.steps = plan.planned_steps(index.arm);
    options.token_limit = plan.tokens;
    options.experiment_path = plan.dir / "comparison.toml";
    if (std::filesystem::exists(options.dir / "run.sqlite")) return Session::open(options);
    std::filesystem::create_directories(options.dir.parent_path());
    if (plan.parent.empty()) {
        Experiment experiment = arm.experiment;
        experiment.seed = seed;
        return Session::create(experiment, options);
    }
    ForkRequest request{plan.parent, plan.parent_step, arm.changes, options.dir, fmt::format("{}, seed {}", arm.name, seed), options.steps};
    const std::pair<std::string, Value> reseeded{"seed", seed};
    request.changes.push_back(reseeded);
    fork_run(request);
    return Session::open(options);
}

}  // namespace

bool run_comparison(const ComparisonPlan& plan, const std::string& device, const CellWatcher& watch, std::stop_token stop) {
    const RunLock lock(plan.dir);
    ComparisonResult stored;
    stored.refresh(plan);
    for (std::int64_t i = 0; i < plan.seeds; ++i)
        for (std::size_t arm = 0; arm < plan.arms.size(); ++arm) {
            if (stored.cells[arm][static_cast<std::size_t>(i)].state == Cell::State::done) continue;
            if (stop.stop_requested()) return false;
            const auto session = open_cell(plan, {arm, i}, device);
            session->run();
            watch({arm, i}, *session, false);
            session->finish(stop);
            if (stop.stop_requested()) return false;
            watch({arm, i}, *session, true);
        }
    return true;
}

}  // namespace foothold
