// SPDX-License-Identifier: GPL-3.0-or-later
// The Llama-type decoder over whole sequences.
#include "engine/libtorch/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/libtorch/adapter.h"
#include "engine/parameters.h"

namespace foothold {

std::vector<Placement> place_parameters(const ModelConfig& config) {
    std::vector<std::string> layout{"model.embed_tokens.weight"};
    for (int layer = 0; layer < config.num_hidden_layers; ++layer)
        for (const char* part :
             {"input_layernorm.weight", "self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight",
              "self_attn.q_proj.bias", "self_attn.k_proj.bias", "self_attn.v_proj.bias", "self_attn.q_norm.weight",
              "self_attn.k_norm.weight", "self_attn.o_proj.weight", "post_attention_layernorm.weight",
              "mlp.gate_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight"})
            layout.push_back(fmt::format("model.layers.{}.{}", layer, part));
    layout.push_back("model.norm.weight");
    if (!config.tie_word_embeddings) layout.push_back("lm_head.weight");

    const auto shapes = parameter_shapes(config);
    std::vector<Placement> placements;
    std::int64_t offset = 0;
    for (const std::string& name : layout) {
        const auto found = shapes.find(name);
        if (found == shapes.end()) continue;  // Biases and norms that this type does not have.
        const auto& shape = found->second;
        const auto size = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
        placements.push_back({name, shape, offset, size});
        offset += size;
    }
    std::ranges::sort(placements, {}, &Placement::name);
    return placements;
}

Model::Model(const ModelConfig& shape, at::Tensor weights) : config(shape), flat(std::move(weights)) {
    std::int64_t offset = 0;
    const auto take = [&](std::initializer_list<std::int64_t> sizes) {
        const auto size = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
        auto leaf = flat.narrow(0, offset, size).view(sizes).detach();
        leaf.requires_grad_(true);
        leaves.push_back(leaf);
        offset += size;
        return leaf;
    };
    const std::int64_t hidden = config.hidden_size, mlp = config.intermediate_size, size = head_size();
    embedding = take({config.vocab_size, hidden});
    for (int i = 0; i < config.num_hidden_layers; ++i) {
        Layer layer;
        layer.input_norm = take({hidden});
        layer.qkv = take({(heads() + 2 * kv_heads()) * size, hidden});
        if (config.qkv_bias()) layer.qkv_bias = take({(heads() + 2 * kv_heads()) * size});
        if (config.qk_norm()) {
            layer.q_norm = take({size});
            layer.k_norm = take({size});
        }
        layer.o = take({hidden, heads() * size});
        layer.attention_norm = take({hidden});
        layer.gate_up = take({2 * mlp, hidden});
        layer.down = take({hidden, mlp});
        layers.push_back(std::move(layer));
    }
    norm = take({hidden});
    head = config.tie_word_embeddings ? embedding : take({config.vocab_size, hidden});

    const auto positions = at::arange(config.max_position_embeddings, at::TensorOptions().dtype(at::kDouble));
    const auto angles = at::outer(positions, at::tensor(turning_speeds(config)));
    cos = angles.cos().to(flat.options());
    sin = angles.sin().to(flat.options());
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
    return at::rms_norm(x, weight.sizes(), weight, eps);
}

at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
    const auto half = x.size(-1) / 2;
    const auto a = x.narrow(-1, 0, half), b = x.narrow(-1, half, half);
    return at::cat({a * cos - b * sin, b * cos + a * sin}, -1);
}

at::Tensor Model::linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const {
    at::Tensor y = at::linear(x, weight, bias.defined() ? std::optional(bias) : std::nullopt);
    if (adapter && at::GradMode::is_enabled()) adapter->watch(x, weight, y);
    return y;
}

at::Tensor Model::feed_forward(const at::Tensor& x, const Layer& layer) const {
    const auto both = linear(x, layer.gate_up);
    const auto mlp = both.size(-1) / 2;
    return linear(at::silu(both.narrow(-1, 0, mlp)) * both.narrow(-1, mlp, mlp), layer.down);
}

at::Tensor Model::project(const at::Tensor& normed, const Layer& layer) const {
    const auto qkv = linear(normed, layer.qkv, layer.qkv_bias).unflatten(-1, {heads() + 2 * kv_heads(), head_size()});
    if (!layer.q_norm.defined()) return qkv;
    return at::cat({rms_norm(qkv.narrow(-2, 0, heads()), layer.q_norm, config.rms_norm_eps),
                    rms_norm(qkv.narrow(-2, heads(), kv_heads()), layer.k_norm, config.rms_norm_eps),
                    qkv.narrow(-2, heads() + kv_heads(), kv_heads())},
                   -2);
}

at::Tensor Model::forward(const at::Tensor& tokens, std::vector<KeysValues>* cache) const {
    const auto rows = tokens.size(0), length = tokens.size(1);
    const auto c = cos.narrow(0, 0, length).unsqueeze(1),
               s = sin.narrow(0, 0, length).unsqueeze(1);  // [T, 1, head / 2]
    at::Tensor x = at::embedding(embedding, tokens);       // [R, T, hidden]
    for (const Layer& layer : layers) {
        const auto qkv = project(rms_norm(x, layer.input_norm, config.rms_norm_eps), layer);
        const auto qk = rotate(qkv.narrow(2, 0, heads() + kv_heads()), c, s);
        const auto q = qk.narrow(2, 0, heads()).transpose(1, 2);  // [R, heads, T, head]
        const auto k = qk.narrow(2, heads(), kv_heads()).transpose(1, 2);
        const auto v = qkv.narrow(2, heads() + kv_heads(), kv_heads()).transpose(1, 2);
        if (cache) cache->push_back({k, v});
        const auto y = at::scaled_dot_product_attention(q, k, v, {}, 0.0, true, std::nullopt, heads() != kv_heads());
        x = x + linear(y.transpose(1, 2).reshape({rows, length, heads() * head_size()}), layer.o);
        x = x + feed_forward(rms_norm(x, layer.attention_norm, config.rms_norm_eps), layer);
    }
    return rms_norm(x, norm, config.rms_norm_eps);
}

}  // namespace foothold
