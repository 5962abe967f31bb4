// SPDX-License-Identifier: GPL-3.0-or-later
// Published methods as values of the guidance knobs. A new preset is one entry here and its name in the choices of guidance.policy.
#include "record/experiment_keys.h"

namespace foothold {
namespace {

using Knobs = std::vector<std::pair<std::string, Value>>;

/// Every preset sets every knob, so that switching presets leaves nothing behind; `others` are those that are not at their usual value.
GuidancePreset preset(std::string name, std::string title, std::string source, std::string trigger, std::string schedule, double ratio, const Knobs& others = {}) {
    Knobs knobs = {{"guidance.trigger", std::move(trigger)},
                   {"guidance.source", "own"},
                   {"guidance.cut", "ratio"},
                   {"guidance.placement", "auto"},
                   {"guidance.context", "sampled"},
                   {"guidance.hint_gradient", "none"},
                   {"guidance.assembly", "replace"},
                   {"guidance.schedule", std::move(schedule)},
                   {"guidance.ratio", ratio},
                   {"guidance.ratios", std::map<std::string, double>{}},
                   {"guidance.start", 0.0},
                   {"guidance.supervised", std::int64_t{0}},
                   {"guidance.accept", "any"},
                   {"sampling.resample", std::int64_t{0}}};
    for (const auto& [key, value] : others)
        for (auto& [name_of_knob, setting] : knobs)
            if (name_of_knob == key) setting = value;
    return {std::move(name), std::move(title), std::move(source), std::move(knobs)};
}

}  // namespace

const std::vector<GuidancePreset>& guidance_presets() {
    static const std::vector<GuidancePreset> presets = {
        preset("grpo", "GRPO, no hints", "Shao et al. 2024, arXiv 2402.03300", "never", "fixed", 0.0),
        preset("grpo-resample", "GRPO, drawing again for groups without spread", "DAPO's dynamic sampling, Yu et al. 2025, arXiv 2503.14476, section 3.2", "never", "fixed", 0.0,
               {{"sampling.resample", std::int64_t{3}}}),
        preset("fixed", "One retry at .5 when all wrong", "the H0.5 baseline of GHPO, arXiv 2507.10628", "all-wrong", "fixed", 0.5),
        preset("always", "Half the trace for everyone", "always-hint control", "always", "fixed", 0.5),
        preset("random", "Random hints yoked to another run", "control with equal hint counts", "random", "fixed", 1.0),
        preset("ghpo", "GHPO: retry all-wrong groups at .25, .5, .75", "Liu et al. 2025, arXiv 2507.10628, as published", "all-wrong", "ladder", 0.75),
        preset("ghpo-released", "GHPO as released: trained under the wrong prompt", "the authors' repository at af0a7dd: groups rescued early lose their hint in the loss", "all-wrong", "ladder", 0.75,
               {{"guidance.placement", "prompt"}, {"guidance.context", "released"}}),
        preset("tier-target", "Controller a tier, aiming at 50% success", "after SEELE, arXiv 2509.06923", "always", "tier-target", 0.95),
        preset("problem-target", "Memory a problem, aiming at 50% success", "after AdaBack, arXiv 2506.18110", "always", "problem-target", 0.9),
        preset("one-hinted", "One hinted success in an else plain group", "after Scaf-GRPO, Zhang et al. 2025, arXiv 2510.19807", "all-wrong", "ladder", 0.75, {{"guidance.assembly", "one"}}),
        preset("off-context", "Hinted sampling, loss without the hint", "after Guide, arXiv 2506.13923", "all-wrong", "ladder", 0.75,
               {{"guidance.placement", "prompt"}, {"guidance.context", "plain"}}),
        preset("trace-in-group", "The reference as one attempt of every group", "after LUFFY, Yan et al. 2025, arXiv 2504.14945", "never", "fixed", 0.0, {{"guidance.assembly", "trace"}}),
        preset("supervised-first", "Supervised on the traces, then GRPO", "the control that arXiv 2604.23747 asks for", "never", "fixed", 0.0, {{"guidance.supervised", std::int64_t{50}}}),
        preset("foothold", "Memory a problem, hints learned with the success", "this program's own: memory after AdaBack, gradient on the hint of a success", "always", "problem-target", 0.9,
               {{"guidance.hint_gradient", "policy"}, {"guidance.start", 0.5}}),
    };
    return presets;
}

}  // namespace foothold
