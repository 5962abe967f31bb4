// SPDX-License-Identifier: GPL-3.0-or-later
// Work beside training: probes and curves that use the engine of a run in short slices, between two steps or while it is paused.
#pragma once
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "record/attempt.h"
#include "record/experiment.h"
#include "tasks/problem_set.h"

namespace foothold {

/// What a slice may use. `step` is the last finished one: the weights are those after it.
struct JobPorts {
    Engine& engine;
    const Family& family;
    const ProblemSet& problems;
    const Experiment& experiment;
    std::int64_t step = 0;
    std::stop_token stop;
};

/// One piece of work, cut into slices that are never longer than a fraction of a second on a small model. What it samples depends on its own
/// settings, the experiment and the step alone, never on when its slices run; it must not change the engine's weights.
class EngineJob {
   public:
    virtual ~EngineJob() = default;
    /// The trainer's thread: does one slice and returns the attempts it sampled, for the store. Throws Stopped.
    virtual std::vector<Attempt> slice(const JobPorts& ports) = 0;
    virtual bool done() const = 0;  ///< Any thread.
    /// Any thread: it ends here, with a reason for people; empty = cancelled.
    virtual void give_up(const std::string& reason) = 0;
};

}  // namespace foothold
