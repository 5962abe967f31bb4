// SPDX-License-Identifier: GPL-3.0-or-later
// A model's configuration: what can be, and Hugging Face's config.json.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "engine/engine.h"
#include "engine/parameters.h"
#include "record/error.h"

namespace foothold {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<ModelType, std::string_view>, 3> names{
    {{ModelType::llama, "llama"}, {ModelType::qwen2, "qwen2"}, {ModelType::qwen3, "qwen3"}}};

const char* architecture(ModelType type) {
    static constexpr const char* classes[] = {"LlamaForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM"};
    return classes[static_cast<int>(type)];
}

/// Rotary positions in either form: "rope_parameters" of transformers 5, "rope_theta" and "rope_scaling" before it.
void read_rope(const json& from, ModelConfig& config) {
    config.rope_theta = from.value("rope_theta", config.rope_theta);
    for (const char* key : {"rope_scaling", "rope_parameters"}) {
        if (!from.contains(key) || from[key].is_null()) continue;
        const json& rope = from[key];
        config.rope_theta = rope.value("rope_theta", config.rope_theta);
        const auto kind = rope.value("rope_type", rope.value("type", std::string("default")));
        if (kind == "default") continue;
        if (kind != "llama3")
            throw UserError(
                fmt::format("rotary positions scaled by \"{}\" (\"{}\") are not supported; \"llama3\" is", kind, key));
        RopeScaling scaling;
        rope.at("factor").get_to(scaling.factor);
        rope.at("low_freq_factor").get_to(scaling.low_freq_factor);
        rope.at("high_freq_factor").get_to(scaling.high_freq_factor);
        rope.at("original_max_position_embeddings").get_to(scaling.original_max_position_embeddings);
        config.rope_scaling = scaling;
    }
}

/// A size in the file that an int cannot hold would wrap around unseen.
int read_size(const json& from, const char* key) {
    if (!from.contains(key)) throw UserError(fmt::format("the configuration lacks \"{}\"", key));
    const auto value = from.at(key).get<double>();
    if (!(std::abs(value) < 2e9) || value != std::floor(value))
        throw UserError(fmt::format("{} = {} is not a size that a model can have", key, value));
    return static_cast<int>(value);
}

/// Refused rather than ignored: each of these would change the numbers.
void refuse_what_differs(const json& from) {
    for (const char* key : {"attention_bias", "mlp_bias", "use_sliding_window"})
        if (from.contains(key) && from[key].is_boolean() && from[key].get<bool>())
            throw UserError(fmt::format("\"{}\": true is not supported", key));
    if (const auto act = from.value("hidden_act", std::string("silu")); act != "silu")
        throw UserError(fmt::format("\"hidden_act\": \"{}\" is not supported; \"silu\" is", act));
    if (from.contains("quantization_config") && !from["quantization_config"].is_null())
        throw UserError("its weights are quantised (\"quantization_config\"), which is read from GGUF files alone");
}

}  // namespace

std::string_view to_string(ModelType type) { return names[static_cast<std::size_t>(type)].second; }

ModelType model_type(std::string_view name) {
    for (const auto& [type, known] : names)
        if (name == known) return type;
    throw UserError(fmt::format("a model of type \"{}\" is not supported; llama, qwen2 and qwen3 are", name));
}

