// SPDX-License-Identifier: GPL-3.0-or-later
// Models in GGUF files: what their metadata and tensors are in Hugging Face's terms.
#pragma once
#include <filesystem>

#include "engine/engine.h"
#include "engine/tensor_sources.h"

namespace foothold {

/// Reads the metadata into `config`, and where each tensor is under Hugging Face's name. Files of the architecture
/// "llama" hold the rows of q and k in another order (pairs that turn together are neighbours); their sources put them
/// back. Throws UserError: an architecture that is not supported, a key missing or of the wrong type.
TensorSources gguf_sources(const std::filesystem::path& path, ModelConfig& config);

}  // namespace foothold
