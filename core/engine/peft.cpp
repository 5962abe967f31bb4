// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/peft.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/lora.h"
#include "engine/parameters.h"
#include "engine/tensor_sources.h"
#include "formats/json_file.h"
#include "formats/safetensors_file.h"
#include "record/error.h"

namespace foothold {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char *config_name = "adapter_config.json", *weights_name = "adapter_model.safetensors",
                     *prefix = "base_model.model.";

/// Refused rather than ignored: each of these would change the numbers.
void refuse_what_differs(const json& from) {
    const auto is_set = [&](const char* key) {
        const auto found = from.find(key);
        return found != from.end() && !found->is_null() && *found != json(false) &&
               !(found->is_structured() && found->empty());
    };
    if (const auto type = from.value("peft_type", std::string("LORA")); type != "LORA")
        throw UserError(fmt::format("\"peft_type\": \"{}\" is not supported; \"LORA\" is", type));
    for (const char* key : {"use_dora", "fan_in_fan_out", "modules_to_save", "rank_pattern", "alpha_pattern",
                            "lora_bias", "layers_to_transform", "trainable_token_indices", "target_parameters",
                            "use_qalora", "alora_invocation_tokens"})
        if (is_set(key)) throw UserError(fmt::format("\"{}\" is not supported: {}", key, from[key].dump()));
    if (const auto bias = from.value("bias", std::string("none")); bias != "none")
        throw UserError(fmt::format("\"bias\": \"{}\" is not supported; \"none\" is", bias));
}

LoraConfig read_settings(const fs::path& path) {
    const json from = read_json_object(path);
    try {
        refuse_what_differs(from);
        LoraConfig lora;
        lora.rank = from.at("r").get<int>();
        lora.alpha = from.at("lora_alpha").get<double>();
        // Rank-stabilised LoRA (Kalajdzievski 2023) divides by the root of the rank.
        if (from.value("use_rslora", false)) lora.alpha *= std::sqrt(static_cast<double>(lora.rank));
        return lora;
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", path.string(), error.what()));
    } catch (const json::exception& error) {
        throw UserError(fmt::format("{}: damaged ({})", path.string(), error.what()));
    }
}

}  // namespace

EngineState read_peft(const fs::path& folder, const ModelConfig& config) {
    EngineState adapter;
    adapter.config = config;
    adapter.lora = read_settings(folder / config_name);
    const fs::path path = folder / weights_name;
    TensorSources sources;
    std::set<std::string> targets;  // What target_modules means by patterns is plain in the tensors.
    for (auto& [name, entry] : read_safetensors(path).tensors) {
        // PEFT puts the frozen weights of an adapted head beside its adapter; they are the base's.
        if (name.ends_with(".base_layer.weight")) continue;
        const std::string plain = name.starts_with(prefix) ? name.substr(std::string_view(prefix).size()) : name;
        const std::string module = plain.substr(0, plain.find(".lora_"));
        if (module.size() < plain.size()) targets.insert(module.substr(module.rfind('.') + 1));
        sources.emplace(plain, TensorSource{path, entry, {}});
    }
    adapter.lora.targets.assign(targets.begin(), targets.end());
    try {
        check_lora(config, adapter.lora);
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", path.string(), error.what()));
    }
    read_tensors(path, sources, adapter);
    return adapter;
}

void write_peft(const fs::path& folder, const EngineState& adapter, const std::string& base) {
    if (adapter.lora.rank == 0)
        throw UserError(
            "this run trains the model itself (model.lora_rank = 0): it has no adapter; export it as \"model\"");
    check_state(adapter);
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw RunError(fmt::format("{}: cannot be made: {}", folder.string(), error.message()));
    for (const char* name : {config_name, weights_name})
        if (fs::exists(folder / name))
            throw UserError(
                fmt::format("{}: it holds an adapter already ({}): choose another folder", folder.string(), name));
    std::vector<TensorView> tensors;
    for (const auto& [name, shape] : lora_shapes(adapter.config, adapter.lora))
        tensors.push_back({prefix + name, shape, adapter.tensors.at(name).data});
    write_safetensors(folder / weights_name, {{"format", "pt"}}, tensors);
    const json config = {{"peft_type", "LORA"},
                         {"task_type", "CAUSAL_LM"},
                         {"base_model_name_or_path", base},
                         {"r", adapter.lora.rank},
                         {"lora_alpha", adapter.lora.alpha},
                         {"target_modules", adapter.lora.targets},
                         {"lora_dropout", 0.0},
                         {"bias", "none"},
                         {"fan_in_fan_out", false},
                         {"inference_mode", true},
                         {"init_lora_weights", true},
                         {"use_rslora", false},
                         {"use_dora", false},
                         {"modules_to_save", nullptr}};
    // Last: a folder with it is whole.
    write_text(folder / config_name, config.dump(2));
}

}  // namespace foothold
