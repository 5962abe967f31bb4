// SPDX-License-Identifier: GPL-3.0-or-later
// How much memory a run will take: asked of the engine before the model is loaded, told, and refused where it is too much.
#pragma once
#include <cstdint>
#include <string>

#include "engine/engine.h"
#include "record/experiment.h"

namespace foothold {

/// The engine that an experiment wants on a device.
EngineOptions engine_options(const Experiment& experiment, const std::string& device);

/// What an experiment asks of the engine with this model. `longest`: tokens of the longest context with its completion.
PlanRequest plan_request(const ModelConfig& config, const Experiment& experiment, std::int64_t longest);

/// "about 3.9 GB of 14.2 GB free: weights 1.6, optimiser and gradients 2.2, …", for people; says how it is trained.
std::string describe(const MemoryPlan& plan, const PlanRequest& request);

/// Throws UserError when the job does not fit into what is free, naming changes of the experiment's keys that would.
void refuse_too_large(const Engine& engine, const PlanRequest& request, const Experiment& experiment);

}  // namespace foothold
