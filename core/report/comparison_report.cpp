// SPDX-License-Identifier: GPL-3.0-or-later
// The report of a comparison, part by part.
#include "report/comparison_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "report/chart.h"
#include "report/numbers.h"
#include "report/page.h"
#include "studies/comparison.h"

namespace foothold {
namespace {

constexpr std::size_t baseline = 0;
constexpr std::size_t curve_columns = 25;
constexpr const char* all_wrong = "frac_all_wrong";

struct Facts {
    ComparisonPlan plan;
    ComparisonResult result;
    std::vector<std::string> tiers;
    std::string measure;  ///< The one that the sentence is about.
};

std::string arm_style(std::size_t arm) { return fmt::format("a{}", arm % 5); }

/// A name beside a plot, where there is no room for long ones; the legend has them whole.
std::string short_name(const std::string& name) {
    constexpr std::size_t room = 12;
    if (name.size() <= room) return name;
    std::size_t at = room - 1;
    while (at > 0 && (static_cast<unsigned char>(name[at]) & 0xc0) == 0x80) --at;
    return name.substr(0, at) + "…";
}

std::string signed_text(double value) { return (value > 0 ? "+" : "") + share_text(value); }

int finished(const std::vector<Cell>& cells) {
    return static_cast<int>(
        std::count_if(cells.begin(), cells.end(), [](const Cell& cell) { return cell.state == Cell::State::done; }));
}

/// Mean over an arm's finished cells.
Estimate arm_estimate(const std::vector<Cell>& cells, const std::string& measure) {
    std::vector<double> values;
    for (const Cell& cell : cells) {
        const double value = measure.starts_with("heldout/") ? cell.last(measure) : cell.mean_of_last(measure, 50);
        if (cell.state == Cell::State::done && std::isfinite(value)) values.push_back(value);
    }
    return mean_estimate(values);
}

std::string estimate_text(const Estimate& estimate, bool with_sign) {
    if (estimate.n == 0) return "";
    const std::string mean = with_sign ? signed_text(estimate.mean) : share_text(estimate.mean);
    return estimate.interval ? mean + " " + interval_text(*estimate.interval) : mean;
}

void add_header(Markup& page, const Facts& facts) {
    const auto header = page.element("header");
    page.leaf("h1", std::filesystem::weakly_canonical(facts.plan.dir).filename().string());
    int done = 0;
    for (const auto& cells : facts.result.cells) done += finished(cells);
    const std::size_t all = facts.plan.arms.size() * static_cast<std::size_t>(facts.plan.seeds);
    page.leaf(
        "p", {{"class", "muted"}},
        fmt::format("Report of a comparison: {} arms with {} {} each, {} of {} runs finished. The baseline is {}.",
                    facts.plan.arms.size(), facts.plan.seeds, facts.plan.seeds == 1 ? "seed" : "seeds", done, all,
                    facts.plan.arms[baseline].name));
    if (!facts.plan.parent.empty())
        page.leaf("p", {{"class", "muted"}},
                  fmt::format("Every run goes on from the state after step {} of {}, reseeded.", facts.plan.parent_step,
                              facts.plan.parent.filename().string()));
}

/// Differences to the baseline: an interval and a dot a seed for each arm.
void add_forest(Markup& page, const Facts& facts, const std::vector<Finding>& findings) {
    double reach = .05;
    for (const Finding& finding : findings) {
        for (const double d : finding.differences) reach = std::max(reach, std::abs(d));
        if (const auto& i = finding.difference.interval)
            reach = std::max({reach, std::abs(i->first), std::abs(i->second)});
    }
    reach = std::min(1., reach * 1.1);
    add_figure(page, "Difference to " + facts.plan.arms[baseline].name,
               "A small dot a seed (same seed in both arms), a large one their mean; the bar is its 95 % t interval. "
               "In brackets: pairs.",
               {}, [&] {
                   ChartFrame frame;
                   frame.x_low = -reach;
                   frame.x_high = reach;
                   frame.x_whole = false;
                   frame.x_title = "difference";
                   frame.y_high = static_cast<double>(findings.size());
                   frame.height = 34. * static_cast<double>(findings.size());
                   frame.y_numbers = false;
                   std::string words;
                   for (const Finding& finding : findings)
                       words += fmt::format("{}: {}; ", finding.arm, estimate_text(finding.difference, true));
                   Chart chart(page, frame, words);
                   chart.marker(0, "0");
                   for (std::size_t i = 0; i < findings.size(); ++i) {
                       const Finding& finding = findings[i];
                       const double y = static_cast<double>(findings.size() - i) - .5;
                       const std::string style = arm_style(i + 1);
                       if (const auto& interval = finding.difference.interval) {
                           const double high = std::min(reach, interval->second),
                                        low = std::max(-reach, interval->first);
                           Chart::Boxes bar;
                           bar.add(chart, low, high, y - .12, y + .12);
                           chart.boxes(bar, "bar " + style);
                       }
                       std::vector<ChartPoint> dots;
                       for (const double d : finding.differences) dots.push_back({d, y + .28});
                       chart.dots(dots, style, 3);
                       if (finding.difference.n > 0) {
                           const ChartPoint mean[] = {{finding.difference.mean, y}};
                           chart.dots(mean, style, 4.5);
                       }
                       chart.end_label(y, fmt::format("{} ({})", short_name(finding.arm), finding.difference.n), style);
                   }
               });
}

void add_findings(Markup& page, const Facts& facts) {
    const auto section = page.element("section", {{"id", "findings"}});
    page.leaf("h2", "What may be said");
    page.leaf(
        "p", {{"class", "note"}},
        "Measured: " + measure_words(facts.measure) + ". Differences are paired: arm minus baseline, seed by seed.");
    std::vector<Finding> findings;
    for (std::size_t arm = 0; arm < facts.plan.arms.size(); ++arm)
        if (arm != baseline)
            findings.push_back(find_difference(facts.plan, facts.result, arm, baseline, facts.measure));
    if (findings.empty())
        page.leaf("p", "One arm alone: nothing to compare it with.");
    else
        add_forest(page, facts, findings);
    for (const Finding& finding : findings) {
        page.leaf("h3", finding.arm);
        {
            const auto words = page.element("p");
            page.leaf("b", finding.sentence);
            page.text(" ");
            page.leaf("span", {{"class", "pill"}}, finding.verdict);
        }
        if (finding.difference.n > 0) {
            const auto words = page.element("p");
            page.text("Difference ");
            add_number(page, finding.difference.mean, signed_text(finding.difference.mean));
            if (const auto& interval = finding.difference.interval) {
                page.text(", 95 % interval [");
                add_number(page, interval->first, signed_text(interval->first));
                page.text(", ");
                add_number(page, interval->second, signed_text(interval->second));
                page.text("]");
            }
            page.text(fmt::format(", {} {}.", finding.difference.n, finding.difference.n == 1 ? "pair" : "pairs"));
        }
        page.leaf("p", {{"class", "note"}}, "It does not show:");
        add_list(page, finding.limits);
    }
}

void add_table(Markup& page, const Facts& facts) {
    const auto section = page.element("section", {{"id", "numbers"}});
    page.leaf("h2", "Arms");
    page.leaf("p", {{"class", "note"}},
              "Means over finished seeds at the end of each run, with 95 % t intervals; all wrong: mean of the last 50 "
              "steps. Intervals of several measures are not corrected for their number.");
    {
        const auto scroll = page.element("div", {{"class", "scroll"}});
        const auto table = page.element("table");
        std::vector<std::string> titles = {"Arm", ">Seeds"};
        std::vector<std::string> measures;
        for (const std::string& tier : facts.tiers) {
            titles.push_back(">" + tier + " solved");
            measures.push_back("heldout/" + tier + "/accuracy");
        }
        titles.insert(titles.end(), {">All wrong", ">Tokens", ">Seconds"});
        measures.emplace_back(all_wrong);
        add_table_head(page, titles);
        const auto body = page.element("tbody");
        for (std::size_t arm = 0; arm < facts.plan.arms.size(); ++arm) {
            const std::vector<Cell>& cells = facts.result.cells[arm];
            const auto row = page.element("tr");
            page.leaf("td", facts.plan.arms[arm].name + (arm == baseline ? " (baseline)" : ""));
            page.leaf("td", {{"class", "n"}}, fmt::format("{} of {}", finished(cells), cells.size()));
            for (const std::string& measure : measures) {
                const Estimate estimate = arm_estimate(cells, measure);
                const auto cell = page.element("td", {{"class", "n"}});
                if (estimate.n == 0) continue;
                add_number(page, estimate.mean, share_text(estimate.mean));
                if (estimate.interval) page.leaf("span", {{"class", "muted"}}, " " + interval_text(*estimate.interval));
                if (arm == baseline) continue;
                const Finding finding = find_difference(facts.plan, facts.result, arm, baseline, measure);
                page.empty("br", {});
                page.leaf("span", {{"class", "note"}}, estimate_text(finding.difference, true));
            }
            double tokens = 0, seconds = 0;
            for (const Cell& cell : cells)
                if (cell.state == Cell::State::done) tokens += cell.tokens, seconds += cell.seconds;
            const int n = std::max(1, finished(cells));
            page.leaf("td", {{"class", "n"}}, count_text(tokens / n));
            page.leaf("td", {{"class", "n"}}, number_text(seconds / n));
        }
    }
    if (facts.plan.arms.size() > 1)
        page.leaf("p", {{"class", "note"}}, "Second lines: difference to the baseline, paired over seeds.");
    const auto folded = page.element("details");
    page.leaf("summary", "Every run");
    const auto table = page.element("table");
    add_table_head(page,
                   {"Arm", ">Seed", "State", ">Steps", ">Tokens", ">Seconds", ">" + measure_words(facts.measure)});
    const auto body = page.element("tbody");
    for (std::size_t arm = 0; arm < facts.plan.arms.size(); ++arm)
        for (const Cell& cell : facts.result.cells[arm]) {
            const auto row = page.element("tr");
            page.leaf("td", facts.plan.arms[arm].name);
            page.leaf("td", {{"class", "n"}}, fmt::format("{}", cell.seed));
            page.leaf("td", cell.state == Cell::State::done   ? "finished"
                            : cell.state == Cell::State::part ? "in part, not counted"
                                                              : "missing");
            page.leaf("td", {{"class", "n"}}, fmt::format("{}", cell.step));
            page.leaf("td", {{"class", "n"}}, count_text(cell.tokens));
            page.leaf("td", {{"class", "n"}}, number_text(cell.seconds));
            const auto value = page.element("td", {{"class", "n"}});
            const double last =
                facts.measure.starts_with("heldout/") ? cell.last(facts.measure) : cell.mean_of_last(facts.measure, 50);
            if (!std::isnan(last)) add_number(page, last, share_text(last));
        }
}

void add_curves(Markup& page, const Facts& facts, const std::string& measure, const std::string& title) {
    std::int64_t last = 0;
    for (const auto& cells : facts.result.cells)
        for (const Cell& cell : cells) last = std::max(last, cell.step);
    if (last == 0) return;
    const auto columns = StepColumns::of_steps(last, curve_columns);
    std::vector<LegendEntry> legend;
    for (std::size_t arm = 0; arm < facts.plan.arms.size(); ++arm)
        legend.push_back({"line " + arm_style(arm), facts.plan.arms[arm].name});
    const bool heldout = measure.starts_with("heldout/");
    std::string note = "Mean of the seeds with its 95 % t interval; thin: single seeds.";
    if (!heldout && columns.width() > 1) note += fmt::format(" Points are means of {} steps.", columns.width());
    add_figure(page, title, note, legend, [&] {
        ChartFrame frame;
        frame.x_high = static_cast<double>(last) + .5;
        frame.height = 190;
        frame.x_title = "step";
        Chart chart(page, frame, title);
        if (!facts.plan.parent.empty()) chart.marker(static_cast<double>(facts.plan.parent_step) + .5, "fork");
        for (std::size_t arm = 0; arm < facts.plan.arms.size(); ++arm) {
            std::map<double, std::vector<double>> at;  // By step, a value a seed.
            for (const Cell& cell : facts.result.cells[arm]) {
                const auto* points = cell.curve(measure);
                if (!points) continue;
                std::map<double, std::pair<double, int>> bins;
                for (const CellPoint& p : *points) {
                    if (!std::isfinite(p.value) || (!heldout && p.step < 1)) continue;
                    double x = static_cast<double>(p.step);
                    if (!heldout) {
                        const std::size_t column = columns.of(p.step);
                        x = static_cast<double>(columns.bounds[column] + 1 + columns.bounds[column + 1]) / 2;
                    }
                    auto& [sum, n] = bins[x];
                    sum += p.value;
                    ++n;
                }
                std::vector<ChartPoint> thin;
                for (const auto& bin : bins) {
                    thin.push_back({bin.first, bin.second.first / bin.second.second});
                    at[bin.first].push_back(thin.back().y);
                }
                chart.line(thin, "raw " + arm_style(arm));
            }
            std::vector<ChartPoint> mean, low, high;
            for (const auto& item : at) {
                const Estimate estimate = mean_estimate(item.second);
                mean.push_back({item.first, estimate.mean});
                const auto interval = estimate.interval.value_or(std::pair(estimate.mean, estimate.mean));
                low.push_back({item.first, interval.first});
                high.push_back({item.first, interval.second});
            }
            if (mean.empty()) continue;
            chart.band(low, high, arm_style(arm));
            chart.line(mean, arm_style(arm));
            chart.end_label(mean.back().y, short_name(facts.plan.arms[arm].name) + " " + share_text(mean.back().y),
                            arm_style(arm));
        }
    });
}

void add_differences(Markup& page, const Facts& facts) {
    const auto section = page.element("section", {{"id", "settings"}});
    page.leaf("h2", "What differs");
    for (std::size_t arm = 0; arm < facts.plan.arms.size(); ++arm) {
        if (arm == baseline) continue;
        page.leaf("h3", facts.plan.arms[arm].name);
        const auto keys = differing_keys(facts.plan.arms[arm], facts.plan.arms[baseline]);
        if (keys.empty()) {
            page.leaf("p", {{"class", "note"}},
                      facts.plan.arms[arm].first_seed != 0 ? "Nothing but the seeds: the difference is chance alone."
                                                           : "Nothing.");
            continue;
        }
        const auto table = page.element("table");
        add_table_head(page, {"Setting", facts.plan.arms[baseline].name, facts.plan.arms[arm].name});
        const auto body = page.element("tbody");
        for (const KeyDifference& key : keys) {
            const auto row = page.element("tr");
            for (const std::string& text : {key.key, key.b, key.a}) {
                const auto cell = page.element("td");
                page.leaf("code", text);
            }
        }
    }
    if (facts.plan.arms.size() < 2) page.leaf("p", {{"class", "note"}}, "There is one arm.");
}

std::string quoted(const std::string& word) {
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
    return out + "'";
}

void add_repeat(Markup& page, const Facts& facts) {
    const auto section = page.element("section", {{"id", "repeat"}});
    page.leaf("h2", "How to repeat it");
    const ComparisonPlan& plan = facts.plan;
    std::string command = "foothold-cli compare";
    if (!plan.parent.empty()) {
        command += " " + quoted(plan.parent.string()) + fmt::format(" --at {}", plan.parent_step);
        for (const Arm& arm : plan.arms)
            for (const auto& [key, value] : arm.changes)
                if (key != "seed") command += " --set " + quoted(key + "=" + to_text(value));
    } else {
        for (std::size_t arm = 0; arm < plan.arms.size(); ++arm) command += fmt::format(" arm-{}.toml", arm + 1);
    }
    command += fmt::format(" --seeds {} --seed {}", plan.seeds, plan.first_seed);
    if (plan.steps > 0) command += fmt::format(" --steps {}", plan.steps);
    if (plan.tokens > 0) command += fmt::format(" --tokens {}", plan.tokens);
    page.leaf("p", {{"class", "note"}},
              plan.parent.empty() ? "Save the experiments below as arm-1.toml, arm-2.toml and so on, then:"
                                  : "With the run that it was forked from:");
    page.leaf("pre", command);
    for (std::size_t arm = 0; plan.parent.empty() && arm < plan.arms.size(); ++arm) {
        const auto folded = page.element("details");
        page.leaf("summary", fmt::format("arm-{}.toml: {}", arm + 1, plan.arms[arm].name));
        page.leaf("pre", write_experiment(plan.arms[arm].experiment));
    }
    page.leaf("p", {{"class", "note"}}, "This page was made by Foothold " FOOTHOLD_VERSION ".");
}

}  // namespace

std::string comparison_report(const std::filesystem::path& dir) {
    Facts facts{read_plan(dir), {}, {}, {}};
    facts.result.refresh(facts.plan);
    facts.tiers = facts.result.tiers();
    facts.measure = facts.tiers.empty() ? all_wrong : "heldout/" + facts.tiers.back() + "/accuracy";
    const std::string title = std::filesystem::weakly_canonical(dir).filename().string() + " - Foothold comparison";
    return html_page(title, [&](Markup& page) {
        add_header(page, facts);
        page.line();
        add_findings(page, facts);
        page.line();
        add_table(page, facts);
        page.line();
        {
            const auto section = page.element("section", {{"id", "plots"}});
            page.leaf("h2", "In the course of training");
            if (!facts.tiers.empty())
                add_curves(page, facts, facts.measure,
                           fmt::format("Held-out {} solved without hints", facts.tiers.back()));
            add_curves(page, facts, all_wrong, "Groups all wrong as trained");
        }
        page.line();
        add_differences(page, facts);
        add_repeat(page, facts);
    });
}

}  // namespace foothold
