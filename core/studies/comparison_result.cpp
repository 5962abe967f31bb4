// SPDX-License-Identifier: GPL-3.0-or-later
// What the stored cells of a comparison say.
#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

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

/// The held-out scores of the end, which is no step of its own when `heldout.every` does not fall on it.
void add_outcome(Cell& cell, const RunReader& reader) {
    const std::string text = reader.note(outcome_note);
    if (text.empty()) return;
    const auto outcome = nlohmann::json::parse(text, nullptr, false);
    if (!outcome.is_object() || outcome.value("step", std::int64_t{-1}) != cell.step) return;
    cell.concluded = true;
    for (const auto& item : outcome.items()) {
        if (!item.key().starts_with("heldout/") || !item.value().is_number()) continue;
        auto& points = cell.points(item.key());
        if (points.empty() || points.back().step < cell.step) points.push_back({cell.step, cell.tokens, cell.seconds, item.value()});
    }
}

Cell read_cell(const ComparisonPlan& plan, std::size_t arm, const std::filesystem::path& dir) {
    Cell cell;
    const auto reader = RunReader::open(dir);
    const std::vector<StepSummary> steps = reader->summaries();
    for (const StepSummary& step : steps) {
        if (const double* tokens = step.metric("tokens_generated")) cell.tokens = *tokens;
        if (const double* time = step.metric("step_time")) cell.seconds += *time;
        cell.step = step.step;
        for (const auto& [name, value] : step.metrics) cell.points(name).push_back({step.step, cell.tokens, cell.seconds, value});
    }
    add_outcome(cell, *reader);
    cell.problem_success = plain_success(steps, reader->info().pool_size);
    for (std::size_t i = 0; i < reader->info().pool_size; ++i) cell.problem_ids.push_back(reader->info().problems[i].id);
    for (std::size_t i = 0; i < reader->info().pool_size; ++i) cell.problem_tiers.push_back(reader->info().problems[i].tier);
    const bool enough = plan.tokens > 0 ? cell.tokens >= static_cast<double>(plan.tokens) || (plan.steps > 0 && cell.step >= plan.steps)
                                        : cell.step >= plan.planned_steps(arm);
    cell.state = steps.empty() ? Cell::State::missing : enough ? Cell::State::done : Cell::State::part;
    return cell;
}

}  // namespace

std::vector<CellPoint>& Cell::points(const std::string& metric) {
    for (auto& [name, points] : curves)
        if (name == metric) return points;
    return curves.emplace_back(metric, std::vector<CellPoint>()).second;
}

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
            if ((cell.state != Cell::State::done || !cell.concluded) && std::filesystem::exists(dir / "run.sqlite")) cell = read_cell(plan, arm, dir);
            cell.seed = plan.seed(arm, i);
        }
    }
}

std::vector<ProblemDifference> problem_differences(const ComparisonResult& result, std::size_t arm, std::size_t baseline) {
    std::vector<ProblemDifference> out;
    std::map<std::string, std::size_t> place;
    const auto row = [&](const Cell& cell, std::size_t i) -> ProblemDifference& {
        const auto [at, fresh] = place.try_emplace(cell.problem_ids[i], out.size());
        if (fresh) out.push_back({cell.problem_ids[i], cell.problem_tiers[i]});
        return out[at->second];
    };
    for (std::size_t seed = 0; seed < result.cells.at(arm).size(); ++seed) {
        const Cell &ours = result.cells[arm][seed], &theirs = result.cells.at(baseline)[seed];
        std::map<std::string, double> share;
        for (std::size_t i = 0; i < ours.problem_ids.size(); ++i) share[ours.problem_ids[i]] = ours.problem_success[i];
        for (std::size_t i = 0; i < theirs.problem_ids.size(); ++i) {
            ProblemDifference& problem = row(theirs, i);
            const auto found = share.find(problem.id);
            const double left = found == share.end() ? unknown : found->second, right = theirs.problem_success[i];
            if (ours.state != Cell::State::done || theirs.state != Cell::State::done || std::isnan(left) || std::isnan(right)) continue;
            ++problem.seeds;
            problem.ours += left;
            problem.theirs += right;
            problem.higher += left > right;
            problem.lower += left < right;
        }
    }
    for (ProblemDifference& problem : out)
        if (problem.seeds > 0) {
            problem.ours /= problem.seeds;
            problem.theirs /= problem.seeds;
        }
    return out;
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
