// SPDX-License-Identifier: GPL-3.0-or-later
// Where the time of a step goes: the phases of a step under the names of their metrics, `time/<phase>`.
#pragma once
#include <array>
#include <cstddef>

namespace foothold {

/// In the order in which a step passes through them. Seconds; `time/draw` to `time/held-out` add up to `step_time`, the
/// last two come on top. Step 0 has the last three alone; runs of earlier versions have `generate` (with draw and judge
/// in it) and `update` alone.
enum class StepPhase : unsigned char { draw, generate, judge, update, heldout, checkpoint, jobs };

struct StepPhaseInfo {
    const char* name;  ///< As in Progress::phase.
    const char* metric;
    const char* meaning;  ///< For people.
};

inline constexpr std::array<StepPhaseInfo, 7> step_phases = {{
    {"draw", "time/draw", "drawing problems, planning and cutting hints"},
    {"generate", "time/generate", "sampling attempts, all rounds"},
    {"judge", "time/judge", "judging attempts, deciding on another round"},
    {"update", "time/update", "advantages, gradients and optimiser steps"},
    {"held-out", "time/held-out", "sampling and judging the held-out sets"},
    {"checkpoint", "time/checkpoint", "writing a checkpoint"},
    {"jobs", "time/jobs", "other work on the engine since the step before: probes, curves, branches"},
}};

constexpr const StepPhaseInfo& info_of(StepPhase phase) { return step_phases[static_cast<std::size_t>(phase)]; }

}  // namespace foothold
