// SPDX-License-Identifier: GPL-3.0-or-later
// A forward pass, shared out: rows where a row is a world of its own, columns where weights are read.
#include "engine/libtorch/forward_cpu.h"

#include <algorithm>
#include <cmath>

namespace foothold {
namespace {

std::size_t size_of(int a) { return static_cast<std::size_t>(a); }

}  // namespace

Past::Past(const Model& model, std::size_t tokens)
    : size_(model.head_size()),
      kv_heads_(model.kv_heads()),
      capacity_((static_cast<int>(tokens) + kernels::panel - 1) / kernels::panel * kernels::panel),
      numbers_(size_of(model.config.num_hidden_layers * kv_heads_) * 2 * size_of(size_) * size_of(capacity_)) {}

Past::Past(const Model& model, const Past& context, int length, std::size_t tokens)
    : Past(model, tokens + size_of(length - whole(length))) {
    const int first = whole(length), rest = length - first;
    if (rest == 0) return;
    for (int layer = 0; layer < model.config.num_hidden_layers; ++layer) {
        kernels::Span from = context.span(layer, length);
        for (int head = 0; head < kv_heads_; ++head, from.keys += from.apart, from.values += from.apart) {
            float* to = numbers_.data() + place(layer, head);
            std::copy_n(from.keys + size_of(first) * size_of(size_), size_of(kernels::panel) * size_of(size_), to);
            std::copy_n(from.values + size_of(first) * size_of(size_), size_of(rest) * size_of(size_), to + size_of(size_) * size_of(capacity_));
        }
    }
}

kernels::Span Past::span(int layer, int length) const {
    const float* keys = numbers_.data() + place(layer, 0);
    return {keys, keys + size_of(size_) * size_of(capacity_), length, place(0, 1)};
}

void Past::put(int layer, int position, const float* keys, const float* values) {
    for (int head = 0; head < kv_heads_; ++head, keys += size_, values += size_) {
        float* to = numbers_.data() + place(layer, head);
        float* key = to + size_of(position / kernels::panel * size_ * kernels::panel + position % kernels::panel);
        for (int d = 0; d < size_; ++d) key[d * kernels::panel] = keys[d];
        std::copy_n(values, size_, to + size_of(size_) * size_of(capacity_) + size_of(position) * size_of(size_));
    }
}

std::size_t Past::place(int layer, int head) const {
    return size_of(layer * kv_heads_ + head) * 2 * size_of(size_) * size_of(capacity_);
}

Forward::Forward(const Model& model, const PackedWeights& weights, int workers)
    : model_(model),
      weights_(weights),
      workers_(workers),
      meet_(workers),
      scratch_(size_of(workers), Floats(kernels::attend_scratch(model.config.max_position_embeddings))) {}

void Forward::begin(std::span<const Step> steps, bool want_logits) {
    steps_ = steps;
    rows_ = static_cast<int>(steps.size());
    want_logits_ = want_logits;
    const ModelConfig& shape = model_.config;
    const auto room = [&](Floats& numbers, int columns) {
        if (numbers.size() < steps.size() * size_of(columns)) numbers.resize(steps.size() * size_of(columns));
    };
    room(x_, shape.hidden_size);
    room(normed_, shape.hidden_size);
    room(qkv_, (model_.heads() + 2 * model_.kv_heads()) * model_.head_size());
    room(y_, model_.heads() * model_.head_size());
    room(gate_up_, 2 * shape.intermediate_size);
    room(inner_, shape.intermediate_size);
    if (want_logits) room(logits_, shape.vocab_size);
}

void Forward::run(int worker) {
    const ModelConfig& shape = model_.config;
    const int hidden = shape.hidden_size, mlp = shape.intermediate_size;
    const auto eps = static_cast<float>(shape.rms_norm_eps);
    const auto [first, last] = share(rows_, worker);
    float* x = x_.data();
    const auto norm = [&](const at::Tensor& weight) {
        kernels::rms_norm(x + first * hidden, last - first, hidden, weight.const_data_ptr<float>(), eps, normed_.data() + first * hidden);
        meet_.arrive_and_wait();
    };
    const auto multiply_all = [&](const Floats& a, const PackedWeights::Matrix& matrix, float* c, bool add) {
        multiply(worker, a.data(), matrix, c, add);
        meet_.arrive_and_wait();
    };
    const float* embedding = model_.embedding.const_data_ptr<float>();
    for (int row = first; row < last; ++row)
        std::copy_n(embedding + size_of(steps_[size_of(row)].token) * size_of(hidden), hidden, x + row * hidden);
    for (int i = 0; i < shape.num_hidden_layers; ++i) {
        const Model::Layer& layer = model_.layers[size_of(i)];
        const PackedWeights::Layer& packed = weights_.layers[size_of(i)];
        norm(layer.input_norm);
        multiply_all(normed_, packed.qkv, qkv_.data(), false);
        attend(i, worker);
        meet_.arrive_and_wait();
        multiply_all(y_, packed.o, x, true);
        norm(layer.attention_norm);
        multiply_all(normed_, packed.gate_up, gate_up_.data(), false);
        kernels::silu_times(gate_up_.data() + first * 2 * mlp, last - first, mlp, inner_.data() + first * mlp);
        meet_.arrive_and_wait();
        multiply_all(inner_, packed.down, x, true);
    }
    if (!want_logits_) return;
    norm(model_.norm);
    multiply_all(normed_, weights_.head, logits_.data(), false);
}

void Forward::multiply(int worker, const float* a, const PackedWeights::Matrix& matrix, float* c, bool add) const {
    // In pairs of panels, as the kernel takes them.
    constexpr int unit = 2 * kernels::panel;
    const auto [first, last] = share((matrix.outputs + unit - 1) / unit, worker);
    kernels::multiply_columns(a, rows_, matrix.inputs, matrix.forward.data(), matrix.outputs, first * unit, std::min(last * unit, matrix.outputs), add ? c : nullptr, c);
}

/// Queries, keys and values of this worker's rows, and what their queries see.
void Forward::attend(int layer, int worker) {
    const int heads = model_.heads(), kv_heads = model_.kv_heads(), size = model_.head_size(),
              width = (heads + 2 * kv_heads) * size;
    const float scale = 1 / std::sqrt(static_cast<float>(size));
    const float *cos = model_.cos.const_data_ptr<float>(), *sin = model_.sin.const_data_ptr<float>();
    const auto [first, last] = share(rows_, worker);
    for (int row = first; row < last; ++row) {
        const Step& step = steps_[size_of(row)];
        float* q = qkv_.data() + row * width;
        prepare_heads(model_.layers[size_of(layer)], q);
        const auto angle = size_of(step.context_length + step.position) * size_of(size / 2);
        kernels::rotate(q, heads + kv_heads, size, cos + angle, sin + angle);
        step.own->put(layer, step.position, q + heads * size, q + (heads + kv_heads) * size);
    }
    meet_.arrive_and_wait();  // Only now, since the tokens of a context see each other.
    float* scratch = scratch_[size_of(worker)].data();
    for (int row = first; row < last; ++row) {
        const Step& step = steps_[size_of(row)];
        const kernels::Span context = step.context ? step.context->span(layer, step.context_length) : kernels::Span{};
        kernels::attend(qkv_.data() + row * width, {heads, kv_heads, size}, scale, context, step.own->span(layer, step.position + 1), scratch,
                        y_.data() + row * heads * size);
    }
}

/// What some types do to a token's queries and keys before the rotation.
void Forward::prepare_heads(const Model::Layer& layer, float* qkv) const {
    const int heads = model_.heads(), kv_heads = model_.kv_heads(), size = model_.head_size();
    if (layer.qkv_bias.defined()) {
        const float* bias = layer.qkv_bias.const_data_ptr<float>();
        for (int i = 0; i < (heads + 2 * kv_heads) * size; ++i) qkv[i] += bias[i];
    }
    if (layer.q_norm.defined()) {
        const auto eps = static_cast<float>(model_.config.rms_norm_eps);
        kernels::rms_norm(qkv, heads, size, layer.q_norm.const_data_ptr<float>(), eps, qkv);
        float* keys = qkv + heads * size;
        kernels::rms_norm(keys, kv_heads, size, layer.k_norm.const_data_ptr<float>(), eps, keys);
    }
}

}  // namespace foothold
