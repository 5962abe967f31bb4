// SPDX-License-Identifier: GPL-3.0-or-later
// The layers' arithmetic; the sampler is in reference_sampler.cpp.
#include "engine/cuda/reference.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <vector>

#include "engine/cuda/forward.h"

namespace foothold {
namespace {

const float* floats(const void* numbers) { return static_cast<const float*>(numbers); }
float* floats(void* numbers) { return static_cast<float*>(numbers); }
std::size_t at(int row, int width) { return static_cast<std::size_t>(row) * static_cast<std::size_t>(width); }

/// Where a position's numbers of one head begin in a layer's keys or values.
std::size_t place(const Rows& rows, int row, const Heads& heads, int head, int position) {
    const int shared = rows.shared[row];
    const int page = rows.tables[at(rows.table_of[row], rows.table_width) + at(table_entry(position, shared), 1)];
    return at((page * heads.kv_heads + head) * page_tokens + page_place(position, shared), heads.size);
}

/// y = x / sqrt(mean(x^2) + eps) x weight.
void rms_norm(const float* x, const float* weight, int size, float eps, float* y) {
    double squares = 0;
    for (int i = 0; i < size; ++i) squares += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    const auto scale = static_cast<float>(1 / std::sqrt(squares / size + static_cast<double>(eps)));
    for (int i = 0; i < size; ++i) y[i] = x[i] * scale * weight[i];
}

class KeptWork final : public StepGraph {
public:
    explicit KeptWork(std::function<void()> work) : work_(std::move(work)) {}
    void launch() override { work_(); }

private:
    std::function<void()> work_;
};

}  // namespace

void* ReferenceOps::allocate(std::size_t bytes) {
    constexpr std::align_val_t alignment{256};
    void* memory = ::operator new(bytes, alignment);
    std::memset(memory, 0, bytes);
    return memory;
}

void ReferenceOps::release(void* memory) noexcept { ::operator delete(memory, std::align_val_t{256}); }

void ReferenceOps::upload(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }

std::unique_ptr<StepGraph> ReferenceOps::capture(const std::function<void()>& work) { return std::make_unique<KeptWork>(work); }

void ReferenceOps::embed(const Rows& rows, const void* table, int size, float* x) {
    for (int row = 0; row < rows.count; ++row) {
        if (rows.positions[row] < 0)
            std::fill_n(x + at(row, size), size, 0.0f);
        else
            std::copy_n(floats(table) + at(rows.tokens[row], size), size, x + at(row, size));
    }
}

void ReferenceOps::add_rms_norm(int rows, int size, float* x, const float* delta, int parts, const void* weight, float eps, void* y) {
    for (int row = 0; row < rows; ++row) {
        float* mine = x + at(row, size);
        for (int part = 0; part < parts; ++part)
            for (int i = 0; i < size; ++i) mine[i] += delta[at(part * rows + row, size) + at(i, 1)];
        rms_norm(mine, floats(weight), size, eps, floats(y) + at(row, size));
    }
}

void ReferenceOps::multiply(int rows, int inputs, int outputs, const void* a, const void* weight, void* c, bool) {
    for (int row = 0; row < rows; ++row)
        for (int output = 0; output < outputs; ++output) {
            const float *x = floats(a) + at(row, inputs), *w = floats(weight) + at(output, inputs);
            double sum = 0;
            for (int i = 0; i < inputs; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(w[i]);
            floats(c)[at(row, outputs) + at(output, 1)] = static_cast<float>(sum);
        }
}

void ReferenceOps::multiply_parts(int rows, int inputs, int outputs, const void* a, const void* weight, float* parts) {
    const int count = product_parts(inputs, outputs), share = inputs / count;
    for (int part = 0; part < count; ++part)
        for (int row = 0; row < rows; ++row)
            for (int output = 0; output < outputs; ++output) {
                const float *x = floats(a) + at(row, inputs) + at(part, share), *w = floats(weight) + at(output, inputs) + at(part, share);
                double sum = 0;
                for (int i = 0; i < share; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(w[i]);
                parts[at(part * rows + row, outputs) + at(output, 1)] = static_cast<float>(sum);
            }
}

void ReferenceOps::rotate_append(const Rows& rows, const Heads& heads, const HeadWeights& weights, void* qkv, const Pages& pages) {
    const int size = heads.size, half = size / 2;
    for (int row = 0; row < rows.count; ++row) {
        const int position = rows.positions[row];
        if (position < 0) continue;
        float* mine = floats(qkv) + at(row, heads.width());
        if (weights.bias)
            for (int i = 0; i < heads.width(); ++i) mine[i] += floats(weights.bias)[i];
        const float *cos = weights.cos + at(position, half), *sin = weights.sin + at(position, half);
        for (int head = 0; head < heads.heads + heads.kv_heads; ++head) {
            float* x = mine + at(head, size);
            if (const void* norm = head < heads.heads ? weights.q_norm : weights.k_norm)
                rms_norm(x, floats(norm), size, weights.eps, x);
            for (int i = 0; i < half; ++i) {
                const float a = x[i], b = x[half + i];
                x[i] = a * cos[i] - b * sin[i];
                x[half + i] = b * cos[i] + a * sin[i];
            }
        }
        for (int head = 0; head < heads.kv_heads; ++head) {
            const std::size_t to = place(rows, row, heads, head, position);
            std::copy_n(mine + at(heads.heads + head, size), size, floats(pages.keys) + to);
            std::copy_n(mine + at(heads.heads + heads.kv_heads + head, size), size, floats(pages.values) + to);
        }
    }
}

void ReferenceOps::attend(const Rows& rows, const Heads& heads, const void* qkv, const Pages& pages, void* y) {
    const int size = heads.size, group = heads.heads / heads.kv_heads;
    const double scale = 1 / std::sqrt(static_cast<double>(size));
    std::vector<double> weights, sum(static_cast<std::size_t>(size));
    for (int row = 0; row < rows.count; ++row)
        for (int head = 0; head < heads.heads; ++head) {
            float* to = floats(y) + at(row * heads.heads + head, size);
            std::fill_n(to, size, 0.0f);
            const int length = rows.positions[row] + 1;
            if (length <= 0) continue;
            const float* q = floats(qkv) + at(row, heads.width()) + at(head, size);
            weights.assign(static_cast<std::size_t>(length), 0);
            for (int t = 0; t < length; ++t) {
                const float* key = floats(pages.keys) + place(rows, row, heads, head / group, t);
                double dot = 0;
                for (int i = 0; i < size; ++i) dot += static_cast<double>(q[i]) * static_cast<double>(key[i]);
                weights[static_cast<std::size_t>(t)] = dot * scale;
            }
            const double largest = *std::ranges::max_element(weights);
            double total = 0;
            for (double& weight : weights) total += weight = std::exp(weight - largest);
            std::ranges::fill(sum, 0.0);
            for (int t = 0; t < length; ++t) {
                const float* value = floats(pages.values) + place(rows, row, heads, head / group, t);
                for (int i = 0; i < size; ++i)
                    sum[static_cast<std::size_t>(i)] += weights[static_cast<std::size_t>(t)] / total * static_cast<double>(value[i]);
            }
            for (int i = 0; i < size; ++i) to[i] = static_cast<float>(sum[static_cast<std::size_t>(i)]);
        }
}

void ReferenceOps::silu_times(int rows, int size, const void* gate_up, void* y) {
    for (int row = 0; row < rows; ++row) {
        const float* gate = floats(gate_up) + at(row, 2 * size);
        for (int i = 0; i < size; ++i) floats(y)[at(row, size) + at(i, 1)] = gate[i] / (1 + std::exp(-gate[i])) * gate[size + i];
    }
}

void ReferenceOps::decode(const ModelConfig& config, const DecoderWeights& weights, std::span<const Pages> pages, const Rows& rows,
                          const SamplerState& state, int steps) {
    const auto room = [&](int columns) { return std::vector<float>(at(rows.count, columns)); };
    const int inner = config.num_attention_heads * config.head_size(), kv = config.num_key_value_heads * config.head_size();
    auto x = room(config.hidden_size), logits = room(config.vocab_size), normed = room(config.hidden_size), qkv = room(inner + 2 * kv),
         y = room(inner), delta = room(delta_parts(config) * config.hidden_size), gate_up = room(2 * config.intermediate_size), gated = room(config.intermediate_size);
    for (int step = 0; step < steps; ++step) {
        forward(*this, config, weights, pages, rows,
                {x.data(), logits.data(), delta.data(), normed.data(), qkv.data(), y.data(), gate_up.data(), gated.data()}, true);
        sample(rows.count, config.vocab_size, logits.data(), state);
    }
}

}  // namespace foothold
