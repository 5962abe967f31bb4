// SPDX-License-Identifier: GPL-3.0-or-later
// The model applied to one token of each of many rows, as a list of kernels.
#pragma once
#include <vector>

#include "engine/cuda/array.h"

namespace foothold {

/// Room for what passes between the kernels: columns of a row, of the type number() where it is not said. The sampler's
/// logits are in `logits` [rows, vocabulary].
struct ForwardRoom {
    float *x, *logits, *delta;  ///< x [rows, hidden]; delta [delta_parts(), rows, hidden], what the residual lacks.
    void *normed, *qkv, *y, *gate_up, *inner;
};

/// The most parts in which something comes to the residual.
int delta_parts(const ModelConfig& config);

/// Appends the rows' keys and values to the layers' pages; with `want_logits` makes the logits of what comes after each.
void forward(DecodeOps& ops, const ModelConfig& config, const DecoderWeights& weights, std::span<const Pages> pages, const Rows& rows,
             const ForwardRoom& room, bool want_logits);

/// A model with keys and values of its own, and the room for passes.
class DecoderForward {
public:
    /// Up to `rows` rows in a pass, logits for up to `sampled` of them, `pages` pages of keys and values.
    DecoderForward(DecodeOps& ops, const ModelConfig& config, DecoderWeights weights, int rows, int sampled, int pages);

    /// Appends the rows' keys and values; with `want_logits`, logits [rows, vocabulary] of what comes after each.
    const float* operator()(const Rows& rows, bool want_logits);
    /// Steps of a model of decode_in_one_call().
    void decode(const Rows& rows, const SamplerState& state, int steps) { ops_.decode(config_, weights_, pages_, rows, state, steps); }

    static std::size_t page_bytes(const ModelConfig& config, Number number);  ///< Of one page, all layers.
    std::size_t bytes() const;
    /// What bytes() is of one that is made with these numbers.
    static std::size_t bytes_for(const ModelConfig& config, Number number, int rows, int sampled, int pages);

private:
    DecodeOps& ops_;
    ModelConfig config_;
    DecoderWeights weights_;
    Array<std::byte> cache_;  // [layers, keys and values, pages, kv heads, page_tokens, head]
    std::vector<Pages> pages_;  // In it, of each layer.
    Array<float> x_, logits_, delta_;  // [rows, hidden], [sampled, vocabulary], [parts, rows, hidden]
    Array<std::byte> normed_, qkv_, y_, gate_up_, inner_;
};

}  // namespace foothold
