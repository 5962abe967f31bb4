// SPDX-License-Identifier: GPL-3.0-or-later
// The model applied to one token of each of many rows, as a list of kernels.
#pragma once
#include <vector>

#include "engine/cuda/array.h"

namespace foothold {

/// A model's weights where they lie, of the type number(), shapes as in libtorch/model.h; null where the type has none.
struct DecoderWeights {
    struct Layer {
        const void *input_norm, *qkv, *qkv_bias, *q_norm, *k_norm, *o, *attention_norm, *gate_up, *down;
    };
    const void *embedding = nullptr, *norm = nullptr, *head = nullptr;
    const float *cos = nullptr, *sin = nullptr;  ///< [positions, head / 2], always floats.
    std::vector<Layer> layers;
};

/// Room for what passes between the kernels, and the calls.
class DecoderForward {
public:
    /// Up to `rows` rows in a pass, logits for up to `sampled` of them, `pages` pages of keys and values.
    DecoderForward(DecodeOps& ops, const ModelConfig& config, DecoderWeights weights, int rows, int sampled, int pages);

    /// Appends the rows' keys and values; with `want_logits`, logits [rows, vocabulary] of what comes after each.
    const float* operator()(const Rows& rows, bool want_logits);

    static std::size_t page_bytes(const ModelConfig& config, Number number);  ///< Of one page, all layers.
    std::size_t bytes() const;
    /// What bytes() is of one that is made with these numbers.
    static std::size_t bytes_for(const ModelConfig& config, Number number, int rows, int sampled, int pages);

private:
    DecodeOps& ops_;
    ModelConfig config_;
    DecoderWeights weights_;
    Heads heads_;
    std::size_t layer_bytes_;  ///< Of one layer's keys; as many for its values.
    Array<std::byte> cache_;   // [layers, keys and values, pages, kv heads, page_tokens, head]
    Array<float> x_, logits_;  // [rows, hidden], [sampled, vocabulary]
    Array<std::byte> normed_, qkv_, y_, delta_, gate_up_, inner_;
};

}  // namespace foothold
