// SPDX-License-Identifier: GPL-3.0-or-later
// Published methods as values of the guidance knobs. A new preset is one entry here and its name in the choices of guidance.policy.
#include "record/experiment_keys.h"

namespace foothold {
namespace {

/// Every preset sets every knob, so that switching presets leaves nothing behind.
GuidancePreset preset(std::string name, std::string title, std::string source, std::string trigger, std::string schedule, double ratio) {
    return {std::move(name),
            std::move(title),
            std::move(source),
            {{"guidance.trigger", std::move(trigger)},
             {"guidance.source", "own"},
             {"guidance.cut", "ratio"},
             {"guidance.placement", "auto"},
             {"guidance.context", "sampled"},
             {"guidance.hint_gradient", "none"},
             {"guidance.assembly", "replace"},
             {"guidance.schedule", std::move(schedule)},
             {"guidance.ratio", ratio},
             {"guidance.ratios", std::map<std::string, double>{}},
             {"guidance.accept", "any"}}};
}

}  // namespace

const std::vector<GuidancePreset>& guidance_presets() {
    static const std::vector<GuidancePreset> presets = {
        preset("grpo", "GRPO, no hints", "Shao et al. 2024, arXiv 2402.03300", "never", "fixed", 0.0),
        preset("fixed", "One retry at .5 when all wrong", "the H0.5 baseline of GHPO, arXiv 2507.10628", "all-wrong", "fixed", 0.5),
        preset("always", "Half the trace for everyone", "always-hint control", "always", "fixed", 0.5),
        preset("random", "Random hints yoked to another run", "control with equal hint counts", "random", "fixed", 1.0),
        preset("ghpo", "GHPO: retry all-wrong groups at .25, .5, .75", "Liu et al. 2025, arXiv 2507.10628, as published", "all-wrong", "ladder", 0.75),
        preset("tier-target", "Controller a tier, aiming at 50% success", "after SEELE, arXiv 2509.06923", "always", "tier-target", 0.95),
        preset("problem-target", "Memory a problem, aiming at 50% success", "after AdaBack, arXiv 2506.18110", "always", "problem-target", 0.9),
    };
    return presets;
}

}  // namespace foothold
