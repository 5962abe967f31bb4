// SPDX-License-Identifier: GPL-3.0-or-later
// Votes by confidence.
#include "studies/confidence_votes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "record/random.h"
#include "statistics/paired.h"
#include "tasks/problem_set.h"

namespace foothold {
namespace {

double majority_vote(const std::vector<TraceConfidence>& traces, const std::string& gold) { return vote_credit(traces, std::vector<double>(traces.size()), 1, {}, gold); }

/// The traces as a score wants them.
std::vector<TraceConfidence> seen_by(const VoteScore& score, const VoteTraces& all, std::size_t problem) {
    auto list = all.traces[problem];
    for (std::size_t k = 0; k < list.size(); ++k) {
        if (score.top_five) list[k].confidence = all.top_five[problem][k];
        if (!score.result_only) std::fill(list[k].counts.begin(), list[k].counts.end(), 1);
    }
    return list;
}

void measure_score(const VoteScore& score, const VoteTraces& all, std::uint64_t seed, CellResult& out) {
    std::vector<double> tenth, half, weighted, within, values_of_all;
    std::vector<std::uint8_t> correct_of_all;
    for (std::size_t i = 0; i < all.problems.size(); ++i) {
        const auto list = seen_by(score, all, i);
        const std::string& gold = all.problems[i].answer;
        std::vector<double> values;
        std::vector<std::uint8_t> correct;
        for (std::size_t k = 0; k < list.size(); ++k) {
            values.push_back(score.of.empty() ? uniform_at(random_key({seed, 77, i}), k) : trace_score(list[k], score.of));
            correct.push_back(list[k].correct);
        }
        tenth.push_back(vote_credit(list, values, .1, {}, gold));
        half.push_back(vote_credit(list, values, .5, {}, gold));
        std::vector<double> weights = values;
        const double least = *std::min_element(weights.begin(), weights.end());
        for (double& w : weights) w -= least;
        weighted.push_back(vote_credit(list, values, 1, weights, gold));
        if (const double a = auroc(values, correct); std::isfinite(a)) within.push_back(a);
        values_of_all.insert(values_of_all.end(), values.begin(), values.end());
        correct_of_all.insert(correct_of_all.end(), correct.begin(), correct.end());
    }
    out.measures["vote 10%/" + score.name] = mean_estimate(tenth).mean;
    out.measures["vote 50%/" + score.name] = mean_estimate(half).mean;
    out.measures["weighted/" + score.name] = mean_estimate(weighted).mean;
    out.measures["minus majority/" + score.name] = mean_estimate(tenth).mean - out.measures["majority"];
    out.measures["auroc within/" + score.name] = mean_estimate(within).mean;
    out.measures["auroc pooled/" + score.name] = auroc(values_of_all, correct_of_all);
    out.lists["vote/" + score.name] = tenth;
}

/// Tokens sampled with stopping and without, and the vote, over the problems from `first` on, every `stride`-th.
EarlyStop stopped(const VoteTraces& all, double keep, std::size_t first, std::size_t stride) {
    EarlyStop sum;
    double n = 0;
    for (std::size_t i = first; i < all.problems.size(); i += stride, ++n) {
        const EarlyStop one = stop_early(all.traces[i], all.traces[i].size() / 3, keep, all.problems[i].answer);
        sum.tokens += one.tokens;
        sum.full += one.full;
        sum.credit += one.credit;
    }
    sum.credit /= n;
    return sum;
}

void measure_stopping(const VoteTraces& all, const std::vector<double>& majority, CellResult& out) {
    const auto of_half = [&](std::size_t first) {
        double sum = 0, n = 0;
        for (std::size_t i = first; i < majority.size(); i += 2, ++n) sum += majority[i];
        return sum / n;
    };
    double chosen = 1, fewest = 1;
    for (int tenths = 1; tenths <= 9; ++tenths) {
        const double keep = tenths / 10.0;
        const EarlyStop whole = stopped(all, keep, 0, 1), chooses = stopped(all, keep, 0, 2);
        out.curves["online"].emplace_back(whole.tokens / whole.full, whole.credit);
        if (const double share = chooses.tokens / chooses.full; chooses.credit >= of_half(0) && share < fewest) chosen = keep, fewest = share;
    }
    out.measures["online kept"] = chosen;
    if (chosen == 1) {  // Nothing saves without loss.
        out.measures["online saved"] = out.measures["online minus majority"] = 0;
        return;
    }
    const EarlyStop rest = stopped(all, chosen, 1, 2);
    out.measures["online saved"] = 1 - rest.tokens / rest.full;
    out.measures["online minus majority"] = rest.credit - of_half(1);
}

}  // namespace

const std::vector<VoteScore>& vote_scores() {
    static const std::vector<VoteScore> list = [] {
        std::vector<VoteScore> out;
        for (const bool result : {true, false})
            for (const std::string& s : trace_scores())
                if (!result || s != "lowest-10%")  // A tenth of eight steps is the least one.
                    out.push_back({s + (result ? ", results" : ", all tokens"), s + (result ? " over result tokens" : " over all tokens"), result, s});
        for (const char* s : {"mean", "min-step"}) out.push_back({s + std::string(", results, top five"), s + std::string(" over result tokens, log-probs of the five likeliest"), true, s, true});
        out.push_back({"random", "random order", true, ""});
        return out;
    }();
    return list;
}

double VoteTraces::majority() const {
    double sum = 0;
    for (std::size_t i = 0; i < problems.size(); ++i) sum += majority_vote(traces[i], problems[i].answer);
    return sum / static_cast<double>(problems.size());
}

VoteTraces sample_votes(const Family& family, const std::string& tier, std::size_t problems, int each, std::uint64_t seed, const StudyPorts& ports) {
    VoteTraces out;
    std::vector<std::string> taken;
    out.problems = make_problems(family, tier, problems, 800 + seed, "c", taken);
    out.traces.resize(problems);
    out.top_five.resize(problems);
    const Token step_end = family.tokenizer().find(";").value(), equals = family.tokenizer().find("=").value();
    constexpr std::size_t at_once = 40;  // Bounds the cache.
    const auto begun = std::chrono::steady_clock::now();
    for (std::size_t from = 0; from < problems; from += at_once) {
        std::vector<GenerateRequest> requests;
        for (std::size_t i = from; i < std::min(from + at_once, problems); ++i)
            requests.push_back({family.tokenizer().encode(out.problems[i].prompt), each, family.max_new_tokens(out.problems[i], 0), random_key({seed, static_cast<std::uint64_t>(Stream::probe), i})});
        const auto made = ports.engine.generate(requests, {}, family.end_token(), ports.stop, [](std::int64_t) {});
        for (std::size_t i = 0; i < made.size(); ++i)
            for (const Completion& c : made[i]) {
                TraceConfidence t;
                const Judgement j = family.judge(out.problems[from + i], "", Placement::answer, family.tokenizer().decode(c.tokens, family.end_token()), c.ended);
                t.answer = j.extracted;
                t.correct = j.verdict == Verdict::correct;
                std::size_t begin = 0;
                for (std::size_t k = 0; k < c.tokens.size(); ++k) {
                    t.confidence.push_back(-c.entropies[k]);
                    t.counts.push_back(k > 0 && c.tokens[k - 1] == equals);
                    if (c.tokens[k] == step_end) t.steps.emplace_back(begin, k + 1), begin = k + 1;
                }
                out.tokens += static_cast<double>(c.tokens.size());
                out.traces[from + i].push_back(std::move(t));
                out.top_five[from + i].push_back(c.confidence);
            }
        ports.progress(.9, out.tokens);
    }
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return out;
}

void measure_votes(const VoteTraces& all, std::uint64_t seed, CellResult& out) {
    double right = 0, n = 0;
    std::vector<double> majority;
    for (std::size_t i = 0; i < all.problems.size(); ++i) {
        for (const TraceConfidence& t : all.traces[i]) right += t.correct, ++n;
        majority.push_back(majority_vote(all.traces[i], all.problems[i].answer));
    }
    out.measures["correct"] = right / n;
    out.measures["majority"] = mean_estimate(majority).mean;
    out.lists["majority"] = majority;
    for (const VoteScore& score : vote_scores()) measure_score(score, all, seed, out);
    measure_stopping(all, majority, out);
    out.tokens += all.tokens;
    out.seconds += all.seconds;
}

}  // namespace foothold
