// SPDX-License-Identifier: GPL-3.0-or-later
// The parameters of a model: names, shapes, and how its configuration is written as JSON.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"

namespace foothold {

/// Names of the optimiser's moments in EngineState::tensors: flat, [parameters], in the order of parameter_shapes().
inline constexpr const char* first_moment_name = "optimizer.m";
inline constexpr const char* second_moment_name = "optimizer.v";

/// Every parameter under Hugging Face's name with its shape, in the order of the names (that of EngineState::tensors).
std::map<std::string, std::vector<std::int64_t>> parameter_shapes(const ModelConfig& config);

/// The tensors that a state must have, moments apart: a model's, or an adapter's.
std::map<std::string, std::vector<std::int64_t>> state_shapes(const EngineState& state);

/// How fast each pair of a head turns, in radians a position: [head / 2]. Scaled as the configuration says
/// (transformers' modeling_rope_utils.py, _compute_llama3_parameters).
std::vector<double> turning_speeds(const ModelConfig& config);

/// Throws UserError when no model can have this shape (sizes not positive, heads that do not divide, an odd head).
void check_config(const ModelConfig& config);

/// Throws UserError naming the tensor that is missing, too many, mis-shaped or not finite in this state.
void check_state(const EngineState& state);

std::string_view to_string(ModelType type);   ///< Hugging Face's model_type, e.g. "qwen2".
ModelType model_type(std::string_view name);  ///< Throws UserError for a type that is not known.

/// The configuration with the keys of Hugging Face's config.json.
std::string config_to_json(const ModelConfig& config);

/// Reads what config_to_json() wrote, or a config.json of transformers (4 or 5) for one of the model types. Throws
/// UserError for what this engine does not do.
ModelConfig config_from_json(const std::string& text);

}  // namespace foothold
