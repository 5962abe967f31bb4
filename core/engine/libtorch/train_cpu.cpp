// SPDX-License-Identifier: GPL-3.0-or-later
// Forward and backward of a model on a processor. d<name> is the derivative of the loss by <name>.
#include "engine/libtorch/train_cpu.h"

#include <algorithm>
#include <cmath>

#include "engine/libtorch/adapter.h"
#include "engine/libtorch/kernels.h"

namespace foothold {
namespace {

std::size_t places(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

/// Room for rows x columns; it only ever grows.
float* room(Floats& numbers, int rows, int columns) {
    if (numbers.size() < places(rows, columns)) numbers.resize(places(rows, columns));
    return numbers.data();
}

const float* data(const at::Tensor& tensor) { return tensor.const_data_ptr<float>(); }

/// to = plus + x weights^T; null = nothing.
void apply(const PackedWeights::Matrix& matrix, const float* x, int rows, const float* plus, float* to) {
    kernels::multiply(x, rows, matrix.inputs, matrix.forward.data(), matrix.outputs, plus, to);
}

}  // namespace

CpuPasses::CpuPasses(const Model& model, const PackedWeights& weights)
    : model_(model),
      weights_(weights),
      hidden_(model.config.hidden_size),
      mlp_(model.config.intermediate_size),
      heads_(model.heads()),
      kv_heads_(model.kv_heads()),
      size_(model.head_size()),
      inner_(heads_ * size_),
      width_((heads_ + 2 * kv_heads_) * size_),
      eps_(static_cast<float>(model.config.rms_norm_eps)),
      layers_(model.layers.size()) {}

void CpuPasses::lay_out(std::span<const ScoredSequence* const> sequences) {
    packed_ = PackedRows(sequences);
    rows_ = packed_.count();
    for (const Sequence& sequence : packed_.sequences) {
        room(scratch_, 1, static_cast<int>(kernels::attend_scratch(size_, sequence.keys())));
        for (auto* numbers : {&keys_, &values_, &dkeys_, &dvalues_}) room(*numbers, sequence.keys(), size_);
        for (auto* packed : {&packed_keys_, &packed_values_, &key_columns_})
            room(*packed, 1, static_cast<int>(std::max(kernels::packed_size(sequence.keys(), size_), kernels::packed_size(size_, sequence.keys()))));
    }
}

std::span<const float> CpuPasses::forward(std::span<const ScoredSequence* const> sequences) {
    lay_out(sequences);
    const auto next = [&](std::size_t i) { return room(i < layers_.size() ? layers_[i].x : x_, rows_, hidden_); };
    for (int row = 0; row < rows_; ++row)
        std::copy_n(data(model_.embedding) + places(packed_.tokens[static_cast<std::size_t>(row)], hidden_), hidden_,
                    next(0) + places(row, hidden_));
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        Layer& layer = layers_[i];
        const Model::Layer& model = model_.layers[i];
        const PackedWeights::Layer& packed = weights_.layers[i];
        kernels::rms_norm(layer.x.data(), rows_, hidden_, data(model.input_norm), eps_, room(layer.normed, rows_, hidden_));
        apply(packed.qkv, layer.normed.data(), rows_, nullptr, room(layer.qkv, rows_, width_));
        prepare_heads(model, layer);
        attention(layer);
        apply(packed.o, layer.y.data(), rows_, layer.x.data(), room(layer.middle, rows_, hidden_));
        kernels::rms_norm(layer.middle.data(), rows_, hidden_, data(model.attention_norm), eps_,
                          room(layer.middle_normed, rows_, hidden_));
        apply(packed.gate_up, layer.middle_normed.data(), rows_, nullptr, room(layer.gate_up, rows_, 2 * mlp_));
        kernels::silu_times(layer.gate_up.data(), rows_, mlp_, room(layer.inner, rows_, mlp_));
        apply(packed.down, layer.inner.data(), rows_, layer.middle.data(), next(i + 1));
    }
    kernels::rms_norm(x_.data(), rows_, hidden_, data(model_.norm), eps_, room(normed_, rows_, hidden_));

