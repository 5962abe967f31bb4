// SPDX-License-Identifier: GPL-3.0-or-later
// What may be said of two arms: no more than the interval allows.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "studies/comparison.h"

namespace foothold {
namespace {

/// +.31, -.04: as the tables write differences of shares.
std::string signed_share(double value) {
    std::string digits = fmt::format("{:.2f}", std::round(std::abs(value) * 100) / 100);
    if (digits.starts_with("0.")) digits.erase(0, 1);
    return (std::round(value * 100) < 0 ? "−" : "+") + digits;
}

bool smaller_is_better(const std::string& measure) { return measure.starts_with("frac_all_wrong") || measure.starts_with("frac_reward_zero_std"); }

double value_of(const ComparisonPlan& plan, const Cell& cell, const std::string& measure) {
    // What was measured before a fork is the same in all of its arms: not a result of any.
    const auto* points = cell.curve(measure);
    if (!plan.parent.empty() && points && !points->empty() && points->back().step <= plan.parent_step) return std::nan("");
    // Held-out scores are measured now and then; what is measured every step is averaged over the last 50.
    return measure.starts_with("heldout/") ? cell.last(measure) : cell.mean_of_last(measure, 50);
}

bool still_moving(const ComparisonResult& result, std::size_t arm, const std::string& measure) {
    double sum = 0;
    int n = 0;
    for (const Cell& cell : result.cells[arm]) {
        const auto* points = cell.curve(measure);
        if (!points || points->size() < 4) continue;
        sum += points->back().value - (*points)[points->size() - 1 - points->size() / 4].value;
        ++n;
    }
    return n > 0 && std::abs(sum / n) > .02;
}

void describe(Finding& finding, const std::string& words) {
    const Estimate& d = finding.difference;
    const int same = static_cast<int>(std::count_if(finding.differences.begin(), finding.differences.end(),
                                                    [&](double x) { return x * d.mean > 0; }));
    if (d.n == 0) {
        finding.verdict = "not testable";
        finding.sentence = fmt::format("No seed of {} and {} is finished and measured: nothing to compare yet.", finding.arm, finding.baseline);
    } else if (d.n == 1) {
        finding.verdict = "not testable";
        finding.sentence = fmt::format("One pair: no interval, no claim ({} minus {}: {} in {}).", finding.arm, finding.baseline, signed_share(d.mean), words);
    } else if (!d.interval) {
        finding.verdict = "not testable";
        finding.sentence = fmt::format("The {} seeds differ by the same {} in {}: no spread to take an interval from, no claim.", d.n, signed_share(d.mean), words);
    } else if (!d.excludes_zero()) {
        finding.verdict = "no clear difference";
        finding.sentence = fmt::format("No clear difference between {} and {} in {} ({} seeds).", finding.arm, finding.baseline, words, d.n);
    } else {
        const bool ahead = (d.mean > 0) != smaller_is_better(finding.measure);
        finding.verdict = ahead ? "supported" : "against";
        finding.sentence = fmt::format("{} was {} than {} in {} in this setting. {}", finding.arm, d.mean > 0 ? "higher" : "lower", finding.baseline, words,
                                       same == d.n ? fmt::format("All {} seeds point the same way.", d.n) : fmt::format("{} of {} seeds point that way.", same, d.n));
    }
}

}  // namespace

std::string measure_words(const std::string& measure) {
    if (measure.starts_with("heldout/")) {
        const std::size_t cut = measure.rfind('/');
        const std::string tier = measure.substr(8, cut - 8), what = measure.substr(cut + 1);
        if (what == "accuracy") return fmt::format("the share of held-out {} problems solved without hints", tier);
        if (what == "sound") return fmt::format("the share of held-out {} problems solved soundly without hints", tier);
        if (what == "greedy") return fmt::format("the greedy share of held-out {} problems solved without hints", tier);
        return fmt::format("{} on held-out {} problems", what, tier);
    }
    if (measure == "frac_all_wrong") return "the share of groups all wrong after hints (last 50 steps)";
    if (measure == "frac_all_wrong/before_hints") return "the share of groups all wrong before hints (last 50 steps)";
    return measure + " (last 50 steps)";
}

Finding find_difference(const ComparisonPlan& plan, const ComparisonResult& result, std::size_t arm, std::size_t baseline, const std::string& measure) {
    Finding finding;
    finding.arm = plan.arms.at(arm).name;
    finding.baseline = plan.arms.at(baseline).name;
    finding.measure = measure;
    std::vector<double> ours, theirs;
    double our_tokens = 0, their_tokens = 0;
    std::int64_t measured = INT64_MAX, ended = 0;  // Steps.
    for (std::size_t i = 0; i < result.cells[arm].size(); ++i) {
        const Cell& a = result.cells[arm][i];
        const Cell& b = result.cells[baseline][i];
        const double left = value_of(plan, a, measure), right = value_of(plan, b, measure);
        if (a.state != Cell::State::done || b.state != Cell::State::done || std::isnan(left) || std::isnan(right)) continue;
        ours.push_back(left);
        theirs.push_back(right);
        our_tokens += a.tokens;
        their_tokens += b.tokens;
        measured = std::min({measured, a.curve(measure)->back().step, b.curve(measure)->back().step});
        ended = std::max({ended, a.step, b.step});
    }
    finding.differences = paired_differences(ours, theirs);
    finding.difference = mean_estimate(finding.differences);
    // Shares are counts: a few seeds that differ by the same count do not make the interval zero wide.
    if (const auto& i = finding.difference.interval; i && finding.difference.mean != 0 && i->second - i->first < 1e-9) finding.difference.interval.reset();
    if (their_tokens > 0) finding.token_ratio = our_tokens / their_tokens;
    describe(finding, measure_words(measure));

    const Experiment& experiment = plan.arms[arm].experiment;
    finding.limits.push_back(fmt::format("Other task families than {}, other models than {}", experiment.problems.family,
                                         std::filesystem::path(experiment.model.path).stem().string()));
    if (!ours.empty() && measured < ended) finding.limits.push_back(fmt::format("The end of the runs: last measured at step {} of {} (heldout.every)", measured, ended));
    std::int64_t last = 0;
    for (const Cell& cell : result.cells[arm]) last = std::max(last, cell.step);
    std::vector<std::string> moving;
    for (const std::size_t which : {arm, baseline})
        if (still_moving(result, which, measure)) moving.push_back(plan.arms[which].name);
    if (last > 0) finding.limits.push_back(fmt::format("Training past step {}{}", last, moving.empty() ? std::string()
                                                                         : moving.size() == 1 ? fmt::format(": {} was still moving", moving[0]) : ": both were still moving"));
    if (std::abs(finding.token_ratio - 1) > .03)
        finding.limits.push_back(fmt::format("Equal cost: {} generated {:.0f} % {} tokens", finding.arm, 100 * std::abs(finding.token_ratio - 1),
                                             finding.token_ratio > 1 ? "more" : "fewer"));
    if (differing_keys(plan.arms[arm], plan.arms[baseline]).size() > 1 && plan.arms[arm].experiment.guidance.policy == plan.arms[baseline].experiment.guidance.policy)
        finding.limits.push_back("Which of the settings that differ did it: more than one does");
    return finding;
}

}  // namespace foothold
