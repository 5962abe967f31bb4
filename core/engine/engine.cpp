// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes, checks and fresh weights of a model: what of the engine needs no libtorch.
#include "engine/engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>

#include "engine/parameters.h"
#include "record/error.h"
#include "record/random.h"

namespace foothold {
namespace {

std::int64_t count(const std::vector<std::int64_t>& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

void check_tensor(const std::string& name, const EngineState::Tensor& tensor, const std::vector<std::int64_t>& shape) {
    if (tensor.shape != shape)
        throw UserError(fmt::format("tensor \"{}\" has the shape {}, but its configuration asks for {}", name,
                                    tensor.shape, shape));
    if (static_cast<std::int64_t>(tensor.data.size()) != count(shape))
        throw UserError(
            fmt::format("tensor \"{}\" holds {} numbers instead of {}", name, tensor.data.size(), count(shape)));
    for (const float value : tensor.data)
        if (!std::isfinite(value))
            throw UserError(fmt::format("tensor \"{}\" holds a number that is not finite ({})", name, value));
}

}  // namespace

std::map<std::string, std::vector<std::int64_t>> parameter_shapes(const ModelConfig& config) {
    const std::int64_t hidden = config.hidden_size, mlp = config.intermediate_size, vocabulary = config.vocab_size;
    const std::int64_t kv = hidden / config.num_attention_heads * config.num_key_value_heads;
    std::map<std::string, std::vector<std::int64_t>> shapes{{"model.embed_tokens.weight", {vocabulary, hidden}},
                                                            {"model.norm.weight", {hidden}}};
    if (!config.tie_word_embeddings) shapes["lm_head.weight"] = {vocabulary, hidden};
    for (int layer = 0; layer < config.num_hidden_layers; ++layer) {
        const std::string at = fmt::format("model.layers.{}.", layer);
        shapes[at + "input_layernorm.weight"] = {hidden};
        shapes[at + "post_attention_layernorm.weight"] = {hidden};
        shapes[at + "self_attn.q_proj.weight"] = {hidden, hidden};
        shapes[at + "self_attn.k_proj.weight"] = {kv, hidden};
        shapes[at + "self_attn.v_proj.weight"] = {kv, hidden};
        shapes[at + "self_attn.o_proj.weight"] = {hidden, hidden};
        shapes[at + "mlp.gate_proj.weight"] = {mlp, hidden};
        shapes[at + "mlp.up_proj.weight"] = {mlp, hidden};
        shapes[at + "mlp.down_proj.weight"] = {hidden, mlp};
    }
    return shapes;
}

std::int64_t ModelConfig::parameters() const {
    std::int64_t sum = 0;
    for (const auto& [name, shape] : parameter_shapes(*this)) sum += count(shape);
    return sum;
}

void check_config(const ModelConfig& config) {
    const auto positive = [](std::string_view name, int value) {
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
    if (config.hidden_size % config.num_attention_heads != 0)
        throw UserError(fmt::format("hidden_size {} cannot be shared by {} attention heads: choose a multiple of them",
                                    config.hidden_size, config.num_attention_heads));
    if (config.hidden_size / config.num_attention_heads % 2 != 0)
        throw UserError(
            fmt::format("a head of {} numbers is odd; rotary positions turn pairs: choose an even hidden_size / heads",
                        config.hidden_size / config.num_attention_heads));
    if (config.num_attention_heads % config.num_key_value_heads != 0)
        throw UserError(fmt::format("{} attention heads cannot share {} key/value heads evenly",
                                    config.num_attention_heads, config.num_key_value_heads));
    if (!(config.rope_theta > 0) || !std::isfinite(config.rope_theta))
        throw UserError(fmt::format("rope_theta = {} must be a positive number", config.rope_theta));
    if (!(config.rms_norm_eps >= 0) || !std::isfinite(config.rms_norm_eps))
        throw UserError(fmt::format("rms_norm_eps = {} must not be negative", config.rms_norm_eps));
}

void check_state(const EngineState& state) {
    check_config(state.config);
    const auto shapes = parameter_shapes(state.config);
    for (const auto& [name, shape] : shapes) {
        const auto found = state.tensors.find(name);
        if (found == state.tensors.end()) throw UserError(fmt::format("tensor \"{}\" of the model is missing", name));
        check_tensor(name, found->second, shape);
    }
    std::size_t moments = 0;
    for (const char* name : {first_moment_name, second_moment_name}) {
        const auto found = state.tensors.find(name);
        if (found == state.tensors.end()) continue;
        check_tensor(name, found->second, {state.config.parameters()});
        ++moments;
    }
    if (moments == 1)
        throw UserError("only one of the optimiser's two moments is there (\"optimizer.m\", \"optimizer.v\")");
    if (state.optimizer_steps < 0)
        throw UserError(fmt::format("{} optimiser steps cannot have been taken", state.optimizer_steps));
    for (const auto& [name, tensor] : state.tensors)
        if (!shapes.contains(name) && name != first_moment_name && name != second_moment_name)
            throw UserError(fmt::format("tensor \"{}\" is not part of a Llama-type model of this configuration", name));
}

std::string config_to_json(const ModelConfig& config) {
    const nlohmann::json json{{"architectures", {"LlamaForCausalLM"}},
                              {"model_type", "llama"},
                              {"hidden_act", "silu"},
                              {"attention_bias", false},
                              {"mlp_bias", false},
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
    return json.dump();
}

ModelConfig config_from_json(const std::string& text) {
    try {
        const auto json = nlohmann::json::parse(text);
        if (!json.is_object()) throw UserError("the configuration is not a JSON object");
        if (const auto type = json.value("model_type", std::string("llama")); type != "llama")
            throw UserError(fmt::format("a model of type \"{}\" is not supported here; \"llama\" is", type));
        ModelConfig config;
        const auto need = [&](const char* key, auto& value) {
            if (!json.contains(key)) throw UserError(fmt::format("the configuration lacks \"{}\"", key));
            json.at(key).get_to(value);
        };
        need("hidden_size", config.hidden_size);
        need("num_hidden_layers", config.num_hidden_layers);
        need("num_attention_heads", config.num_attention_heads);
        need("intermediate_size", config.intermediate_size);
        need("vocab_size", config.vocab_size);
        config.num_key_value_heads = json.value("num_key_value_heads", config.num_attention_heads);
        config.max_position_embeddings = json.value("max_position_embeddings", config.max_position_embeddings);
        config.rope_theta = json.value("rope_theta", config.rope_theta);
        config.rms_norm_eps = json.value("rms_norm_eps", config.rms_norm_eps);
        config.tie_word_embeddings = json.value("tie_word_embeddings", false);
        // Refused rather than ignored: each of these would change the numbers.
        if (json.contains("rope_parameters") && json["rope_parameters"].is_object()) {
            const auto& rope = json["rope_parameters"];
            if (rope.value("rope_type", std::string("default")) != "default")
                throw UserError("scaled rotary positions (\"rope_parameters\") are not supported");
            config.rope_theta = rope.value("rope_theta", config.rope_theta);
        }
        if (json.contains("rope_scaling") && !json["rope_scaling"].is_null())
            throw UserError("scaled rotary positions (\"rope_scaling\") are not supported");
        for (const char* key : {"attention_bias", "mlp_bias"})
            if (json.value(key, false)) throw UserError(fmt::format("\"{}\": true is not supported", key));
        check_config(config);
        if (json.contains("head_dim") && json["head_dim"].is_number() &&
            json["head_dim"].get<int>() != config.hidden_size / config.num_attention_heads)
            throw UserError("\"head_dim\" must be hidden_size / num_attention_heads");
        return config;
    } catch (const nlohmann::json::exception& error) {
        throw UserError(fmt::format("the configuration cannot be read: {}", error.what()));
    }
}

EngineState initial_state(const ModelConfig& config, std::uint64_t seed, double embedding_std) {
    check_config(config);
    EngineState state;
    state.config = config;
    std::uint64_t index = 0;
    for (const auto& [name, shape] : parameter_shapes(config)) {
        EngineState::Tensor tensor{shape, std::vector<float>(static_cast<std::size_t>(count(shape)), 1.0f)};
        if (shape.size() == 2) {  // The others are norms, which start at one.
            double std = 1 / std::sqrt(static_cast<double>(shape[1]));
            if (name.ends_with("o_proj.weight") || name.ends_with("down_proj.weight")) std *= 0.5;
            if (name.ends_with("embed_tokens.weight")) std = embedding_std;
            Random random(random_key({seed, static_cast<std::uint64_t>(Stream::initial), index}));
            for (float& value : tensor.data) value = static_cast<float>(std * random.normal());
        }
        state.tensors.emplace(name, std::move(tensor));
        ++index;
    }
    return state;
}

}  // namespace foothold
