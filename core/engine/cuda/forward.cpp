// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/cuda/forward.h"

#include <algorithm>

namespace foothold {
namespace {

std::size_t product(std::initializer_list<int> sizes) {
    std::size_t all = 1;
    for (const int size : sizes) all *= static_cast<std::size_t>(size);
    return all;
}

}  // namespace

int delta_parts(const ModelConfig& config) {
    return std::max(product_parts(config.intermediate_size, config.hidden_size),
                    product_parts(config.num_attention_heads * config.head_size(), config.hidden_size));
}

void forward(DecodeOps& ops, const ModelConfig& config, const DecoderWeights& weights, std::span<const Pages> pages, const Rows& rows,
             const ForwardRoom& room, bool want_logits) {
    const Heads heads{config.num_attention_heads, config.num_key_value_heads, config.head_size()};
    const int count = rows.count, hidden = config.hidden_size, mlp = config.intermediate_size, inner = heads.heads * heads.size;
    const auto eps = static_cast<float>(config.rms_norm_eps);
    ops.embed(rows, weights.embedding, hidden, room.x);
    int parts = 0;  // Of what the residual still lacks.
    for (std::size_t i = 0; i < weights.layers.size(); ++i) {
        const DecoderWeights::Layer& layer = weights.layers[i];
        ops.add_rms_norm(count, hidden, room.x, room.delta, parts, layer.input_norm, eps, room.normed);
        ops.multiply(count, hidden, heads.width(), room.normed, layer.qkv, room.qkv, false);
        ops.rotate_append(rows, heads, {layer.qkv_bias, layer.q_norm, layer.k_norm, eps, weights.cos, weights.sin}, room.qkv, pages[i]);
        if (!want_logits && i + 1 == weights.layers.size()) return;  // Nobody needs what comes out.
        ops.attend(rows, heads, room.qkv, pages[i], room.y);
        ops.multiply_parts(count, inner, hidden, room.y, layer.o, room.delta);
        ops.add_rms_norm(count, hidden, room.x, room.delta, product_parts(inner, hidden), layer.attention_norm, eps, room.normed);
        ops.multiply(count, hidden, 2 * mlp, room.normed, layer.gate_up, room.gate_up, false);
        ops.silu_times(count, mlp, room.gate_up, room.inner);
        ops.multiply_parts(count, mlp, hidden, room.inner, layer.down, room.delta);
        parts = product_parts(mlp, hidden);
    }
    ops.add_rms_norm(count, hidden, room.x, room.delta, parts, weights.norm, eps, room.normed);
    ops.multiply(count, hidden, config.vocab_size, room.normed, weights.head, room.logits, true);
}

std::size_t DecoderForward::page_bytes(const ModelConfig& config, Number number) {
    return product({config.num_hidden_layers, 2, config.num_key_value_heads, page_tokens, config.head_size()}) * bytes_of(number);
}

DecoderForward::DecoderForward(DecodeOps& ops, const ModelConfig& config, DecoderWeights weights, int rows, int sampled, int pages)
    : ops_(ops),
      config_(config),
      weights_(std::move(weights)),
      cache_(ops, page_bytes(config, ops.number()) * product({pages})),
      x_(ops, product({rows, config.hidden_size})),
      logits_(ops, product({sampled, config.vocab_size})),
      delta_(ops, product({delta_parts(config), rows, config.hidden_size})) {
    const int inner = config.num_attention_heads * config.head_size();
    const auto room = [&](int columns) { return Array<std::byte>(ops, product({rows, columns}) * bytes_of(ops.number())); };
    normed_ = room(config.hidden_size);
    qkv_ = room(inner + 2 * config.num_key_value_heads * config.head_size());
    y_ = room(inner);
    gate_up_ = room(2 * config.intermediate_size);
    inner_ = room(config.intermediate_size);
    const std::size_t part = page_bytes(config, ops.number()) / product({2, config.num_hidden_layers}) * product({pages});
    for (int i = 0; i < config.num_hidden_layers; ++i) {
        std::byte* place = cache_.data() + product({2, i}) * part;
        pages_.push_back({place, place + part});
    }
}

const float* DecoderForward::operator()(const Rows& rows, bool want_logits) {
    forward(ops_, config_, weights_, pages_, rows,
            {x_.data(), logits_.data(), delta_.data(), normed_.data(), qkv_.data(), y_.data(), gate_up_.data(), inner_.data()}, want_logits);
    return want_logits ? logits_.data() : nullptr;
}

std::size_t DecoderForward::bytes() const {
    return cache_.bytes() + x_.bytes() + logits_.bytes() + normed_.bytes() + qkv_.bytes() + y_.bytes() + delta_.bytes() +
           gate_up_.bytes() + inner_.bytes();
}

std::size_t DecoderForward::bytes_for(const ModelConfig& config, Number number, int rows, int sampled, int pages) {
    const int heads = config.num_attention_heads, kv = config.num_key_value_heads, size = config.head_size();
    const int columns = config.hidden_size + (2 * heads + 2 * kv) * size + 3 * config.intermediate_size;
    return product({pages, 1}) * page_bytes(config, number) + product({rows, columns}) * bytes_of(number) +
           (product({1 + delta_parts(config), rows, config.hidden_size}) + product({sampled, config.vocab_size})) * sizeof(float);
}

}  // namespace foothold
