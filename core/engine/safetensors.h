// SPDX-License-Identifier: GPL-3.0-or-later
// Models and checkpoints of ours: safetensors whose `__metadata__` hold the configuration.
#pragma once
#include <filesystem>

#include "engine/model_file.h"
#include "engine/tensor_sources.h"

namespace foothold {

/// Reads a file of ours (F32; F16 and BF16 are widened): "config" of its metadata goes to state.config, "lora" to
/// state.lora, "optimizer_steps" to state.optimizer_steps, the others to metadata. An adapter is read as it is, without
/// its base. Throws UserError that says what is wrong with
/// the file: not safetensors, truncated, a tensor missing or of the wrong shape for its config.
ModelFile read_model(const std::filesystem::path& path);

/// All of it but the numbers, unchecked: see open_model().
TensorSources own_sources(const std::filesystem::path& path, ModelFile& model);

/// Writes beside the target, syncs and renames, so that the target is the old file or the new one, never half of it.
/// Throws RunError (disk full, not writable) and leaves nothing behind.
void write_model(const std::filesystem::path& path, const ModelFile& model);

}  // namespace foothold
