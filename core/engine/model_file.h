// SPDX-License-Identifier: GPL-3.0-or-later
// A model on disk in any of the forms that are read: a safetensors file of ours, a GGUF file, a folder in Hugging
// Face's layout, or an adapter (a checkpoint of ours, a folder in PEFT's layout) that names its base.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "engine/engine.h"

namespace foothold {

/// A model: the state, and what else a file of ours holds in `__metadata__` ("vocabulary", "recipe", "memory", ...).
struct ModelFile {
    EngineState state;
    std::map<std::string, std::string> metadata;
};

/// In the metadata of an adapter of ours: where its base is, as an experiment's model.path names it.
inline constexpr const char* base_model_key = "base_model";

/// Which form a path has. Throws UserError when there is nothing, or a folder without config.json or
/// adapter_config.json.
enum class ModelForm { ours, gguf, hugging_face, peft };
ModelForm model_form(const std::filesystem::path& path);
const char* to_string(ModelForm form);  ///< For people.

/// Reads a model of any form, widened to float; an adapter merged into its base. Throws UserError with file and place:
/// no such file, a missing shard, an unknown architecture or type of numbers, truncated, sizes that do not match the
/// configuration. Sizes are held against the file before memory is taken.
ModelFile open_model(const std::filesystem::path& path);

/// All of open_model() but the weights: state.tensors is empty. The tables of tensors are checked all the same, so that
/// open_model() fails afterwards only for numbers that are not finite.
ModelFile describe_model(const std::filesystem::path& path);

}  // namespace foothold