    float* selected = room(selected_, scored(), hidden_);
    for (int i = 0; i < scored(); ++i)
        std::copy_n(normed_.data() + places(packed_.scored_rows[static_cast<std::size_t>(i)], hidden_), hidden_,
                    selected + places(i, hidden_));
    logprobs_.resize(static_cast<std::size_t>(scored()));
    const int vocabulary = model_.config.vocab_size;
    scored_at_once_ = std::min(scored(), std::max(1, most_logits / vocabulary));
    room(chances_, scored_at_once_, vocabulary);
    for (int i = 0; i < scored(); i += scored_at_once_) read_chances(i, std::min(scored_at_once_, scored() - i));
    return logprobs_;
}

void CpuPasses::read_chances(int first, int count) {
    const int vocabulary = model_.config.vocab_size;
    float* chances = chances_.data();
    apply(weights_.head, selected_.data() + places(first, hidden_), count, nullptr, chances);
    for (int i = first; i < first + count; ++i, chances += vocabulary) {
        float largest;
        kernels::find_largest(chances, vocabulary, 1, &largest);
        const float target = chances[packed_.targets[static_cast<std::size_t>(i)]];
        const double total = kernels::exponentials(chances, vocabulary, largest, 1, chances);
        logprobs_[static_cast<std::size_t>(i)] = static_cast<float>(target - largest - std::log(total));
        const auto factor = static_cast<float>(1 / total);
        for (int j = 0; j < vocabulary; ++j) chances[j] *= factor;
    }
}

/// Biases, then norms of the heads, where the type has them; the rotation follows in attention().
void CpuPasses::prepare_heads(const Model::Layer& model, Layer& layer) const {
    const int turned = (heads_ + kv_heads_) * size_;
    if (model.q_norm.defined()) room(layer.raw, rows_, turned);
    for (int row = 0; row < rows_; ++row) {
        float* qkv = layer.qkv.data() + places(row, width_);
        if (model.qkv_bias.defined())
            for (int i = 0; i < width_; ++i) qkv[i] += data(model.qkv_bias)[i];
        if (!model.q_norm.defined()) continue;
        const float* raw = std::copy_n(qkv, turned, layer.raw.data() + places(row, turned)) - turned;
        kernels::rms_norm(raw, heads_, size_, data(model.q_norm), eps_, qkv);
        kernels::rms_norm(raw + inner_, kv_heads_, size_, data(model.k_norm), eps_, qkv + inner_);
    }
}

/// dqkv_ from after prepare_heads() to before it.
void CpuPasses::prepare_heads_backward(const Model::Layer& model, const Layer& layer) {
    const int turned = (heads_ + kv_heads_) * size_;
    if (model.q_norm.defined()) {
        float *dq_norm = gradient_of(model.q_norm), *dk_norm = gradient_of(model.k_norm);
        float* draw = room(draw_, 1, turned);
        for (int row = 0; row < rows_; ++row) {
            float* dqkv = dqkv_.data() + places(row, width_);
            const float* raw = layer.raw.data() + places(row, turned);
            std::fill_n(draw, turned, 0.0f);
            kernels::rms_norm_backward(dqkv, raw, heads_, size_, data(model.q_norm), eps_, draw, dq_norm);
            kernels::rms_norm_backward(dqkv + inner_, raw + inner_, kv_heads_, size_, data(model.k_norm), eps_,
                                       draw + inner_, dk_norm);
            std::copy_n(draw, turned, dqkv);
        }
    }
    if (model.qkv_bias.defined() && !model_.adapter) {
        float* dbias = gradient_of(model.qkv_bias);
        for (int row = 0; row < rows_; ++row)
            for (int i = 0; i < width_; ++i) dbias[i] += dqkv_[places(row, width_) + static_cast<std::size_t>(i)];
    }
}

void CpuPasses::rotate(float* qkv, bool back) {
    for (int row = 0; row < rows_; ++row) {
        const auto angle = places(packed_.positions[static_cast<std::size_t>(row)], size_ / 2);
        kernels::rotate(qkv + places(row, width_), heads_ + kv_heads_, size_, data(model_.cos) + angle,
                        data(model_.sin) + angle, back);
    }
}

/// Keys and values of one head, [keys, head] each.
void CpuPasses::gather(const Sequence& sequence, const float* qkv, int kv_head) {
    for (int t = 0; t < sequence.keys(); ++t) {
        const float* key = qkv + places(sequence.row(t), width_) + (heads_ + kv_head) * size_;
        std::copy_n(key, size_, keys_.data() + places(t, size_));
        std::copy_n(key + kv_heads_ * size_, size_, values_.data() + places(t, size_));
    }
}

void CpuPasses::attention(Layer& layer) {
    const float scale = 1 / std::sqrt(static_cast<float>(size_));
    room(layer.y, rows_, inner_);
    room(layer.log_sums, rows_, heads_);
    float* qkv = layer.qkv.data();
    rotate(qkv, false);
    for (const Sequence& sequence : packed_.sequences)
        for (int kv = 0; kv < kv_heads_; ++kv) {
            const int keys = sequence.keys();
            gather(sequence, qkv, kv);
            kernels::pack(keys_.data(), keys, size_, packed_keys_.data());
            kernels::pack_columns(values_.data(), keys, size_, packed_values_.data());
            for (int head = kv * heads_ / kv_heads_; head < (kv + 1) * heads_ / kv_heads_; ++head)
                kernels::attend_rows({qkv + places(sequence.begin, width_) + head * size_, width_, sequence.length,
                                      sequence.before, size_, scale},
                                     {packed_keys_.data(), packed_values_.data(), keys}, scratch_.data(),
                                     layer.y.data() + places(sequence.begin, inner_) + head * size_, inner_,
                                     layer.log_sums.data() + places(sequence.begin, heads_) + head, heads_);
        }
}

/// From dy_ [rows, heads x head] to dqkv_ [rows, width], before the rotation.
void CpuPasses::attention_backward(const Layer& layer) {
    const float scale = 1 / std::sqrt(static_cast<float>(size_));
    const float* qkv = layer.qkv.data();
    float* dqkv = room(dqkv_, rows_, width_);
    // A context's keys get their share from every sequence that follows it.
    std::fill_n(dqkv, places(rows_, width_), 0.0f);
    for (const Sequence& sequence : packed_.sequences)
        for (int kv = 0; kv < kv_heads_; ++kv) {
            const int keys = sequence.keys();
            gather(sequence, qkv, kv);
            kernels::pack(keys_.data(), keys, size_, packed_keys_.data());
            kernels::pack(values_.data(), keys, size_, packed_values_.data());
            kernels::pack_columns(keys_.data(), keys, size_, key_columns_.data());
            std::fill_n(dkeys_.data(), places(keys, size_), 0.0f);
            std::fill_n(dvalues_.data(), places(keys, size_), 0.0f);
            for (int head = kv * heads_ / kv_heads_; head < (kv + 1) * heads_ / kv_heads_; ++head) {
                const auto place = places(sequence.begin, inner_) + static_cast<std::size_t>(head * size_),
                           wide = places(sequence.begin, width_) + static_cast<std::size_t>(head * size_);
                kernels::attend_rows_backward(
                    {qkv + wide, width_, sequence.length, sequence.before, size_, scale},
                    {packed_keys_.data(), packed_values_.data(), key_columns_.data(), keys}, layer.y.data() + place,
                    dy_.data() + place, inner_, layer.log_sums.data() + places(sequence.begin, heads_) + head, heads_,
                    scratch_.data(), dqkv + wide, dkeys_.data(), dvalues_.data());
            }
            for (int t = 0; t < keys; ++t) {
                float* to = dqkv + places(sequence.row(t), width_) + (heads_ + kv) * size_;
                const float *dkey = dkeys_.data() + places(t, size_), *dvalue = dvalues_.data() + places(t, size_);
                for (int d = 0; d < size_; ++d) to[d] += dkey[d];
                for (int d = 0; d < size_; ++d) to[kv_heads_ * size_ + d] += dvalue[d];
            }
        }
    rotate(dqkv, true);
}

float* CpuPasses::gradient_of(const at::Tensor& parameter) {
    if (!model_.adapter) return gradient_ + model_.offset(parameter);
    const int size = static_cast<int>(parameter.numel());
    return std::fill_n(room(unread_, 1, size), size, 0.0f) - size;
}

void CpuPasses::through(const PackedWeights::Matrix& matrix, const at::Tensor& weight, const float* dy, const float* x,
                        int rows, float* dx) {
    const int outputs = matrix.outputs, inputs = matrix.inputs;
    if (model_.adapter) add_adapter_gradient(weight, dy, outputs, x, inputs, rows);
    else add_product(dy, outputs, x, inputs, rows, gradient_of(weight));
    kernels::multiply_deep(dy, rows, outputs, matrix.backward.data(), inputs, dx);
}

/// to [a_columns, b_columns] += a^T b.
void CpuPasses::add_product(const float* a, int a_columns, const float* b, int b_columns, int rows, float* to) {
    constexpr int panel = kernels::panel;
    float *packed_a = room(packed_a_, rows, (a_columns + panel - 1) / panel * panel),
          *packed_b = room(packed_b_, rows, (b_columns + panel - 1) / panel * panel);
    kernels::pack_columns(a, rows, a_columns, packed_a);
    kernels::pack_columns(b, rows, b_columns, packed_b);
    kernels::add_outer(packed_a, a_columns, packed_b, b_columns, rows, to);
}

void CpuPasses::add_adapter_gradient(const at::Tensor& weight, const float* dy, int outputs, const float* x, int inputs,
                                     int rows) {
    const Adapter& adapter = *model_.adapter;
    const int rank = adapter.lora.rank;
    const auto scale = static_cast<float>(adapter.lora.scale());
    float* low = room(low_, rows, rank);
    const auto scaled_product = [&](const float* from, int columns, const Floats& packed) {
        kernels::multiply(from, rows, columns, packed.data(), rank, nullptr, low);
        for (std::size_t i = 0; i < places(rows, rank); ++i) low[i] *= scale;
    };
    for (const AdaptedMatrix& matrix : adapter.of(weight)) {
        const int first = static_cast<int>(adapter.first_row(matrix, weight)), own = static_cast<int>(matrix.b.size(0));
        const float* part = dy;
        if (own < outputs) {
            float* to = room(part_, rows, own);
            for (int row = 0; row < rows; ++row) std::copy_n(dy + places(row, outputs) + first, own, to + places(row, own));
            part = to;
        }
        scaled_product(x, inputs, matrix.packed_a);
        add_product(part, own, low, rank, rows, gradient_ + adapter.offset(matrix.b));
        scaled_product(part, own, matrix.packed_b);
        add_product(low, rank, x, inputs, rows, gradient_ + adapter.offset(matrix.a));
    }
}

std::int64_t CpuPasses::bytes() const {
    std::size_t numbers = 0;
    const auto add = [&](std::initializer_list<const Floats*> all) {
        for (const Floats* one : all) numbers += one->capacity();
    };
    for (const Layer& l : layers_)
        add({&l.x, &l.normed, &l.qkv, &l.raw, &l.log_sums, &l.y, &l.middle, &l.middle_normed, &l.gate_up, &l.inner});
    add({&x_, &normed_, &selected_, &chances_, &dx_, &dnormed_, &dqkv_, &dy_, &dwide_, &packed_a_, &packed_b_});
    return static_cast<std::int64_t>(numbers * sizeof(float));  // The rest is small.
}

void CpuPasses::backward(std::span<const float> slopes, const at::Tensor& sum) {
    const int vocabulary = model_.config.vocab_size;
    gradient_ = sum.data_ptr<float>();
    float *dx = room(dx_, rows_, hidden_), *dnormed = room(dnormed_, std::max(rows_, scored()), hidden_);
    for (int first = 0; first < scored(); first += scored_at_once_) {
        const int count = std::min(scored_at_once_, scored() - first);
        if (scored_at_once_ < scored()) read_chances(first, count);  // Else they are still there.
        // d logits = slope x (1[target] - probability), in place of the probabilities.
        float* chances = chances_.data();
        for (int i = first; i < first + count; ++i, chances += vocabulary) {
            const float slope = slopes[static_cast<std::size_t>(i)];
            for (int j = 0; j < vocabulary; ++j) chances[j] *= -slope;
            chances[packed_.targets[static_cast<std::size_t>(i)]] += slope;
        }
        through(weights_.head, model_.head, chances_.data(), selected_.data() + places(first, hidden_), count,
                dnormed + places(first, hidden_));
    }
    float* spread = room(dy_, rows_, std::max(hidden_, inner_));
    std::fill_n(spread, places(rows_, hidden_), 0.0f);
    // A context's last row predicts for every sequence that follows it.
    for (int i = 0; i < scored(); ++i) {
        float* to = spread + places(packed_.scored_rows[static_cast<std::size_t>(i)], hidden_);
        for (int d = 0; d < hidden_; ++d) to[d] += dnormed[places(i, hidden_) + static_cast<std::size_t>(d)];
    }
    std::fill_n(dx, places(rows_, hidden_), 0.0f);
    kernels::rms_norm_backward(spread, x_.data(), rows_, hidden_, data(model_.norm), eps_, dx, gradient_of(model_.norm));

    for (std::size_t i = layers_.size(); i-- > 0;) {
        const Layer& layer = layers_[i];
        const Model::Layer& model = model_.layers[i];
        const PackedWeights::Layer& packed = weights_.layers[i];
        float* dinner = room(dqkv_, rows_, std::max(width_, mlp_));
        float* dgate_up = room(dwide_, rows_, 2 * mlp_);
        through(packed.down, model.down, dx, layer.inner.data(), rows_, dinner);
        kernels::silu_times_backward(dinner, layer.gate_up.data(), rows_, mlp_, dgate_up);
        through(packed.gate_up, model.gate_up, dgate_up, layer.middle_normed.data(), rows_, dnormed);
        kernels::rms_norm_backward(dnormed, layer.middle.data(), rows_, hidden_, data(model.attention_norm), eps_, dx,
                                   gradient_of(model.attention_norm));
        through(packed.o, model.o, dx, layer.y.data(), rows_, dy_.data());
        attention_backward(layer);
        prepare_heads_backward(model, layer);
        through(packed.qkv, model.qkv, dqkv_.data(), layer.normed.data(), rows_, dnormed);
        kernels::rms_norm_backward(dnormed, layer.x.data(), rows_, hidden_, data(model.input_norm), eps_, dx,
                                   gradient_of(model.input_norm));
    }
    if (model_.adapter) return;
    for (int row = 0; row < rows_; ++row) {
        float* to = gradient_of(model_.embedding) + places(packed_.tokens[static_cast<std::size_t>(row)], hidden_);
        for (int d = 0; d < hidden_; ++d) to[d] += dx[places(row, hidden_) + static_cast<std::size_t>(d)];
    }
}

}  // namespace foothold
