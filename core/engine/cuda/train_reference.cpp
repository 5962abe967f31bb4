// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/cuda/train_reference.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace foothold {
namespace {

const float* floats(const void* numbers) { return static_cast<const float*>(numbers); }
float* floats(void* numbers) { return static_cast<float*>(numbers); }
std::size_t at(int row, int width) { return static_cast<std::size_t>(row) * static_cast<std::size_t>(width); }

/// What silu's input x gives: silu(x) and its slope.
struct Silu {
    explicit Silu(float x) {
        const float sigmoid = 1 / (1 + std::exp(-x));
        value = x * sigmoid;
        slope = sigmoid * (1 + x * (1 - sigmoid));
    }
    float value, slope;
};

/// Pairs (x[i], x[i + size / 2]) turned by an angle, or back.
void turn(float* x, int size, const float* cos, const float* sin, float direction) {
    const int half = size / 2;
    for (int i = 0; i < half; ++i) {
        const float first = x[i], second = x[half + i], s = direction * sin[i];
        x[i] = first * cos[i] - second * s;
        x[half + i] = second * cos[i] + first * s;
    }
}

}  // namespace

void ReferenceTrainOps::embed(int rows, int size, const Token* tokens, const void* table, float* x) {
    for (int row = 0; row < rows; ++row) std::copy_n(floats(table) + at(tokens[row], size), size, x + at(row, size));
}

void ReferenceTrainOps::add_embedding_gradient(int distinct, int size, const Token* tokens, const Lists& lists, const float* dx,
                                               float* dtable) {
    for (int i = 0; i < distinct; ++i)
        for (int k = lists.begins[i]; k < lists.begins[i + 1]; ++k)
            for (int d = 0; d < size; ++d) dtable[at(tokens[i], size) + at(d, 1)] += dx[at(lists.which[k], size) + at(d, 1)];
}

void ReferenceTrainOps::multiply(int rows, int inputs, int outputs, const void* x, const void* weight, void* y, bool) {
    for (int row = 0; row < rows; ++row)
        for (int output = 0; output < outputs; ++output) {
            const float *a = floats(x) + at(row, inputs), *b = floats(weight) + at(output, inputs);
            float sum = 0;
            for (int i = 0; i < inputs; ++i) sum += a[i] * b[i];
            floats(y)[at(row, outputs) + at(output, 1)] = sum;
        }
}

void ReferenceTrainOps::multiply_back(int rows, int inputs, int outputs, const void* dy, const void* weight, void* dx) {
    std::fill_n(floats(dx), at(rows, inputs), 0.0f);
    for (int row = 0; row < rows; ++row)
        for (int output = 0; output < outputs; ++output)
            for (int i = 0; i < inputs; ++i)
                floats(dx)[at(row, inputs) + at(i, 1)] +=
                    floats(dy)[at(row, outputs) + at(output, 1)] * floats(weight)[at(output, inputs) + at(i, 1)];
}

void ReferenceTrainOps::add_weight_gradient(int rows, int inputs, int outputs, const void* dy, const void* x, float* dweight) {
    for (int row = 0; row < rows; ++row)
        for (int output = 0; output < outputs; ++output)
            for (int i = 0; i < inputs; ++i)
                dweight[at(output, inputs) + at(i, 1)] += floats(dy)[at(row, outputs) + at(output, 1)] * floats(x)[at(row, inputs) + at(i, 1)];
}

void ReferenceTrainOps::add_column_sums(int rows, int columns, const void* x, float* to) {
    for (int row = 0; row < rows; ++row)
        for (int i = 0; i < columns; ++i) to[i] += floats(x)[at(row, columns) + at(i, 1)];
}

void ReferenceTrainOps::add_rms_norm(int rows, int size, const float* x, const void* delta, const void* weight, float eps, float* sum,
                                     void* y, float* inverse) {
    for (int row = 0; row < rows; ++row) {
        double squares = 0;
        for (int i = 0; i < size; ++i) {
            const std::size_t place = at(row, size) + at(i, 1);
            sum[place] = x[place] + (delta ? floats(delta)[place] : 0);
            squares += static_cast<double>(sum[place]) * static_cast<double>(sum[place]);
        }
        inverse[row] = static_cast<float>(1 / std::sqrt(squares / size + static_cast<double>(eps)));
        for (int i = 0; i < size; ++i)
            floats(y)[at(row, size) + at(i, 1)] = sum[at(row, size) + at(i, 1)] * inverse[row] * floats(weight)[i];
    }
}