void check_config(const ModelConfig& config) {
    const auto positive = [](std::string_view name, std::int64_t value) {
        if (value < 1 || value > (1 << 24))
            throw UserError(fmt::format("{} = {} is not a size that a model can have", name, value));
    };
    positive("hidden_size", config.hidden_size);
    positive("num_hidden_layers", config.num_hidden_layers);
    positive("num_attention_heads", config.num_attention_heads);
    positive("num_key_value_heads", config.num_key_value_heads);
    positive("intermediate_size", config.intermediate_size);
    positive("vocab_size", config.vocab_size);
    positive("max_position_embeddings", config.max_position_embeddings);
    if (config.num_hidden_layers > 4096)
        throw UserError(fmt::format("num_hidden_layers = {} is more than 4096", config.num_hidden_layers));
    if (config.head_dim < 0) throw UserError(fmt::format("head_dim = {} must be a positive number", config.head_dim));
    if (config.head_dim == 0 && config.hidden_size % config.num_attention_heads != 0)
        throw UserError(fmt::format("hidden_size {} cannot be shared by {} attention heads: choose a multiple of them",
                                    config.hidden_size, config.num_attention_heads));
    const int size = config.head_size();
    positive("num_attention_heads x head_dim", std::int64_t{config.num_attention_heads} * size);
    if (size % 2 != 0)
        throw UserError(fmt::format(
            "a head of {} numbers is odd; rotary positions turn pairs: choose an even hidden_size / heads", size));
    // The table of their cosines is as large as this.
    if (std::int64_t{config.max_position_embeddings} * size > (std::int64_t{1} << 28))
        throw UserError(fmt::format("{} positions of heads of {} numbers are more than any model has",
                                    config.max_position_embeddings, size));
    if (config.num_attention_heads % config.num_key_value_heads != 0)
        throw UserError(fmt::format("{} attention heads cannot share {} key/value heads evenly",
                                    config.num_attention_heads, config.num_key_value_heads));
    if (!(config.rope_theta > 0) || !std::isfinite(config.rope_theta))
        throw UserError(fmt::format("rope_theta = {} must be a positive number", config.rope_theta));
    if (config.rope_scaling) {
        const RopeScaling& rope = *config.rope_scaling;
        if (!(rope.factor > 0 && rope.low_freq_factor > 0 && rope.high_freq_factor > rope.low_freq_factor &&
              rope.original_max_position_embeddings > 0) ||
            !std::isfinite(rope.factor) || !std::isfinite(rope.high_freq_factor))
            throw UserError(fmt::format(
                "rotary positions cannot be scaled by factor {}, low_freq_factor {}, high_freq_factor {}, "
                "original_max_position_embeddings {}",
                rope.factor, rope.low_freq_factor, rope.high_freq_factor, rope.original_max_position_embeddings));
    }
    if (!(config.rms_norm_eps >= 0) || !std::isfinite(config.rms_norm_eps))
        throw UserError(fmt::format("rms_norm_eps = {} must not be negative", config.rms_norm_eps));
}

std::string config_to_json(const ModelConfig& config) {
    json out{{"architectures", {architecture(config.model_type)}},
             {"model_type", to_string(config.model_type)},
             {"hidden_act", "silu"},
             {"hidden_size", config.hidden_size},
             {"num_hidden_layers", config.num_hidden_layers},
             {"num_attention_heads", config.num_attention_heads},
             {"num_key_value_heads", config.num_key_value_heads},
             {"intermediate_size", config.intermediate_size},
             {"vocab_size", config.vocab_size},
             {"max_position_embeddings", config.max_position_embeddings},
             {"rope_theta", config.rope_theta},
             {"rms_norm_eps", config.rms_norm_eps},
             {"tie_word_embeddings", config.tie_word_embeddings}};
    if (config.model_type != ModelType::qwen2) out["attention_bias"] = false;
    if (config.model_type == ModelType::llama) out["mlp_bias"] = false;
    if (config.model_type != ModelType::llama) out["use_sliding_window"] = false;
    if (config.head_dim > 0 || config.qk_norm()) out["head_dim"] = config.head_size();  // Qwen3 has a default of its own.
    if (config.rope_scaling)
        out["rope_scaling"] = {
            {"rope_type", "llama3"},
            {"factor", config.rope_scaling->factor},
            {"low_freq_factor", config.rope_scaling->low_freq_factor},
            {"high_freq_factor", config.rope_scaling->high_freq_factor},
            {"original_max_position_embeddings", config.rope_scaling->original_max_position_embeddings}};
    return out.dump();
}

ModelConfig config_from_json(const std::string& text) {
    try {
        const json from = json::parse(text);
        if (!from.is_object()) throw UserError("the configuration is not a JSON object");
        ModelConfig config;
        config.model_type = model_type(from.value("model_type", std::string("llama")));
        config.hidden_size = read_size(from, "hidden_size");
        config.num_hidden_layers = read_size(from, "num_hidden_layers");
        config.num_attention_heads = read_size(from, "num_attention_heads");
        config.intermediate_size = read_size(from, "intermediate_size");
        config.vocab_size = read_size(from, "vocab_size");
        const auto optional_size = [&](const char* key, int otherwise) {
            return from.contains(key) && !from[key].is_null() ? read_size(from, key) : otherwise;
        };
        config.num_key_value_heads = optional_size("num_key_value_heads", config.num_attention_heads);
        // What transformers takes where the file is silent.
        config.max_position_embeddings =
            optional_size("max_position_embeddings", config.model_type == ModelType::llama ? 2048 : 32768);
        config.head_dim = optional_size("head_dim", config.qk_norm() ? 128 : 0);
        config.rms_norm_eps = from.value("rms_norm_eps", config.rms_norm_eps);
        config.tie_word_embeddings = from.value("tie_word_embeddings", false);
        read_rope(from, config);
        refuse_what_differs(from);
        check_config(config);
        if (config.head_dim > 0 && config.head_dim * config.num_attention_heads == config.hidden_size)
            config.head_dim = 0;
        return config;
    } catch (const json::exception& error) {
        throw UserError(fmt::format("the configuration cannot be read: {}", error.what()));
    }
}

}  // namespace foothold
