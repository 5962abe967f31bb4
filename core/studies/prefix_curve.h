// SPDX-License-Identifier: GPL-3.0-or-later
// The solve-probability curve of one problem: success against how much of a trace is given, sampled until each point is known well enough.
#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "studies/engine_job.h"

namespace foothold {

using Interval = std::pair<double, double>;

/// A trace along which hints are cut.
struct CurveTrace {
    enum class Kind {
        gold,     ///< The reference trace.
        variant,  ///< An edited or corrupted one.
        null      ///< No hint at all: other problems that have only the remaining depth. Does a hint do more than shorten?
    };
    Kind kind = Kind::gold;
    std::int64_t variant = 0;  ///< Id of the variant; 0 for gold and null.
    std::string title;
    std::vector<std::string> steps;  ///< Unused by null.
};

/// Attempts under the first `given` steps.
struct CurvePoint {
    int given = 0;     ///< Steps.
    double ratio = 0;  ///< given / steps of the trace.
    int n = 0, successes = 0, sound = 0;
    Interval interval{0, 1};  ///< Wilson, 95%.
    double p() const { return n > 0 ? static_cast<double>(successes) / n : 0; }
};

struct Curve {
    CurveTrace trace;
    std::vector<CurvePoint> points;  ///< By ratio.
    /// The shortest prefix with success of at least one half; none if there is none.
    std::optional<CurvePoint> foothold() const;
    /// The step whose giving raises success most: (step, counted from 1 to the last of the next cut's; rise). None with fewer than two points.
    struct Rise {
        int from = 0, to = 0;  ///< Steps given before and after: the rise is due to steps from+1..to.
        double rise = 0;
    };
    std::optional<Rise> decisive() const;
};

/// (p(corrupted) - p(none)) / (p(gold) - p(none)) at one cut: 1 = as good as the true steps, 0 = no better than no hint.
struct ScaffoldingIndex {
    std::int64_t variant = 0;
    double ratio = 0;
    bool state_kept = false;         ///< A value is revealed at this cut, and the last one still holds.
    std::optional<double> value;     ///< None where the interval of p(gold) - p(none) holds 0: "undefined".
    std::optional<Interval> interval;  ///< Fieller's, 95%.
};

/// How much hinted successes lean on their hint: mean over tokens of log p(token | problem) - log p(token | problem, hint), of the model's own
/// tokens. Far below zero: the same words would hardly have been written without the hint.
struct HintReliance {
    std::int64_t variant = 0;
    double value = 0;
    int attempts = 0;  ///< Successes under a hint that it is the mean of.
};

struct CurveSettings {
    std::uint32_t problem = 0;  ///< Index in the run's problems.
    std::vector<CurveTrace> traces;
    int cuts = 9;              ///< From 0 to the whole trace, evenly, rounded up to whole steps.
    double half_width = 0.1;   ///< A point is sampled until its interval is this narrow...
    int most = 256;            ///< ...or it has this many attempts.
    std::int64_t seed = 1;
};

/// All that is known so far.
struct CurveState {
    CurveSettings settings;
    std::int64_t step = -1;     ///< Sampled under the weights after this step; -1 = nothing sampled yet.
    std::vector<Curve> curves;  ///< One a trace, in their order.
    std::vector<ScaffoldingIndex> scaffolding;
    std::vector<HintReliance> reliance;
    std::int64_t tokens = 0;
    double seconds = 0;  ///< Spent sampling.
    bool done = false;
    std::string failure;  ///< For people; empty = none.
};

/// Samples the widest points first, in batches of a fixed size, so that the numbers depend on settings, experiment and step alone.
class PrefixCurve final : public EngineJob {
   public:
    explicit PrefixCurve(CurveSettings settings);
    std::vector<Attempt> slice(const JobPorts& ports) override;
    bool done() const override;
    void give_up(const std::string& reason) override;
    CurveState state() const;  ///< Any thread: a copy.
    /// Any thread: a number that grows when state() changed.
    std::uint64_t version() const;

   private:
    struct Batch;
    std::vector<Batch> next_batches(const CurveState& state) const;
    void begin(CurveState& state, const JobPorts& ports) const;
    void finish(CurveState& state, const JobPorts& ports);

    mutable std::mutex mutex_;
    CurveState state_;
    std::uint64_t version_ = 0;
    std::vector<Attempt> hinted_successes_;  ///< A few a trace, for the reliance. Trainer thread.
};

}  // namespace foothold
