// SPDX-License-Identifier: GPL-3.0-or-later
// The Llama-type decoder over whole sequences.
#include "engine/libtorch/model.h"

#include <fmt/format.h>

#include <numeric>

#include "engine/parameters.h"

namespace foothold {

std::vector<Placement> place_parameters(const ModelConfig& config) {
    std::vector<std::string> layout{"model.embed_tokens.weight"};
    for (int layer = 0; layer < config.num_hidden_layers; ++layer)
        for (const char* part :
             {"input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
              "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"})
            layout.push_back(fmt::format("model.layers.{}.{}.weight", layer, part));
    layout.push_back("model.norm.weight");
    if (!config.tie_word_embeddings) layout.push_back("lm_head.weight");

    const auto shapes = parameter_shapes(config);
    std::vector<Placement> placements;
    std::int64_t offset = 0;
    for (const std::string& name : layout) {
        const auto& shape = shapes.at(name);
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
        leaf_offsets.push_back(offset);
        offset += size;
        return leaf;
    };
    const std::int64_t hidden = config.hidden_size, mlp = config.intermediate_size, size = head_size();
    embedding = take({config.vocab_size, hidden});
    for (int i = 0; i < config.num_hidden_layers; ++i) {
        Layer layer;
        layer.input_norm = take({hidden});
        layer.qkv = take({(heads() + 2 * kv_heads()) * size, hidden});
        layer.o = take({hidden, hidden});
        layer.attention_norm = take({hidden});
        layer.gate_up = take({2 * mlp, hidden});
        layer.down = take({hidden, mlp});
        layers.push_back(std::move(layer));
    }
    norm = take({hidden});
    head = config.tie_word_embeddings ? embedding : take({config.vocab_size, hidden});

    const auto numbers = at::TensorOptions().dtype(at::kDouble);
    const auto pairs = at::arange(0, size, 2, numbers).div(static_cast<double>(size));
    const auto angles =
        at::outer(at::arange(config.max_position_embeddings, numbers), at::pow(config.rope_theta, pairs.neg()));
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

at::Tensor feed_forward(const at::Tensor& x, const Model::Layer& layer) {
    const auto both = at::linear(x, layer.gate_up);
    const auto mlp = both.size(-1) / 2;
    return at::linear(at::silu(both.narrow(-1, 0, mlp)) * both.narrow(-1, mlp, mlp), layer.down);
}

at::Tensor Model::forward(const at::Tensor& tokens, std::vector<KeysValues>* cache) const {
    const auto rows = tokens.size(0), length = tokens.size(1);
    const auto c = cos.narrow(0, 0, length).unsqueeze(1),
               s = sin.narrow(0, 0, length).unsqueeze(1);  // [T, 1, head / 2]
    at::Tensor x = at::embedding(embedding, tokens);       // [R, T, hidden]
    for (const Layer& layer : layers) {
        const auto qkv = at::linear(rms_norm(x, layer.input_norm, config.rms_norm_eps), layer.qkv)
                             .view({rows, length, heads() + 2 * kv_heads(), head_size()});
        const auto qk = rotate(qkv.narrow(2, 0, heads() + kv_heads()), c, s);
        const auto q = qk.narrow(2, 0, heads()).transpose(1, 2);  // [R, heads, T, head]
        const auto k = qk.narrow(2, heads(), kv_heads()).transpose(1, 2);
        const auto v = qkv.narrow(2, heads() + kv_heads(), kv_heads()).transpose(1, 2);
        if (cache) cache->push_back({k, v});
        const auto y = at::scaled_dot_product_attention(q, k, v, {}, 0.0, true, std::nullopt, heads() != kv_heads());
        x = x + at::linear(y.transpose(1, 2).reshape({rows, length, config.hidden_size}), layer.o);
        x = x + feed_forward(rms_norm(x, layer.attention_norm, config.rms_norm_eps), layer);
    }
    return rms_norm(x, norm, config.rms_norm_eps);
}

}  // namespace foothold
