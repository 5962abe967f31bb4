// SPDX-License-Identifier: GPL-3.0-or-later
// The Llama-type decoder: weights as views of one flat tensor, and the forward pass over whole sequences.
#pragma once
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <vector>

#include "engine/engine.h"

namespace foothold {

/// Where a parameter of Hugging Face's name lies in the flat tensor.
struct Placement {
    std::string name;
    std::vector<std::int64_t> shape;
    std::int64_t offset = 0, size = 0;
};

/// The placements in the order of the names. In the flat tensor q, k, v are neighbours, and so are gate and up, so that
/// each is one matrix product.
std::vector<Placement> place_parameters(const ModelConfig& config);

/// Keys and values of one layer: [rows, kv heads, tokens, head].
struct KeysValues {
    at::Tensor keys, values;
};

class Adapter;

class Model {
public:
    struct Layer {
        at::Tensor input_norm;      // [hidden]
        at::Tensor qkv;             // [(heads + 2 kv heads) x head, hidden]
        at::Tensor qkv_bias;        // [(heads + 2 kv heads) x head], where the type has them
        at::Tensor q_norm, k_norm;  // [head], where the type has them
        at::Tensor o;               // [hidden, heads x head]
        at::Tensor attention_norm;  // [hidden]
        at::Tensor gate_up;         // [2 x mlp, hidden]
        at::Tensor down;            // [hidden, mlp]
    };

    /// A model whose weights are views of `flat` [parameters]: changing the one changes the other.
    Model(const ModelConfig& config, at::Tensor flat);

    /// Hidden states after the last norm, [rows, tokens, hidden], of token ids [rows, tokens]; causal, positions from
    /// 0. Rows may be padded on the right. With `cache` the keys and values of each layer are put there.
    at::Tensor forward(const at::Tensor& tokens, std::vector<KeysValues>* cache = nullptr) const;

    /// Logits [..., vocabulary] of hidden states [..., hidden].
    at::Tensor logits(const at::Tensor& hidden) const { return at::linear(hidden, head); }

    int heads() const { return config.num_attention_heads; }
    int kv_heads() const { return config.num_key_value_heads; }
    int head_size() const { return config.head_size(); }

    /// Queries, keys and values of normed hidden states [..., hidden], before the rotation: [..., heads + 2 kv heads,
    /// head].
    at::Tensor project(const at::Tensor& normed, const Layer& layer) const;

    /// down(silu(gate x) * up x) with both halves in one product (Shazeer 2020).
    at::Tensor feed_forward(const at::Tensor& x, const Layer& layer) const;

    /// x weight^T + bias for one of this model's matrices.
    at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {}) const;

    /// Where a parameter begins in `flat`.
    std::int64_t offset(const at::Tensor& parameter) const {
        return parameter.storage_offset() - flat.storage_offset();
    }

    ModelConfig config;
    at::Tensor flat;                   // [parameters]
    at::Tensor embedding, norm, head;  // [vocabulary, hidden], [hidden], [vocabulary, hidden]
    std::vector<Layer> layers;
    at::Tensor cos, sin;  // [positions, head / 2]

    /// What autograd differentiates by: the tensors above, unless an adapter is trained in their place.
    std::vector<at::Tensor> leaves;
    const Adapter* adapter = nullptr;
};

/// x / rms(x) x weight (Zhang & Sennrich 2019, eq. 4) over the last dimension.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// Turns pairs (x[i], x[i + head / 2]) by their position's angles (Su et al. 2021, in Hugging Face's order). x [...,
/// heads, head]; cos and sin [..., 1, head / 2].
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);

}  // namespace foothold
