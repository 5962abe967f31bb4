// SPDX-License-Identifier: GPL-3.0-or-later
// Models in Hugging Face's layout: a folder with config.json and model.safetensors, or several files named in
// model.safetensors.index.json.
#pragma once
#include <filesystem>

#include "engine/engine.h"
#include "engine/tensor_sources.h"

namespace foothold {

/// Reads config.json into `config`, and where each tensor is. Throws UserError: an architecture that is not supported,
/// no safetensors, a missing or damaged shard. Tensors that transformers ignores too (a head beside tied embeddings,
/// the rotary frequencies of old files) are left out.
TensorSources hugging_face_sources(const std::filesystem::path& folder, ModelConfig& config);

/// Writes a folder that transformers loads with the same logits: config.json and model.safetensors (F32). `like`, the
/// model that this one comes from (or empty), gives what the weights do not know. A folder in this layout: its
/// tokenizer's files, its generation settings, and the keys of its config.json that are no matter of shape; a GGUF
/// file: the numbers of the special tokens. Throws UserError when the folder holds a model already, RunError when it
/// cannot be written.
void write_hugging_face(const std::filesystem::path& folder, const EngineState& state,
                        const std::filesystem::path& like = {});

}  // namespace foothold
