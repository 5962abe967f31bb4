// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/hugging_face.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/parameters.h"
#include "formats/gguf.h"
#include "formats/json_file.h"
#include "formats/safetensors_file.h"
#include "record/error.h"

namespace foothold {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char *config_name = "config.json", *single_name = "model.safetensors",
                     *index_name = "model.safetensors.index.json";

ModelConfig read_config(const fs::path& path) {
    try {
        return config_from_json(read_json_object(path).dump(-1, ' ', false, json::error_handler_t::replace));
    } catch (const UserError& error) {
        const std::string text = error.what(), name = path.string() + ": ";
        throw UserError(text.starts_with(name) ? text : name + text);
    }
}

/// The files of a folder and, where there is an index, which tensors it promises of each.
std::map<std::string, std::set<std::string>> shards_of(const fs::path& folder) {
    if (fs::exists(folder / single_name)) return {{single_name, {}}};
    const fs::path index = folder / index_name;
    if (!fs::exists(index))
        throw UserError(fmt::format("{}: it holds neither {} nor {}{}", folder.string(), single_name, index_name,
                                    fs::exists(folder / "pytorch_model.bin")
                                        ? "; pickled weights (pytorch_model.bin) are not read: save the model again as "
                                          "safetensors"
                                        : ""));
    std::map<std::string, std::set<std::string>> shards;
    try {
        const json whole = read_json_object(index);
        for (const auto& [tensor, file] : whole.at("weight_map").items()) {
            const auto name = file.get<std::string>();
            if (name.empty() || fs::path(name).filename() != name || name == "." || name == "..")
                throw UserError(
                    fmt::format("{}: \"{}\" is not the name of a file in this folder", index.string(), name));
            shards[name].insert(tensor);
        }
    } catch (const json::exception& error) {
        throw UserError(fmt::format("{}: damaged ({})", index.string(), error.what()));
    }
    if (shards.empty()) throw UserError(fmt::format("{}: it names no file", index.string()));
    for (const auto& [name, tensors] : shards)
        if (!fs::exists(folder / name))
            throw UserError(fmt::format("{}: the shard {} is missing ({} names it): download the model again",
                                        folder.string(), name, index_name));
    return shards;
}

bool ignored(const std::string& name, const ModelConfig& config) {
    return name.ends_with("rotary_emb.inv_freq") || (config.tie_word_embeddings && name == "lm_head.weight");
}

/// Files of a model's folder that belong to its tokenizer and its use, not to its weights.
bool belongs_to_text(const std::string& name) {
    return name.starts_with("tokenizer") || name.starts_with("chat_template") || name == "vocab.json" ||
           name == "merges.txt" || name == "added_tokens.json" || name == "special_tokens_map.json" ||
           name == "generation_config.json";
}

/// What the configuration of the model `like` says beside its shape.
json settings_of(const fs::path& like) {
    json config = json::object();
    if (fs::is_directory(like)) {
        config = read_json_object(like / config_name);
        // Matters of shape, or of how the weights were stored.
        for (const char* key :
             {"rope_parameters", "rope_scaling", "head_dim", "layer_types", "quantization_config", "auto_map", "dtype"})
            config.erase(key);
    } else if (is_gguf(like)) {
        const GgufFile file = read_gguf(like);
        for (const auto& [theirs, ours] : {std::pair("bos", "bos"), {"eos", "eos"}, {"padding", "pad"}})
            if (const auto* id = file.find<std::int64_t>(fmt::format("tokenizer.ggml.{}_token_id", theirs)))
                config[fmt::format("{}_token_id", ours)] = *id;
    }
    return config;
}

void copy_text_files(const fs::path& from, const fs::path& to) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(from, error)) {
        if (!entry.is_regular_file(error) || !belongs_to_text(entry.path().filename().string())) continue;
        fs::copy_file(entry.path(), to / entry.path().filename(), fs::copy_options::overwrite_existing, error);
        if (error)
            throw RunError(
                fmt::format("{}: cannot be copied to {}: {}", entry.path().string(), to.string(), error.message()));
    }
    if (error) throw RunError(fmt::format("{}: cannot be read: {}", from.string(), error.message()));
}

}  // namespace

TensorSources hugging_face_sources(const fs::path& folder, ModelConfig& config) {
    config = read_config(folder / config_name);
    TensorSources sources;
    for (const auto& [name, promised] : shards_of(folder)) {
        SafetensorsFile file = read_safetensors(folder / name);
        for (const std::string& tensor : promised)
            if (!file.tensors.contains(tensor))
                throw UserError(fmt::format("{}: tensor \"{}\" is not in it, though {} says so",
                                            (folder / name).string(), tensor, index_name));
        for (auto& [tensor, entry] : file.tensors) {
            if (ignored(tensor, config)) continue;
            if (!sources.emplace(tensor, TensorSource{folder / name, entry, {}}).second)
                throw UserError(
                    fmt::format("{}: tensor \"{}\" is in another file too", (folder / name).string(), tensor));
        }
    }
    return sources;
}

void write_hugging_face(const fs::path& folder, const EngineState& state, const fs::path& like) {
    check_state(state);
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw RunError(fmt::format("{}: cannot be made: {}", folder.string(), error.message()));
    for (const char* name : {config_name, single_name, index_name})
        if (fs::exists(folder / name))
            throw UserError(
                fmt::format("{}: it holds a model already ({}): choose another folder", folder.string(), name));
    json config = settings_of(like);
    config.update(json::parse(config_to_json(state.config)));
    config["torch_dtype"] = "float32";
    if (fs::is_directory(like)) copy_text_files(like, folder);
    std::vector<TensorView> tensors;
    for (const auto& [name, shape] : parameter_shapes(state.config))
        tensors.push_back({name, shape, state.tensors.at(name).data});
    write_safetensors(folder / single_name, {{"format", "pt"}}, tensors);
    write_text(folder / config_name, config.dump(2));
}

}  // namespace foothold
