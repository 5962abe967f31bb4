// SPDX-License-Identifier: GPL-3.0-or-later
// What the stored cells of a comparison say.
#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "record/error.h"
#include "store/run_store.h"
#include "studies/comparison.h"

namespace foothold {
namespace {

constexpr std::size_t last_visits = 5;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Share right without a hint over each problem's last visits.
std::vector<double> plain_success(const std::vector<StepSummary>& steps, std::size_t problems) {
    std::vector<std::deque<double>> visits(problems);
    for (const StepSummary& step : steps)
        for (const GroupSummary& group : step.groups) {
            if (group.problem >= problems || group.attempts == 0 || group.correct_before == GroupSummary::no_plain_round) continue;
            auto& of = visits[group.problem];
            of.push_back(static_cast<double>(group.correct_before) / group.attempts);
            if (of.size() > last_visits) of.pop_front();
        }
    std::vector<double> shares(problems, unknown);
    for (std::size_t i = 0; i < problems; ++i) {
        double sum = 0;
        for (const double share : visits[i]) sum += share;
        if (!visits[i].empty()) shares[i] = sum / static_cast<double>(visits[i].size());
    }
    return shares;
}

Cell read_cell(const ComparisonPlan& plan, std::size_t arm, const std::filesystem::path& dir) {
    Cell cell;
    const auto reader = RunReader::open(dir);
    const std::vector<StepSummary> steps = reader->summaries();
    for (const StepSummary& step : steps) {
        if (const double* tokens = step.metric("tokens_generated")) cell.tokens = *tokens;
        if (const double* time = step.metric("step_time")) cell.seconds += *time;
        cell.step = step.step;
        for (const auto& [name, value] : step.metrics) {
            auto found = std::find_if(cell.curves.begin(), cell.curves.end(), [&wanted = name](const auto& curve) { return curve.first == wanted; });
            if (found == cell.curves.end()) found = cell.curves.insert(cell.curves.end(), {name, {}});
            found->second.push_back({step.step, cell.tokens, cell.seconds, value});
        }
    }
    cell.problem_success = plain_success(steps, reader->info().pool_size);
    for (std::size_t i = 0; i < reader->info().pool_size; ++i) cell.problem_ids.push_back(reader->info().problems[i].id);
    const bool enough = plan.tokens > 0 ? cell.tokens >= static_cast<double>(plan.tokens) || (plan.steps > 0 && cell.step >= plan.steps)
                                        : cell.step >= plan.planned_steps(arm);
    cell.state = steps.empty() ? Cell::State::missing : enough ? Cell::State::done : Cell::State::part;
    return cell;
}

}  // namespace

const std::vector<CellPoint>* Cell::curve(const std::string& metric) const {
    for (const auto& [name, points] : curves)
        if (name == metric) return &points;
    return nullptr;
}

double Cell::last(const std::string& metric) const {
    const auto* points = curve(metric);
    return points && !points->empty() ? points->back().value : unknown;
}

double Cell::mean_of_last(const std::string& metric, int n) const {
    const auto* points = curve(metric);
    if (!points || points->empty()) return unknown;
    const std::size_t from = points->size() > static_cast<std::size_t>(n) ? points->size() - static_cast<std::size_t>(n) : 0;
    double sum = 0;
    for (std::size_t i = from; i < points->size(); ++i) sum += (*points)[i].value;
    return sum / static_cast<double>(points->size() - from);
}

void ComparisonResult::refresh(const ComparisonPlan& plan) {
    cells.resize(plan.arms.size());
    for (std::size_t arm = 0; arm < plan.arms.size(); ++arm) {
        cells[arm].resize(static_cast<std::size_t>(plan.seeds));
        for (std::int64_t i = 0; i < plan.seeds; ++i) {
            Cell& cell = cells[arm][static_cast<std::size_t>(i)];
            const auto dir = plan.cell_dir(arm, i);
            if (cell.state != Cell::State::done && std::filesystem::exists(dir / "run.sqlite")) cell = read_cell(plan, arm, dir);
            cell.seed = plan.seed(arm, i);
        }
    }
}

std::vector<std::string> ComparisonResult::tiers() const {
    std::vector<std::string> names;
    for (const auto& arm : cells)
        for (const Cell& cell : arm) {
            for (const auto& entry : cell.curves) {
                const std::string& name = entry.first;
                if (name.starts_with("heldout/") && name.ends_with("/accuracy")) names.push_back(name.substr(8, name.size() - 8 - 9));
            }
            if (!names.empty()) return names;
        }
    return names;
}

}  // namespace foothold
