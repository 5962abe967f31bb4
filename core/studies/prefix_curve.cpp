// SPDX-License-Identifier: GPL-3.0-or-later
// Sampling a solve-probability curve, and what is read off it.
#include "studies/prefix_curve.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "record/error.h"
#include "statistics/intervals.h"
#include "tasks/hint.h"
#include "training/judged_attempt.h"

namespace foothold {
namespace {

constexpr int batch_attempts = 32;         // a point grows by this many, so that numbers do not depend on the slices
constexpr std::size_t slice_batches = 8;   // a quarter of a second on a small model
constexpr std::size_t reliance_attempts = 16;

std::uint64_t word(std::int64_t x) { return static_cast<std::uint64_t>(x); }

double half_width(const CurvePoint& p) { return (p.interval.second - p.interval.first) / 2; }

bool open(const CurvePoint& p, const CurveSettings& s) { return p.n == 0 || (half_width(p) > s.half_width && p.n < s.most); }

double variance(const CurvePoint& p) {
    // With a half success and failure added: 0 of n is no proof of 0.
    const double share = (p.successes + 0.5) / (p.n + 1.0);
    return share * (1 - share) / p.n;
}

/// The variants share their first point with gold: without steps given they are the same context.
bool mirrored(const CurveState& state, std::size_t curve, std::size_t point) {
    return state.curves[curve].trace.kind == CurveTrace::Kind::variant && state.curves[curve].points[point].given == 0 &&
           state.curves.front().trace.kind == CurveTrace::Kind::gold;
}

}  // namespace

std::optional<CurvePoint> Curve::foothold() const {
    for (const CurvePoint& p : points)
        if (p.n > 0 && p.p() >= 0.5) return p;
    return std::nullopt;
}

std::optional<Curve::Rise> Curve::decisive() const {
    std::optional<Rise> best;
    const CurvePoint* before = nullptr;
    for (const CurvePoint& p : points) {
        if (p.n == 0) continue;
        if (before && (!best || p.p() - before->p() > best->rise)) best = Rise{before->given, p.given, p.p() - before->p()};
        before = &p;
    }
    return best;
}

struct PrefixCurve::Batch {
    std::size_t curve = 0, point = 0;
    int number = 0;  ///< Of this point.
};

PrefixCurve::PrefixCurve(CurveSettings settings) {
    if (settings.traces.empty()) throw UserError("a solve-probability curve needs at least one trace");
    if (settings.cuts < 2) throw UserError("a solve-probability curve needs at least two cuts");
    state_.settings = std::move(settings);
}

void PrefixCurve::begin(CurveState& state, const JobPorts& ports) const {
    const CurveSettings& s = state.settings;
    if (s.problem >= ports.problems.problems.size()) throw UserError("there is no such problem in this run");
    const Problem& problem = ports.problems.problems[s.problem];
    state.step = ports.step;
    for (const CurveTrace& trace : s.traces) {
        const bool null = trace.kind == CurveTrace::Kind::null;
        const auto n = static_cast<int>(null ? problem.steps.size() : trace.steps.size());
        if (n == 0) throw UserError(trace.title + " has no steps to give");
        Curve curve{trace, {}};
        for (int j = 0; j < s.cuts; ++j) {
            const int given = (j * n + s.cuts - 2) / (s.cuts - 1);
            if (!curve.points.empty() && curve.points.back().given == given) continue;
            if (null && ports.family.tier_after(problem.tier, given).empty()) continue;
            curve.points.push_back({given, static_cast<double>(given) / n, 0, 0, 0, {0, 1}});
        }
        if (!curve.points.empty()) state.curves.push_back(std::move(curve));
    }
}

std::vector<PrefixCurve::Batch> PrefixCurve::next_batches(const CurveState& state) const {
    std::vector<Batch> all;
    for (std::size_t c = 0; c < state.curves.size(); ++c)
        for (std::size_t p = 0; p < state.curves[c].points.size(); ++p)
            if (const CurvePoint& point = state.curves[c].points[p]; open(point, state.settings) && !mirrored(state, c, p))
                all.push_back({c, p, point.n / batch_attempts});
    const auto width = [&](const Batch& b) { return half_width(state.curves[b.curve].points[b.point]); };
    std::stable_sort(all.begin(), all.end(), [&](const Batch& a, const Batch& b) { return width(a) > width(b); });
    if (all.size() > slice_batches) all.resize(slice_batches);
    return all;
}

std::vector<Attempt> PrefixCurve::slice(const JobPorts& ports) {
    const auto start = std::chrono::steady_clock::now();
    CurveState state = this->state();
    if (state.done) return {};
    if (state.step < 0) begin(state, ports);
    const Problem& own = ports.problems.problems[state.settings.problem];
    const Placement placement = placement_of(ports.experiment, ports.family);
    const std::vector<Batch> batches = next_batches(state);

    struct Row {
        std::size_t batch;
        Problem problem;
    };
    std::vector<Row> rows;
    std::vector<GenerateRequest> requests;
    std::vector<Hint> hints;
    for (std::size_t b = 0; b < batches.size(); ++b) {
        const Curve& curve = state.curves[batches[b].curve];
        const int given = curve.points[batches[b].point].given;
        const bool null = curve.trace.kind == CurveTrace::Kind::null;
        const std::uint64_t key = random_key({word(state.settings.seed), static_cast<std::uint64_t>(Stream::probe), word(state.step), text_key(own.prompt),
                                              static_cast<std::uint64_t>(curve.trace.kind), word(curve.trace.variant), word(given), word(batches[b].number)});
        hints.push_back(null ? Hint{} : first_steps(curve.trace.steps, given));
        std::vector<std::string> taken;
        const auto others = null ? make_problems(ports.family, ports.family.tier_after(own.tier, given), batch_attempts, key, "null-", taken) : std::vector{own};
        for (std::size_t i = 0; i < others.size(); ++i) {
            const auto given_steps = null ? std::span<const std::string>() : std::span(curve.trace.steps).first(static_cast<std::size_t>(hints.back().steps));
            const int in_answer = placement == Placement::answer && !null ? ports.family.steps_done(own, given_steps) : 0;
            requests.push_back({ports.family.encode_context(others[i], hints.back().text, hints.back().rest, placement), null ? 1 : batch_attempts, ports.family.max_new_tokens(others[i], in_answer), random_key({key, i})});
            rows.push_back({b, others[i]});
        }
    }
    DecodingRules rules;
    rules.temperature = ports.experiment.sampling.temperature;
    rules.top_p = ports.experiment.sampling.top_p;
    auto completions = ports.engine.generate(requests, rules, ports.family.end_token(), ports.stop, [](std::int64_t) {});

    std::vector<Attempt> kept;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const Batch& batch = batches[rows[r].batch];
        Curve& curve = state.curves[batch.curve];
        CurvePoint& point = curve.points[batch.point];
        for (std::size_t k = 0; k < completions[r].size(); ++k) {
            Attempt a;
            a.step = state.step;
            a.problem = state.settings.problem;
            a.occurrence = static_cast<std::uint16_t>(point.given);
            a.round = static_cast<std::uint16_t>(batch.number);
            a.attempt = static_cast<std::uint16_t>(k);
            a.origin = Origin::probe;
            a.variant = curve.trace.variant;
            a.hint_ratio = static_cast<float>(point.ratio);
            a.prompt = rows[r].problem.prompt;
            a.hint = hints[rows[r].batch].text;
            a.sampled_under = ports.family.context(rows[r].problem, a.hint, placement);
            state.tokens += static_cast<std::int64_t>(completions[r][k].tokens.size());
            judge_completion(a, std::move(completions[r][k]), ports.family, rows[r].problem, placement);
            ++point.n;
            point.successes += a.verdict == Verdict::correct;
            point.sound += a.soundness == Soundness::sound;
            // The null curve's problems are not the run's: they are counted, not stored.
            if (curve.trace.kind != CurveTrace::Kind::null) kept.push_back(std::move(a));
        }
    }
    for (const Batch& b : batches) {
        CurvePoint& p = state.curves[b.curve].points[b.point];
        p.interval = wilson(p.successes, p.n);
    }
    for (std::size_t c = 0; c < state.curves.size(); ++c)
        for (std::size_t p = 0; p < state.curves[c].points.size(); ++p)
            if (mirrored(state, c, p)) state.curves[c].points[p] = state.curves.front().points.front();
    for (const Attempt& a : kept) {
        const auto same = std::count_if(hinted_successes_.begin(), hinted_successes_.end(), [&](const Attempt& h) { return h.variant == a.variant; });
        if (a.verdict == Verdict::correct && !a.hint.empty() && static_cast<std::size_t>(same) < reliance_attempts) hinted_successes_.push_back(a);
    }
    finish(state, ports);
    state.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    state.done = next_batches(state).empty();
    std::lock_guard lock(mutex_);
    if (state_.done) state.done = true, state.failure = state_.failure;
    state_ = std::move(state);
    ++version_;
    return kept;
}

