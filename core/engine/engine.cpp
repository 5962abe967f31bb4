// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes, checks and fresh weights of a model: what of the engine needs no libtorch.
#include "engine/engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "engine/lora.h"
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
    const std::int64_t size = config.head_size(), q = config.num_attention_heads * size,
                       kv = config.num_key_value_heads * size;
    std::map<std::string, std::vector<std::int64_t>> shapes{{"model.embed_tokens.weight", {vocabulary, hidden}},
                                                            {"model.norm.weight", {hidden}}};
    if (!config.tie_word_embeddings) shapes["lm_head.weight"] = {vocabulary, hidden};
    for (int layer = 0; layer < config.num_hidden_layers; ++layer) {
        const std::string at = fmt::format("model.layers.{}.", layer);
        shapes[at + "input_layernorm.weight"] = {hidden};
        shapes[at + "post_attention_layernorm.weight"] = {hidden};
        shapes[at + "self_attn.q_proj.weight"] = {q, hidden};
        shapes[at + "self_attn.k_proj.weight"] = {kv, hidden};
        shapes[at + "self_attn.v_proj.weight"] = {kv, hidden};
        shapes[at + "self_attn.o_proj.weight"] = {hidden, q};
        if (config.qkv_bias()) {
            shapes[at + "self_attn.q_proj.bias"] = {q};
            shapes[at + "self_attn.k_proj.bias"] = {kv};
            shapes[at + "self_attn.v_proj.bias"] = {kv};
        }
        if (config.qk_norm()) {
            shapes[at + "self_attn.q_norm.weight"] = {size};
            shapes[at + "self_attn.k_norm.weight"] = {size};
        }
        shapes[at + "mlp.gate_proj.weight"] = {mlp, hidden};
        shapes[at + "mlp.up_proj.weight"] = {mlp, hidden};
        shapes[at + "mlp.down_proj.weight"] = {hidden, mlp};
    }
    return shapes;
}

std::vector<double> turning_speeds(const ModelConfig& config) {
    const int size = config.head_size();
    std::vector<double> speeds;
    for (int i = 0; i < size / 2; ++i) {
        double speed = std::pow(config.rope_theta, -2.0 * i / size);
        if (config.rope_scaling) {
            const RopeScaling& scaling = *config.rope_scaling;
            // Full turns within the original context decide.
            const double turns = scaling.original_max_position_embeddings * speed / (2 * std::numbers::pi);
            const double kept = std::clamp(
                (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor), 0.0, 1.0);
            speed *= kept + (1 - kept) / scaling.factor;
        }
        speeds.push_back(speed);
    }
    return speeds;
}

std::map<std::string, std::vector<std::int64_t>> state_shapes(const EngineState& state) {
    if (state.lora.rank == 0) return parameter_shapes(state.config);
    check_lora(state.config, state.lora);
    return lora_shapes(state.config, state.lora);
}

std::int64_t ModelConfig::parameters() const {
    std::int64_t sum = 0;
    for (const auto& [name, shape] : parameter_shapes(*this)) sum += count(shape);
    return sum;
}

void check_state(const EngineState& state) {
    check_config(state.config);
    const auto shapes = state_shapes(state);
    std::int64_t numbers = 0;
    for (const auto& [name, shape] : shapes) {
        numbers += count(shape);
        const auto found = state.tensors.find(name);
        if (found == state.tensors.end())
            throw UserError(fmt::format("tensor \"{}\" of the {} is missing", name, state.lora.rank > 0 ? "adapter" : "model"));
        check_tensor(name, found->second, shape);
    }
    std::size_t moments = 0;
    for (const char* name : {first_moment_name, second_moment_name}) {
        const auto found = state.tensors.find(name);
        if (found == state.tensors.end()) continue;
        check_tensor(name, found->second, {numbers});
        ++moments;
    }
    if (moments == 1)
        throw UserError("only one of the optimiser's two moments is there (\"optimizer.m\", \"optimizer.v\")");
    if (state.optimizer_steps < 0)
        throw UserError(fmt::format("{} optimiser steps cannot have been taken", state.optimizer_steps));
    for (const auto& [name, tensor] : state.tensors)
        if (!shapes.contains(name) && name != first_moment_name && name != second_moment_name)
            throw UserError(fmt::format("tensor \"{}\" is not part of a {} model of this configuration", name,
                                        to_string(state.config.model_type)));
}

EngineState initial_state(const ModelConfig& config, std::uint64_t seed, double embedding_std) {
    check_config(config);
    EngineState state;
    state.config = config;
    std::uint64_t index = 0;
    for (const auto& [name, shape] : parameter_shapes(config)) {
        EngineState::Tensor tensor{
            shape, std::vector<float>(static_cast<std::size_t>(count(shape)), name.ends_with("bias") ? 0.0f : 1.0f)};
        if (shape.size() == 2) {  // The others are norms, which start at one, and biases.
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
