// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters in PEFT's layout: a folder with adapter_config.json and adapter_model.safetensors.
#pragma once
#include <filesystem>

#include "engine/engine.h"

namespace foothold {

/// Reads an adapter for a model of this configuration. Throws UserError with file and place: what changes more than
/// W + scale B A (DoRA, trained biases, whole layers saved beside it), ranks that differ from layer to layer, tensors
/// that are missing or do not fit.
EngineState read_peft(const std::filesystem::path& folder, const ModelConfig& config);

/// Writes a folder that peft loads onto `base`, the model's path or name, with the same logits. Throws UserError when
/// the folder holds an adapter already, RunError when it cannot be written.
void write_peft(const std::filesystem::path& folder, const EngineState& adapter, const std::string& base);

}  // namespace foothold
