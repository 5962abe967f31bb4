// SPDX-License-Identifier: GPL-3.0-or-later
// Where each of a model's tensors comes from: what the forms of model files have in common.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "formats/tensor_entry.h"

namespace foothold {

/// One tensor under Hugging Face's name: a file, its place there, and what is still to be done to its numbers.
struct TensorSource {
    std::filesystem::path file;
    TensorEntry entry;
    std::function<void(std::vector<float>&)> rearrange;  ///< May be empty.
};
using TensorSources = std::map<std::string, TensorSource>;

/// Throws UserError naming `path` and the tensor that the state's configuration asks for and is missing, has another shape, or
/// is there and unknown. Nothing of a size in the configuration is allocated before this.
void check_sources(const std::filesystem::path& path, const TensorSources& sources, const EngineState& state);

/// check_sources(), then all numbers into state.tensors, finite each.
void read_tensors(const std::filesystem::path& path, const TensorSources& sources, EngineState& state);

}  // namespace foothold
