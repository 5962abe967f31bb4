// SPDX-License-Identifier: GPL-3.0-or-later
// What makes a safetensors file one of ours: the configuration and the optimiser's steps in its metadata.
#include "engine/safetensors.h"

#include <fmt/format.h>

#include "engine/lora.h"
#include "engine/parameters.h"
#include "formats/safetensors_file.h"
#include "record/error.h"

namespace foothold {

TensorSources own_sources(const std::filesystem::path& path, ModelFile& model) {
    SafetensorsFile file = read_safetensors(path);
    try {
        if (!file.metadata.contains("config"))
            throw UserError(
                "its metadata hold no \"config\": it was not written by Foothold (of a model in Hugging Face's layout, "
                "name the folder)");
        model.state.config = config_from_json(file.metadata["config"]);
        if (const auto lora = file.metadata.find("lora"); lora != file.metadata.end())
            lora_from_json(lora->second, model.state);
        if (const auto steps = file.metadata.find("optimizer_steps"); steps != file.metadata.end()) {
            try {
                model.state.optimizer_steps = std::stoll(steps->second);
            } catch (const std::exception&) {
                throw UserError(fmt::format("\"optimizer_steps\" is \"{}\", not a number", steps->second));
            }
        }
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", path.string(), error.what()));
    }
    file.metadata.erase("config");
    file.metadata.erase("lora");
    file.metadata.erase("optimizer_steps");
    model.metadata = std::move(file.metadata);
    TensorSources sources;
    for (auto& [name, entry] : file.tensors) sources.emplace(name, TensorSource{path, std::move(entry), {}});
    return sources;
}

ModelFile read_model(const std::filesystem::path& path) {
    ModelFile model;
    const TensorSources sources = own_sources(path, model);
    read_tensors(path, sources, model.state);
    return model;
}

void write_model(const std::filesystem::path& path, const ModelFile& model) {
    auto metadata = model.metadata;
    metadata["config"] = config_to_json(model.state.config);
    if (model.state.lora.rank > 0) metadata["lora"] = lora_to_json(model.state);
    metadata["optimizer_steps"] = std::to_string(model.state.optimizer_steps);
    std::vector<TensorView> tensors;
    for (const auto& [name, tensor] : model.state.tensors) tensors.push_back({name, tensor.shape, tensor.data});
    write_safetensors(path, metadata, tensors);
}

}  // namespace foothold
