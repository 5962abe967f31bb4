// SPDX-License-Identifier: GPL-3.0-or-later
// The plots of a run's report. All share one axis of steps.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "record/step_phases.h"
#include "report/chart.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/run_facts.h"
#include "report/run_report.h"
#include "statistics/intervals.h"

namespace foothold {
namespace {

constexpr std::size_t most_columns = 240, most_map_columns = 96, least_map_columns = 12, most_map_rows = 128,
                      most_shared_rows = 40;

ChartFrame frame_of(const RunFacts& facts, double height, double y_high = 1) {
    ChartFrame frame;
    frame.x_high = static_cast<double>(facts.last_step()) + .5;
    frame.y_high = y_high;
    frame.height = height;
    frame.x_title = "step";
    return frame;
}

std::string binned(const StepColumns& columns) {
    return columns.width() > 1 ? fmt::format(" Each column is the mean of {} steps.", columns.width()) : std::string();
}

/// Changes made by hand, numbered as in the table above the plots.
void add_markers(Chart& chart, const RunFacts& facts, bool words) {
    for (std::size_t i = 0; i < facts.changes.size();) {
        const std::int64_t step = facts.changes[i].step;
        const std::size_t first = i;
        while (i < facts.changes.size() && facts.changes[i].step == step) ++i;
        const std::string numbers = i - first == 1 ? fmt::format("#{}", i) : fmt::format("#{} to #{}", first + 1, i);
        chart.marker(static_cast<double>(step) - .5, words ? numbers : std::string());
    }
}

std::vector<ChartPoint> middles(const StepColumns& columns, const std::vector<double>& values) {
    std::vector<ChartPoint> out;
    for (std::size_t i = 0; i < values.size(); ++i)
        out.push_back({static_cast<double>(columns.bounds[i] + 1 + columns.bounds[i + 1]) / 2, values[i]});
    return out;
}

/// The newest value that is a number.
double newest(const std::vector<double>& values) {
    for (auto at = values.rbegin(); at != values.rend(); ++at)
        if (std::isfinite(*at)) return *at;
    return std::nan("");
}

double oldest(const std::vector<double>& values) {
    const auto first = std::ranges::find_if(values, [](double x) { return std::isfinite(x); });
    return first == values.end() ? std::nan("") : *first;
}

void add_states(Markup& page, const RunFacts& facts, const StepColumns& columns) {
    const auto wrong = facts.in_columns("frac_all_wrong/before_hints", columns),
               right = facts.in_columns("frac_all_right/before_hints", columns);
    const auto trained = facts.in_columns("frac_all_wrong", columns);
    std::vector<double> mixed;
    if (!std::isfinite(newest(wrong))) return;  // Every group got its hint at once.
    for (std::size_t i = 0; i < wrong.size(); ++i) mixed.push_back(std::isfinite(wrong[i]) ? std::max(0., 1 - wrong[i] - right[i]) : wrong[i]);
    add_figure(page, "Groups before hints",
               "Share of a step's groups that were all wrong, mixed or all right in the round without a hint. Only "
               "mixed groups have a gradient." +
                   binned(columns),
               {{"fill right", "all right"},
                {"fill mixed", "mixed"},
                {"fill wrong", "all wrong"},
                {"line trained", "all wrong as trained, after hints"}},
               [&] {
                   Chart chart(
                       page, frame_of(facts, 150),
                       fmt::format("All wrong before hints: from {} to {}; as trained: to {}; all right: from {} to {}",
                                   share_text(oldest(wrong)), share_text(newest(wrong)), share_text(newest(trained)),
                                   share_text(oldest(right)), share_text(newest(right))));
                   const StackLayer layers[] = {{"wrong", wrong}, {"mixed", mixed}, {"right", right}};
                   chart.stack(columns, layers);
                   chart.line(middles(columns, trained), "trained");
                   add_markers(chart, facts, true);
                   chart.end_label(newest(wrong), share_text(newest(wrong)) + " all wrong", "");
                   chart.end_label(newest(trained), share_text(newest(trained)) + " after hints", "");
                   chart.end_label(1 - newest(right) / 2, share_text(newest(right)) + " all right", "");
               });
}

void add_hint_levels(Markup& page, const RunFacts& facts, const StepColumns& columns) {
    struct Level {
        const char *metric, *style, *words;
    };
    static constexpr Level levels[] = {{"hint_level/0.25", "r25", ".25 of the trace"},
                                       {"hint_level/0.5", "r50", ".50"},
                                       {"hint_level/0.75", "r75", ".75"},
                                       {"hint_level/1", "r100", "all of it"}};
    std::vector<StackLayer> layers;
    std::vector<LegendEntry> legend;
    double highest = 0;
    std::vector<double> sum(columns.size(), 0);
    for (const Level& level : levels) {
        layers.push_back({level.style, facts.in_columns(level.metric, columns)});
        legend.push_back({std::string("fill ") + level.style, level.words});
        for (std::size_t i = 0; i < sum.size(); ++i)
            if (std::isfinite(layers.back().values[i])) highest = std::max(highest, sum[i] += layers.back().values[i]);
    }
    const std::string title = "Hint level used";
    if (highest == 0) {
        add_figure(page, title, "No group was trained with a hint.", {}, [] {});
        return;
    }
    add_figure(page, title,
               "Share of a step's groups trained with a hint, by how much of the trace it gave (the nearest level)." +
                   binned(columns),
               legend, [&] {
                   Chart chart(page, frame_of(facts, 100, std::min(1., highest * 1.1)),
                               fmt::format("Share of groups with a hint: up to {}, {} at the end", share_text(highest),
                                           share_text(newest(sum))));
                   chart.stack(columns, layers);
                   add_markers(chart, facts, false);
                   chart.end_label(newest(sum), share_text(newest(sum)) + " hinted", "");
               });
}

void add_heldout(Markup& page, const RunFacts& facts) {
    if (facts.heldout.empty()) {
        add_figure(page, "Held-out success without hints", "Never measured (heldout.n is 0 or the run ended before).",
                   {}, [] {});
        return;
    }
    const auto style = [&](std::size_t i) {
        return fmt::format("t{}{}", std::min<std::size_t>(i, 5), i + 1 == facts.heldout.size() ? " hardest" : "");
    };
    std::vector<LegendEntry> legend;
    for (std::size_t i = 0; i < facts.heldout.size(); ++i)
        legend.push_back({"line " + style(i), fmt::format("{} (n = {})", facts.heldout[i].tier, facts.heldout[i].n)});
    add_figure(
        page, "Held-out success without hints",
        fmt::format("Problems never trained on, sampled at temperature 1, {} each; bars are 95 % Wilson intervals over "
                    "the n problems.",
                    facts.ended.heldout.attempts == 1 ? "one attempt"
                                                      : fmt::format("{} attempts", facts.ended.heldout.attempts)),
        legend, [&] {
            std::string words = "Held-out success by tier at the end:";
            for (const HeldoutCurve& curve : facts.heldout)
                words += fmt::format(" {} {};", curve.tier, share_text(curve.accuracy.back().y));
            Chart chart(page, frame_of(facts, 170), words);
            add_markers(chart, facts, false);
            for (std::size_t i = 0; i < facts.heldout.size(); ++i) {
                const HeldoutCurve& curve = facts.heldout[i];
                chart.line(curve.accuracy, style(i));
                // Many measurements: the intervals of some are enough, the last one always among them.
                const std::size_t every = curve.accuracy.size() / 24 + 1;
                for (std::size_t k = 0; k < curve.accuracy.size(); ++k) {
                    if (curve.n == 0 || (curve.accuracy.size() - 1 - k) % every != 0 ||
                        !std::isfinite(curve.accuracy[k].y))
                        continue;
                    const auto [low, high] =
                        wilson(curve.accuracy[k].y * static_cast<double>(curve.n), static_cast<double>(curve.n));
                    chart.whisker(curve.accuracy[k].x, low, high, style(i));
                }
                chart.dots(curve.accuracy, style(i), curve.accuracy.size() > 60 ? 1.2 : 2.4);
                chart.end_label(curve.accuracy.back().y, curve.tier + " " + share_text(curve.accuracy.back().y), "");
            }
        });
}

/// What a cell of the map may hold, from its ground up: the states of a group, rescues by what was given.
struct CellState {
    const char *style, *words;
};
constexpr std::array<CellState, 7> cell_states = {{{"wrong", "all wrong"},
                                                   {"lucky", "lucky rescue"},
                                                   {"r75", "rescued at .75 and more"},
                                                   {"r50", "rescued at .50"},
                                                   {"r25", "rescued at .25"},
                                                   {"mixed", "mixed"},
                                                   {"right", "all right"}}};

std::size_t cell_state(const GroupSummary& group) {
    switch (group.state()) {
        case GroupState::all_wrong: return 0;
        case GroupState::lucky: return 1;
        case GroupState::rescued: return group.hint_ratio > .625f ? 2 : group.hint_ratio > .375f ? 3 : 4;
        case GroupState::mixed: return 5;
        case GroupState::all_right: return 6;
    }
    return 0;
}

/// Columns of whole passes over the pool where the run is long enough for that: then every problem has a group in every
/// column.
StepColumns map_columns(const RunFacts& facts, std::size_t pool) {
    const std::int64_t last = facts.last_step();
    const auto problems = std::max<std::int64_t>(1, facts.initial.sampling.problems);
    const std::int64_t pass = (static_cast<std::int64_t>(pool) + problems - 1) / problems;
    if (pass < 1 || last / pass < static_cast<std::int64_t>(least_map_columns))
        return StepColumns::of_steps(last, std::min<std::size_t>(least_map_columns * 2, most_map_columns));
    const std::int64_t columns = (last + pass - 1) / pass, most = most_map_columns;
    return StepColumns::of_width(last, pass * ((columns + most - 1) / most));
}

}  // namespace

void add_run_plots(Markup& page, const RunFacts& facts) {
    const auto columns = StepColumns::of_steps(facts.last_step(), most_columns);
    add_states(page, facts, columns);
    add_hint_levels(page, facts, columns);
    add_heldout(page, facts);
    add_heat_map(page, facts);
}

void add_heat_map(Markup& page, const RunFacts& facts) {
    // Rows from the bottom up: tiers easiest first, each tier's problems in the order of the pool, some problems a row
    // where they are many.
    struct Row {
        std::size_t tier;
        std::vector<std::uint32_t> problems;
    };
    std::vector<Row> rows;
    const std::size_t pool = std::min(facts.info.pool_size, facts.info.problems.size());
    // Rows of one problem may be thin; those of several need height, since their cells are divided by shares.
    const std::size_t together = pool <= most_map_rows ? 1 : (pool + most_shared_rows - 1) / most_shared_rows;
    std::vector<std::size_t> row_of(facts.info.problems.size(), SIZE_MAX);
    for (std::size_t tier = 0; tier < facts.tiers.size(); ++tier) {
        std::size_t room = 0;
        for (std::size_t p = 0; p < pool; ++p) {
            if (facts.info.problems[p].tier != facts.tiers[tier]) continue;
            if (room == 0) rows.push_back({tier, {}}), room = together;
            rows.back().problems.push_back(static_cast<std::uint32_t>(p));
            row_of[p] = rows.size() - 1;
            --room;
        }
    }
    if (rows.empty()) return;
    const StepColumns columns = map_columns(facts, pool);
    std::vector<std::array<int, cell_states.size()>> cells(rows.size() * columns.size());
    std::array<std::int64_t, cell_states.size()> total{};
    for (const StepSummary& step : facts.steps)
        for (const GroupSummary& group : step.groups) {
            if (group.problem >= pool || row_of[group.problem] == SIZE_MAX || step.step < 1) continue;
            const std::size_t state = cell_state(group);
            ++cells[row_of[group.problem] * columns.size() + columns.of(step.step)][state];
            ++total[state];
        }
    std::vector<LegendEntry> legend;
    for (std::size_t s = 0; s < cell_states.size(); ++s)
        legend.push_back({std::string("fill ") + cell_states[s].style,
                          fmt::format("{} ({})", cell_states[s].words, count_text(static_cast<double>(total[s])))});
    std::string note = "A row is ";
    note += together == 1 ? "a problem" : fmt::format("{} problems", together);
    note += columns.width() == 1
                ? ", a column a step."
                : fmt::format(", a column {} steps; a cell's colours have the shares of its groups.", columns.width());
    note += " Groups as trained; bare ground: not sampled.";
    add_figure(page, "Groups by problem and step", note, legend, [&] {
        const double height = std::clamp(static_cast<double>(rows.size()) * (together > 1 ? 11. : 7.), 60., 448.);
        ChartFrame frame = frame_of(facts, height, static_cast<double>(rows.size()));
        frame.y_numbers = false;
        std::string words = "Groups over the whole run:";
        for (const LegendEntry& entry : legend) words += " " + entry.words + ";";
        Chart chart(page, frame, words);
        std::array<Chart::Boxes, cell_states.size()> boxes;
        Chart::Boxes ground;
        ground.add(chart, 0.5, frame.x_high, 0, frame.y_high);
        for (std::size_t row = 0; row < rows.size(); ++row)
            for (std::size_t column = 0; column < columns.size(); ++column) {
                const auto& cell = cells[row * columns.size() + column];
                int sum = 0;
                for (const int n : cell) sum += n;
                const auto width = static_cast<double>(columns.bounds[column + 1] - columns.bounds[column]);
                const double x0 = static_cast<double>(columns.bounds[column]) + .5;
                auto y = static_cast<double>(row);
                for (std::size_t s = 0; s < cell.size(); ++s) {
                    if (cell[s] == 0) continue;
                    const double part = static_cast<double>(cell[s]) / sum;
                    const bool top = y + part > static_cast<double>(row) + .999;  // Within a cell no ground shows.
                    boxes[s].add(chart, x0, x0 + width, y, y + part, top ? .8 : 0);
                    y += part;
                }
            }
        chart.boxes(ground, "empty");
        for (std::size_t s = 0; s < boxes.size(); ++s) chart.boxes(boxes[s], cell_states[s].style);
        for (std::size_t tier = 0; tier < facts.tiers.size(); ++tier) {
            const auto first = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.tier == tier; });
            const auto count =
                std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return row.tier == tier; });
            if (count == 0) continue;
            const auto from = static_cast<double>(first - rows.begin());
            chart.row_label(from + static_cast<double>(count) / 2, facts.tiers[tier]);
            if (from > 0) chart.rule(from, "split");
        }
        add_markers(chart, facts, false);
    });
}