void PrefixCurve::finish(CurveState& state, const JobPorts& ports) {
    const Problem& problem = ports.problems.problems[state.settings.problem];
    state.scaffolding.clear();
    const Curve& gold = state.curves.front();
    if (gold.trace.kind == CurveTrace::Kind::gold && gold.points.front().n > 0) {
        const CurvePoint& none = gold.points.front();
        for (const Curve& curve : state.curves) {
            if (curve.trace.kind != CurveTrace::Kind::variant) continue;
            for (const CurvePoint& p : curve.points) {
                const auto same = std::find_if(gold.points.begin(), gold.points.end(), [&](const CurvePoint& g) { return std::abs(g.ratio - p.ratio) < 1e-9; });
                if (p.given == 0 || p.n == 0 || same == gold.points.end() || same->n == 0) continue;
                const double above = p.p() - none.p(), whole = same->p() - none.p(), shared = variance(none);
                ScaffoldingIndex index;
                index.variant = curve.trace.variant;
                index.ratio = p.ratio;
                const auto given = std::span(curve.trace.steps).first(static_cast<std::size_t>(p.given));
                index.state_kept = ports.family.reveals(problem, given) && ports.family.state_holds(problem, given);
                index.interval = fieller_ratio(above, whole, variance(p) + shared, variance(*same) + shared, shared);
                if (index.interval) index.value = above / whole;
                state.scaffolding.push_back(index);
            }
        }
    }
    if (!next_batches(state).empty() || placement_of(ports.experiment, ports.family) != Placement::answer) return;
    // What the same words are worth without the hint, straight after the problem.
    std::vector<ScoredSequence> sequences;
    for (const Attempt& a : hinted_successes_) {
        ScoredSequence s;
        s.tokens = ports.family.encode_context(problem, {}, {}, Placement::answer);
        s.first = s.tokens.size();
        s.tokens.insert(s.tokens.end(), a.tokens.begin(), a.tokens.end());
        sequences.push_back(std::move(s));
    }
    const auto without = ports.engine.score(sequences, false, ports.stop);
    state.reliance.clear();
    for (const Curve& curve : state.curves) {
        if (curve.trace.kind == CurveTrace::Kind::null) continue;
        HintReliance reliance{curve.trace.variant, 0, 0};
        for (std::size_t i = 0; i < without.size(); ++i) {
            if (hinted_successes_[i].variant != curve.trace.variant) continue;
            double sum = 0;
            for (std::size_t t = 0; t < without[i].size(); ++t) sum += static_cast<double>(without[i][t]) - hinted_successes_[i].logprobs[t];
            reliance.value += sum / static_cast<double>(std::max<std::size_t>(1, without[i].size()));
            ++reliance.attempts;
        }
        if (reliance.attempts == 0) continue;
        reliance.value /= reliance.attempts;
        state.reliance.push_back(reliance);
    }
}

bool PrefixCurve::done() const {
    std::lock_guard lock(mutex_);
    return state_.done;
}

void PrefixCurve::give_up(const std::string& reason) {
    std::lock_guard lock(mutex_);
    state_.done = true;
    state_.failure = reason;
    ++version_;
}

CurveState PrefixCurve::state() const {
    std::lock_guard lock(mutex_);
    return state_;
}

std::uint64_t PrefixCurve::version() const {
    std::lock_guard lock(mutex_);
    return version_;
}

}  // namespace foothold
