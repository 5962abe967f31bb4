// SPDX-License-Identifier: GPL-3.0-or-later
// Confidence of a trace, and what can be done with it.
#include "statistics/confidence_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace foothold {
namespace {

/// Mean confidence of each step that has a token that counts; the whole trace where none has.
std::vector<double> step_means(const TraceConfidence& trace) {
    std::vector<double> out;
    for (const auto& [begin, end] : trace.steps) {
        double sum = 0, n = 0;
        for (std::size_t t = begin; t < std::min(end, trace.confidence.size()); ++t)
            if (trace.counts[t]) sum += trace.confidence[t], ++n;
        if (n > 0) out.push_back(sum / n);
    }
    if (out.empty()) out.push_back(trace.confidence.empty() ? 0 : std::accumulate(trace.confidence.begin(), trace.confidence.end(), 0.0) / static_cast<double>(trace.confidence.size()));
    return out;
}

double mean(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); }

/// Mean confidence of every stretch of `length` tokens that count, one for each place where it can begin; all of them where there are fewer.
std::vector<double> window_means(std::span<const double> counted, std::size_t length) {
    length = std::clamp<std::size_t>(length, 1, counted.size());
    std::vector<double> out;
    for (std::size_t begin = 0; begin + length <= counted.size(); ++begin) out.push_back(mean(counted.subspan(begin, length)));
    return out;
}

double credit(const std::map<std::string, double>& votes, const std::string& gold) {
    double most = 0;
    for (const auto& [answer, weight] : votes) most = std::max(most, weight);
    double winners = 0;
    bool right = false;
    for (const auto& [answer, weight] : votes)
        if (weight == most && most > 0) ++winners, right = right || answer == gold;
    return right ? 1 / winners : 0;
}

}  // namespace

const std::vector<std::string>& trace_scores() {
    static const std::vector<std::string> names = {"mean", "min-step", "lowest-10%", "tail", "head"};
    return names;
}

double trace_score(const TraceConfidence& trace, const std::string& score) {
    std::vector<double> counted;
    for (std::size_t t = 0; t < trace.confidence.size(); ++t)
        if (trace.counts[t]) counted.push_back(trace.confidence[t]);
    const std::vector<double> steps = step_means(trace);
    if (score == "mean") return counted.empty() ? steps.front() : mean(counted);
    const std::size_t two = std::min<std::size_t>(2, steps.size());
    if (score == "min-step") return *std::min_element(steps.begin(), steps.end());
    if (score == "tail") return mean(std::span(steps).last(two));
    if (score == "head") return mean(std::span(steps).first(two));
    if (counted.empty()) return steps.front();
    std::vector<double> windows = window_means(counted, static_cast<std::size_t>(std::lround(static_cast<double>(counted.size()) / static_cast<double>(steps.size()))));
    std::sort(windows.begin(), windows.end());
    return mean(std::span(windows).first((windows.size() + 9) / 10));
}

double auroc(std::span<const double> scores, std::span<const std::uint8_t> correct) {
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
    // Mann and Whitney's U from mid-ranks.
    double positives = 0, ranks = 0;
    for (std::size_t i = 0; i < order.size();) {
        std::size_t j = i;
        while (j < order.size() && scores[order[j]] == scores[order[i]]) ++j;
        const double rank = (static_cast<double>(i) + static_cast<double>(j) + 1) / 2;
        for (std::size_t k = i; k < j; ++k)
            if (correct[order[k]]) ++positives, ranks += rank;
        i = j;
    }
    const double negatives = static_cast<double>(scores.size()) - positives;
    if (positives == 0 || negatives == 0) return std::numeric_limits<double>::quiet_NaN();
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives);
}

double vote_credit(const std::vector<TraceConfidence>& traces, std::span<const double> scores, double share, std::span<const double> weights, const std::string& gold) {
    std::vector<std::size_t> order(traces.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    const auto voters = std::clamp<std::size_t>(static_cast<std::size_t>(std::lround(share * static_cast<double>(traces.size()))), 1, traces.size());
    std::map<std::string, double> votes;
    for (std::size_t i = 0; i < voters; ++i)
        if (const std::string& answer = traces[order[i]].answer; !answer.empty()) votes[answer] += weights.empty() ? 1 : weights[order[i]];
    return credit(votes, gold);
}

EarlyStop stop_early(const std::vector<TraceConfidence>& traces, std::size_t warm_up, double keep, const std::string& gold) {
    EarlyStop out;
    warm_up = std::min(warm_up, traces.size());
    std::vector<double> least;
    for (std::size_t i = 0; i < warm_up; ++i) least.push_back(trace_score(traces[i], "min-step"));
    std::vector<double> sorted = least;
    std::sort(sorted.begin(), sorted.end());
    // The quantile with straight lines between the order statistics.
    const double at = (1 - keep) * static_cast<double>(sorted.size() - 1);
    const auto low = static_cast<std::size_t>(at);
    const double threshold = sorted[low] + (at - static_cast<double>(low)) * (sorted[std::min(low + 1, sorted.size() - 1)] - sorted[low]);
    std::map<std::string, double> votes;
    for (std::size_t i = 0; i < traces.size(); ++i) {
        const TraceConfidence& trace = traces[i];
        const auto whole = static_cast<double>(trace.confidence.size());
        out.full += whole;
        std::size_t used = trace.confidence.size();
        bool counts = true;
        if (i < warm_up) {
            counts = least[i] >= threshold;
        } else {
            for (const auto& [begin, end] : trace.steps) {
                double sum = 0, n = 0;
                for (std::size_t t = begin; t < std::min(end, trace.confidence.size()); ++t)
                    if (trace.counts[t]) sum += trace.confidence[t], ++n;
                if (n == 0 || sum / n >= threshold) continue;
                used = std::min(end, trace.confidence.size());
                counts = false;
                break;
            }
        }
        out.tokens += static_cast<double>(used);
        if (counts && !trace.answer.empty()) ++votes[trace.answer];
    }
    out.credit = credit(votes, gold);
    return out;
}

}  // namespace foothold