void ReferenceTrainOps::rms_norm_backward(int rows, int size, const void* dy, const float* x, const float* inverse, const void* weight,
                                          float* dx, void* rounded, float* dweight) {
    for (int row = 0; row < rows; ++row) {
        const float *slope = floats(dy) + at(row, size), *mine = x + at(row, size), r = inverse[row];
        float dot = 0;
        for (int i = 0; i < size; ++i) dot += slope[i] * floats(weight)[i] * mine[i];
        const float pull = dot * r * r * r / static_cast<float>(size);
        for (int i = 0; i < size; ++i) {
            float& to = dx[at(row, size) + at(i, 1)];
            to += slope[i] * floats(weight)[i] * r - mine[i] * pull;
            floats(rounded)[at(row, size) + at(i, 1)] = to;
            if (dweight) dweight[i] += slope[i] * mine[i] * r;
        }
    }
}

void ReferenceTrainOps::rotate(int rows, const Heads& heads, const int* positions, const void* bias, const float* cos, const float* sin,
                               void* qkv) {
    for (int row = 0; row < rows; ++row) {
        float* mine = floats(qkv) + at(row, heads.width());
        if (bias)
            for (int i = 0; i < heads.width(); ++i) mine[i] += floats(bias)[i];
        const std::size_t angle = at(positions[row], heads.size / 2);
        for (int head = 0; head < heads.heads + heads.kv_heads; ++head) turn(mine + head * heads.size, heads.size, cos + angle, sin + angle, 1);
    }
}

void ReferenceTrainOps::rotate_back(int rows, const Heads& heads, const int* positions, const Lists& readers, const float* cos,
                                    const float* sin, const void* dq, const void* dk, const void* dv, void* dqkv) {
    const int queries = heads.heads * heads.size, keys = heads.kv_heads * heads.size;
    for (int row = 0; row < rows; ++row) {
        float* mine = std::copy_n(floats(dq) + at(row, queries), queries, floats(dqkv) + at(row, heads.width()));
        std::fill_n(mine, 2 * keys, 0.0f);
        for (int k = readers.begins[row]; k < readers.begins[row + 1]; ++k)
            for (int i = 0; i < keys; ++i) {
                mine[i] += floats(dk)[at(readers.which[k], keys) + at(i, 1)];
                mine[keys + i] += floats(dv)[at(readers.which[k], keys) + at(i, 1)];
            }
        const std::size_t angle = at(positions[row], heads.size / 2);
        for (int head = 0; head < heads.heads + heads.kv_heads; ++head)
            turn(mine - queries + head * heads.size, heads.size, cos + angle, sin + angle, -1);
    }
}

namespace {

/// Calls work(row, head, first key, keys seen).
template <class Work>
void each_query(const PackedAttention& a, Work&& work) {
    for (int row = 0; row < a.rows; ++row) {
        const int sequence = a.bounds.sequence_of_row[row], first = a.bounds.key_begins[sequence];
        const int unseen = a.bounds.query_begins[sequence + 1] - 1 - row;
        for (int head = 0; head < a.heads.heads; ++head) work(row, head, first, a.bounds.key_begins[sequence + 1] - first - unseen);
    }
}

float dot(const float* x, const float* y, int size) {
    float sum = 0;
    for (int i = 0; i < size; ++i) sum += x[i] * y[i];
    return sum;
}

}  // namespace

void ReferenceTrainOps::attend(const PackedAttention& a, void* y, float* log_sums) {
    const int size = a.heads.size, group = a.heads.heads / a.heads.kv_heads;
    const float scale = 1 / std::sqrt(static_cast<float>(size));
    std::vector<double> chances;
    each_query(a, [&](int row, int head, int first, int count) {
        const float* q = floats(a.q) + at(row, a.q_stride) + at(head, size);
        const std::size_t column = at(head / group, size), place = at(row, a.heads.heads) + at(head, 1);
        chances.resize(static_cast<std::size_t>(count));
        for (int key = 0; key < count; ++key)
            chances[at(key, 1)] = static_cast<double>(scale * dot(q, floats(a.k) + at(first + key, a.kv_stride) + column, size));
        const double largest = std::ranges::max(chances);
        double total = 0;
        for (double& chance : chances) total += chance = std::exp(chance - largest);
        log_sums[place] = static_cast<float>(largest + std::log(total));
        float* to = floats(y) + place * at(size, 1);
        std::fill_n(to, size, 0.0f);
        for (int key = 0; key < count; ++key)
            for (int i = 0; i < size; ++i)
                to[i] += static_cast<float>(chances[at(key, 1)] / total) * floats(a.v)[at(first + key, a.kv_stride) + column + at(i, 1)];
    });
}

