// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/cuda/forward.h"

namespace foothold {
namespace {

std::size_t product(std::initializer_list<int> sizes) {
    std::size_t all = 1;
    for (const int size : sizes) all *= static_cast<std::size_t>(size);
    return all;
}

}  // namespace

std::size_t DecoderForward::page_bytes(const ModelConfig& config, Number number) {
    return product({config.num_hidden_layers, 2, config.num_key_value_heads, page_tokens, config.head_size()}) * bytes_of(number);
}

DecoderForward::DecoderForward(DecodeOps& ops, const ModelConfig& config, DecoderWeights weights, int rows, int sampled, int pages)
    : ops_(ops),
      config_(config),
      weights_(std::move(weights)),
      heads_{config.num_attention_heads, config.num_key_value_heads, config.head_size()},
      layer_bytes_(product({pages, heads_.kv_heads, page_tokens, heads_.size}) * bytes_of(ops.number())),
      cache_(ops, product({2, config.num_hidden_layers}) * layer_bytes_),
      x_(ops, product({rows, config.hidden_size})),
      logits_(ops, product({sampled, config.vocab_size})) {
    const auto room = [&](int columns) { return Array<std::byte>(ops, product({rows, columns}) * bytes_of(ops.number())); };
    normed_ = room(config.hidden_size);
    qkv_ = room(heads_.width());
    y_ = room(heads_.heads * heads_.size);
    delta_ = room(config.hidden_size);
    gate_up_ = room(2 * config.intermediate_size);
    inner_ = room(config.intermediate_size);
}

const float* DecoderForward::operator()(const Rows& rows, bool want_logits) {
    const int count = rows.count, hidden = config_.hidden_size, mlp = config_.intermediate_size, inner = heads_.heads * heads_.size;
    const auto eps = static_cast<float>(config_.rms_norm_eps);
    ops_.embed(rows, weights_.embedding, hidden, x_.data());
    const void* delta = nullptr;  // What the residual still lacks.
    std::byte* place = cache_.data();
    for (std::size_t i = 0; i < weights_.layers.size(); ++i, place += 2 * layer_bytes_) {
        const DecoderWeights::Layer& layer = weights_.layers[i];
        const Pages pages{place, place + layer_bytes_};
        ops_.add_rms_norm(count, hidden, x_.data(), delta, layer.input_norm, eps, normed_.data());
        ops_.multiply(count, hidden, heads_.width(), normed_.data(), layer.qkv, qkv_.data(), false);
        ops_.rotate_append(rows, heads_, {layer.qkv_bias, layer.q_norm, layer.k_norm, eps, weights_.cos, weights_.sin},
                           qkv_.data(), pages);
        if (!want_logits && i + 1 == weights_.layers.size()) return nullptr;  // Nobody needs what comes out.
        ops_.attend(rows, heads_, qkv_.data(), pages, y_.data());
        ops_.multiply(count, inner, hidden, y_.data(), layer.o, delta_.data(), false);
        ops_.add_rms_norm(count, hidden, x_.data(), delta_.data(), layer.attention_norm, eps, normed_.data());
        ops_.multiply(count, hidden, 2 * mlp, normed_.data(), layer.gate_up, gate_up_.data(), false);
        ops_.silu_times(count, mlp, gate_up_.data(), inner_.data());
        ops_.multiply(count, mlp, hidden, inner_.data(), layer.down, delta_.data(), false);
        delta = delta_.data();
    }
    ops_.add_rms_norm(count, hidden, x_.data(), delta, weights_.norm, eps, normed_.data());
    ops_.multiply(count, hidden, config_.vocab_size, normed_.data(), weights_.head, logits_.data(), true);
    return logits_.data();
}

std::size_t DecoderForward::bytes() const {
    return cache_.bytes() + x_.bytes() + logits_.bytes() + normed_.bytes() + qkv_.bytes() + y_.bytes() + delta_.bytes() +
           gate_up_.bytes() + inner_.bytes();
}

std::size_t DecoderForward::bytes_for(const ModelConfig& config, Number number, int rows, int sampled, int pages) {
    const int heads = config.num_attention_heads, kv = config.num_key_value_heads, size = config.head_size();
    const int columns = 2 * config.hidden_size + (2 * heads + 2 * kv) * size + 3 * config.intermediate_size;
    return product({pages, 1}) * page_bytes(config, number) + product({rows, columns}) * bytes_of(number) +
           (product({rows, config.hidden_size}) + product({sampled, config.vocab_size})) * sizeof(float);
}

}  // namespace foothold
