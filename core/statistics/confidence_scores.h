// SPDX-License-Identifier: GPL-3.0-or-later
// Confidence of a trace, globally and step by step, and what can be done with it: ranking, votes, stopping early.
// Fu et al. 2025, arXiv 2508.15260, section 3; its least sliding window is the least step here.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace foothold {

/// A sampled trace as the scores see it.
struct TraceConfidence {
    std::vector<float> confidence;                          ///< [tokens] large = sure.
    std::vector<std::pair<std::size_t, std::size_t>> steps; ///< Stretches [begin, end) of tokens, in order.
    std::vector<std::uint8_t> counts;                       ///< [tokens] 1 = takes part; tokens of mere form are left out where asked.
    std::string answer;                                     ///< Empty = none.
    bool correct = false;
};

/// "mean" (over all tokens that count), "min-step" (least step mean), "lowest-10%" (mean of the lowest tenth, at least one, of windows that slide by a
/// token that counts, each as long as a step is on the average), "tail" (mean of the last two steps), "head" (of the first two).
double trace_score(const TraceConfidence& trace, const std::string& score);
const std::vector<std::string>& trace_scores();

/// Chance that a correct trace scores above a wrong one, ties counted half; NaN if there is only one kind.
double auroc(std::span<const double> scores, std::span<const std::uint8_t> correct);

/// Which answer the traces with the highest `share` of scores vote for: credit 1 if it is the gold one, 1/k if it ties with k - 1 others, 0 otherwise.
/// `weights` (empty = one vote each) are added up an answer. At least one trace votes; ties of score go to the earlier trace.
double vote_credit(const std::vector<TraceConfidence>& traces, std::span<const double> scores, double share, std::span<const double> weights, const std::string& gold);

/// Online: `warm_up` traces are sampled whole; the threshold is the score (least step so far) that keeps the highest `keep` share of them. Every later
/// trace is cut where a step falls below it and casts no vote; warm-up traces below it neither.
struct EarlyStop {
    double tokens = 0, full = 0;  ///< Sampled with stopping, and without.
    double credit = 0;            ///< As vote_credit.
};
EarlyStop stop_early(const std::vector<TraceConfidence>& traces, std::size_t warm_up, double keep, const std::string& gold);

}  // namespace foothold