void ReferenceTrainOps::attend_back(const PackedAttention& a, const void* y, const void* dy, const float* log_sums, float* dots, void* dq,
                                    void* dk, void* dv) {
    const int size = a.heads.size, group = a.heads.heads / a.heads.kv_heads, kv_width = a.heads.kv_heads * size;
    const float scale = 1 / std::sqrt(static_cast<float>(size));
    std::fill_n(floats(dq), at(a.rows, a.heads.heads * size), 0.0f);
    for (void* to : {dk, dv}) std::fill_n(floats(to), at(a.keys, kv_width), 0.0f);
    each_query(a, [&](int row, int head, int first, int count) {
        const std::size_t column = at(head / group, size), place = at(row, a.heads.heads) + at(head, 1);
        const float *q = floats(a.q) + at(row, a.q_stride) + at(head, size), *slope = floats(dy) + place * at(size, 1);
        dots[place] = dot(slope, floats(y) + place * at(size, 1), size);
        for (int key = 0; key < count; ++key) {
            const float *k = floats(a.k) + at(first + key, a.kv_stride) + column, *v = floats(a.v) + at(first + key, a.kv_stride) + column;
            const float chance = std::exp(scale * dot(q, k, size) - log_sums[place]), ds = chance * (dot(slope, v, size) - dots[place]) * scale;
            float *to_k = floats(dk) + at(first + key, kv_width) + column, *to_v = floats(dv) + at(first + key, kv_width) + column;
            for (int i = 0; i < size; ++i) {
                floats(dq)[place * at(size, 1) + at(i, 1)] += ds * k[i];
                to_k[i] += ds * q[i];
                to_v[i] += chance * slope[i];
            }
        }
    });
}

void ReferenceTrainOps::sum_lines(int rows, int size, const Lists& lists, const void* from, void* to) {
    std::fill_n(floats(to), at(rows, size), 0.0f);
    for (int row = 0; row < rows; ++row)
        for (int k = lists.begins[row]; k < lists.begins[row + 1]; ++k)
            for (int i = 0; i < size; ++i) floats(to)[at(row, size) + at(i, 1)] += floats(from)[at(lists.which[k], size) + at(i, 1)];
}

void ReferenceTrainOps::silu_times(int rows, int size, const void* gate_up, void* y) {
    for (int row = 0; row < rows; ++row)
        for (int i = 0; i < size; ++i) {
            const float* gate = floats(gate_up) + at(row, 2 * size) + at(i, 1);
            floats(y)[at(row, size) + at(i, 1)] = Silu(*gate).value * gate[size];
        }
}

void ReferenceTrainOps::silu_times_backward(int rows, int size, void* dy, void* gate_up) {
    for (int row = 0; row < rows; ++row)
        for (int i = 0; i < size; ++i) {
            float *gate = floats(gate_up) + at(row, 2 * size) + at(i, 1), *slope = floats(dy) + at(row, size) + at(i, 1);
            const Silu silu(*gate);
            const float up = gate[size], given = *slope;
            *gate = given * up * silu.slope;
            gate[size] = given * silu.value;
            *slope = silu.value * up;
        }
}

void ReferenceTrainOps::logprobs(int rows, int vocabulary, const float* logits, const Token* targets, float* logprobs, float* log_sums) {
    for (int row = 0; row < rows; ++row) {
        const float* mine = logits + at(row, vocabulary);
        const double largest = static_cast<double>(*std::max_element(mine, mine + vocabulary));
        double total = 0;
        for (int i = 0; i < vocabulary; ++i) total += std::exp(static_cast<double>(mine[i]) - largest);
        const double log_sum = largest + std::log(total);
        log_sums[row] = static_cast<float>(log_sum);
        logprobs[row] = static_cast<float>(static_cast<double>(mine[targets[row]]) - log_sum);
    }
}

void ReferenceTrainOps::logprobs_backward(int rows, int vocabulary, const float* logits, const Token* targets, const float* log_sums,
                                          const float* slopes, void* dlogits) {
    for (int row = 0; row < rows; ++row) {
        float* to = floats(dlogits) + at(row, vocabulary);
        for (int i = 0; i < vocabulary; ++i) to[i] = -slopes[row] * std::exp(logits[at(row, vocabulary) + at(i, 1)] - log_sums[row]);
        to[targets[row]] += slopes[row];
    }
}

double ReferenceTrainOps::sum_of_squares(std::int64_t count, const float* x) {
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    return sum;
}

void ReferenceTrainOps::adamw(std::int64_t count, const AdamWStep& step, const float* gradient, float* weights, float* first_moment,
                              float* second_moment, void* rounded) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float slope = gradient[i] * step.scale;
        first_moment[i] += (slope - first_moment[i]) * (1 - step.beta1);
        second_moment[i] = step.beta2 * second_moment[i] + (1 - step.beta2) * slope * slope;
        weights[i] *= 1 - step.lr * step.weight_decay;
        weights[i] -= step.lr / step.correction1 * first_moment[i] / (std::sqrt(second_moment[i]) / std::sqrt(step.correction2) + step.eps);
        if (rounded) floats(rounded)[i] = weights[i];
    }
}

}  // namespace foothold