void add_time_plot(Markup& page, const RunFacts& facts) {
    const auto columns = StepColumns::of_steps(facts.last_step(), most_columns);
    std::vector<StackLayer> layers;
    std::vector<LegendEntry> legend;
    std::vector<double> sum(columns.size(), 0);
    double highest = 0, whole = facts.total("step_time");
    struct Part {
        std::string name, meaning;
        double seconds;
    };
    std::vector<Part> parts;
    double named = 0;
    for (std::size_t i = 0; i < step_phases.size(); ++i) {
        const StepPhaseInfo& phase = step_phases[i];
        if (!facts.has(phase.metric)) continue;
        const double seconds = facts.total(phase.metric);
        if (i >= static_cast<std::size_t>(StepPhase::checkpoint)) whole += seconds;
        // Step 0 has no step_time: its held-out sets come on top.
        if (static_cast<StepPhase>(i) == StepPhase::heldout && !facts.steps.empty() && facts.steps.front().step == 0)
            if (const double* first = facts.steps.front().metric(phase.metric); first && std::isfinite(*first))
                whole += *first;
        named += seconds;
        parts.push_back({phase.name, phase.meaning, seconds});
        StackLayer layer{fmt::format("p{}", i), facts.in_columns(phase.metric, columns)};
        for (std::size_t c = 0; c < sum.size(); ++c)
            if (std::isfinite(layer.values[c])) highest = std::max(highest, sum[c] += layer.values[c]);
        layers.push_back(std::move(layer));
        legend.push_back({fmt::format("fill p{}", i), phase.name});
    }
    if (layers.empty()) {
        page.leaf("p", {{"class", "note"}}, "This run was made by a version that did not time the phases of a step.");
        return;
    }
    const bool old = !facts.has(step_phases[0].metric);
    if (old) parts.push_back({"the rest", "not timed by the version that made this run", std::max(0., whole - named)});
    add_figure(page, "Seconds a step",
               std::string("Mean seconds of each phase.") + binned(columns) +
                   (old ? " This run was made before draw, judge, held-out sets and checkpoints were timed: generate "
                          "holds the first two."
                        : ""),
               legend, [&] {
                   ChartFrame frame = frame_of(facts, 120, highest * 1.05);
                   Chart chart(page, frame, fmt::format("Training time by phase: {} in all", duration_text(whole)));
                   chart.stack(columns, layers);
                   add_markers(chart, facts, false);
               });
    const auto table = page.element("table");
    add_table_head(page, {"Phase", "What it holds", ">Seconds", ">Share"});
    const auto body = page.element("tbody");
    for (const Part& part : parts) {
        const auto row = page.element("tr");
        page.leaf("td", part.name);
        page.leaf("td", part.meaning);
        {
            const auto cell = page.element("td", {{"class", "n"}});
            add_number(page, part.seconds, number_text(part.seconds));
        }
        page.leaf("td", {{"class", "n"}}, whole > 0 ? fmt::format("{:.1f} %", 100 * part.seconds / whole) : "");
    }
}

}  // namespace foothold
