// SPDX-License-Identifier: GPL-3.0-or-later
// Many traces of each problem, and what votes by confidence and stopping early make of them: question 5.
#pragma once
#include "statistics/confidence_scores.h"
#include "studies/study.h"
#include "tasks/family.h"

namespace foothold {

/// One way to say how sure a trace is.
struct VoteScore {
    std::string name, title;
    bool result_only = true;  ///< Only the number after "=" counts.
    std::string of;           ///< As trace_score() has it; empty = random.
    bool top_five = false;    ///< Mean negative log-prob of the five most likely tokens (Fu et al. 2025, equation 2) instead of minus the entropy.
};
const std::vector<VoteScore>& vote_scores();

struct VoteTraces {
    std::vector<Problem> problems;
    std::vector<std::vector<TraceConfidence>> traces;          ///< [problems][traces] Confidence = minus the entropy; only result tokens count.
    std::vector<std::vector<std::vector<float>>> top_five;     ///< [problems][traces][tokens]
    double tokens = 0, seconds = 0;                            ///< Sampled.
    double majority() const;                                   ///< Accuracy of one vote a trace, mean over problems.
};

/// Fresh problems of a tier, sampled at temperature 1.
VoteTraces sample_votes(const Family& family, const std::string& tier, std::size_t problems, int traces, std::uint64_t seed, const StudyPorts& ports);

/// Measures `correct`, `majority`, and for each score S `vote 10%/S`, `vote 50%/S`, `weighted/S`, `minus majority/S`, `auroc within/S`, `auroc pooled/S`; lists
/// `majority` and `vote/S`, a number a problem. Stopping early (stop_early, a third of the traces as warm-up) with shares kept of .1 to .9: curve `online` of
/// vote over share of the tokens; the share that is cheapest without loss on every other problem is measured on the rest: `online saved` (share of the tokens)
/// and `online minus majority`.
void measure_votes(const VoteTraces& traces, std::uint64_t seed, CellResult& out);

}  // namespace foothold
