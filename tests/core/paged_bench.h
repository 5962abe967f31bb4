// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of the paged decoder and of its kernels share: a model's weights in the memory of the ops, and a batch.
#pragma once
#include <bit>
#include <deque>

#include "core/engine_bench.h"
#include "engine/cuda/decoder.h"
#include "engine/parameters.h"

namespace foothold::engines {

/// The nearest bf16, ties to even, as the upper half of a float.
inline std::uint16_t to_bf16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
inline float from_bf16(std::uint16_t value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16); }

/// Floats in the memory of the ops, in the type of its numbers.
inline Array<std::byte> in_ops(DecodeOps& ops, std::span<const float> values) {
    Array<std::byte> array(ops, values.size() * bytes_of(ops.number()));
    if (ops.number() == Number::f32) {
        array.upload(std::as_bytes(values));
    } else {
        std::vector<std::uint16_t> halves(values.size());
        std::ranges::transform(values, halves.begin(), to_bf16);
        array.upload(std::as_bytes(std::span(halves)));
    }
    return array;
}

/// Biases and norms that do something.
inline EngineState lively(const ModelConfig& config, double spread = 0.3) {
    EngineState state = initial_state(config, 1, spread);
    Random random(random_key({5, 5}));
    for (auto& [name, tensor] : state.tensors)
        if (tensor.shape.size() == 1)
            for (float& value : tensor.data) value += static_cast<float>(0.2 * random.normal());
    return state;
}

/// A model in the memory of the ops.
class PagedModel {
public:
    PagedModel(DecodeOps& ops, const EngineState& state) : ops_(ops), config(state.config) {
        const auto of = [&](const std::string& name) -> const std::vector<float>& { return state.tensors.at(name).data; };
        weights.embedding = keep({&of("model.embed_tokens.weight")});
        weights.norm = keep({&of("model.norm.weight")});
        weights.head = config.tie_word_embeddings ? weights.embedding : keep({&of("lm_head.weight")});
        for (int i = 0; i < config.num_hidden_layers; ++i) {
            const std::string layer = "model.layers." + std::to_string(i) + ".";
            const auto weight = [&](const char* name) { return &of(layer + name + ".weight"); };
            DecoderWeights::Layer to{};
            to.input_norm = keep({weight("input_layernorm")});
            to.qkv = keep({weight("self_attn.q_proj"), weight("self_attn.k_proj"), weight("self_attn.v_proj")});
            if (config.qkv_bias())
                to.qkv_bias = keep({&of(layer + "self_attn.q_proj.bias"), &of(layer + "self_attn.k_proj.bias"), &of(layer + "self_attn.v_proj.bias")});
            if (config.qk_norm()) {
                to.q_norm = keep({weight("self_attn.q_norm")});
                to.k_norm = keep({weight("self_attn.k_norm")});
            }
            to.o = keep({weight("self_attn.o_proj")});
            to.attention_norm = keep({weight("post_attention_layernorm")});
            to.gate_up = keep({weight("mlp.gate_proj"), weight("mlp.up_proj")});
            to.down = keep({weight("mlp.down_proj")});
            weights.layers.push_back(to);
        }
        std::vector<float> cos, sin;
        for (int position = 0; position < config.max_position_embeddings; ++position)
            for (const double speed : turning_speeds(config)) {
                cos.push_back(static_cast<float>(std::cos(position * speed)));
                sin.push_back(static_cast<float>(std::sin(position * speed)));
            }
        cos_ = {ops, cos.size()};
        sin_ = {ops, sin.size()};
        cos_.upload(cos);
        sin_.upload(sin);
        weights.cos = cos_.data();
        weights.sin = sin_.data();
    }

private:
    const void* keep(std::initializer_list<const std::vector<float>*> parts) {
        std::vector<float> all;
        for (const auto* part : parts) all.insert(all.end(), part->begin(), part->end());
        return kept_.emplace_back(in_ops(ops_, all)).data();
    }
    DecodeOps& ops_;
    std::deque<Array<std::byte>> kept_;
    Array<float> cos_, sin_;

public:
    ModelConfig config;
    DecoderWeights weights;
};

/// What an engine's generate() makes of requests, by a paged decoder.
inline std::vector<std::vector<Completion>> sample(PagedDecoder& decoder, const std::vector<GenerateRequest>& asked,
                                                   const DecodingRules& rules = {}, std::stop_token stop = {}) {
    std::vector<std::vector<Completion>> completions(asked.size());
    std::vector<Row> rows;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        completions[i].resize(static_cast<std::size_t>(asked[i].attempts));
        for (std::size_t a = 0; a < completions[i].size(); ++a)
            rows.push_back({&asked[i], random_key({asked[i].random_key, a}), &completions[i][a]});
    }
    decoder.decode({rows, &rules, end_token, stop, {}});
    return completions;
}

}  // namespace foothold::engines
