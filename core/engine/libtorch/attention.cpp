// SPDX-License-Identifier: GPL-3.0-or-later
// Attention of one query at a time, forward and backward. Compiled like kernels.cpp; the same rule about headers holds.
#include "engine/libtorch/kernels.h"
#include "engine/libtorch/lanes.h"

namespace foothold::kernels {
namespace {

/// Scores of one span, then -infinity up to the next multiple of 8. Returns how many numbers were written.
inline int scores(const float* q, int size, float scale, const Span& span, float* to) {
    const int padded = (span.length + 7) / 8 * 8;
    int t = 0;
    for (; t + 32 <= padded; t += 32) {
        Lanes s0{}, s1{}, s2{}, s3{};
        for (int d = 0; d < size; ++d) {
            const float* keys = span.keys + static_cast<std::size_t>(d) * static_cast<std::size_t>(span.capacity) + t;
            const Lanes value = all(q[d]);
            s0 += value * load(keys);
            s1 += value * load(keys + 8);
            s2 += value * load(keys + 16);
            s3 += value * load(keys + 24);
        }
        store(to + t, s0 * scale);
        store(to + t + 8, s1 * scale);
        store(to + t + 16, s2 * scale);
        store(to + t + 24, s3 * scale);
    }
    for (; t < padded; t += 8) {
        Lanes s{};
        for (int d = 0; d < size; ++d)
            s += q[d] * load(span.keys + static_cast<std::size_t>(d) * static_cast<std::size_t>(span.capacity) + t);
        store(to + t, s * scale);
    }
    for (int i = span.length; i < padded; ++i) to[i] = -__builtin_inff();
    return padded;
}

/// y[8 blocks] += weights x values over one span.
template <int blocks>
inline void gather(const float* weights, const Span& span, int size, float* y) {
    Lanes even[blocks], odd[blocks]{};
    for (int b = 0; b < blocks; ++b) even[b] = load(y + 8 * b);
    int t = 0;
    for (; t + 2 <= span.length; t += 2) {
        const float* v = span.values + static_cast<std::size_t>(t) * static_cast<std::size_t>(size);
        for (int b = 0; b < blocks; ++b) even[b] += weights[t] * load(v + 8 * b);
        for (int b = 0; b < blocks; ++b) odd[b] += weights[t + 1] * load(v + size + 8 * b);
    }
    if (t < span.length)
        for (int b = 0; b < blocks; ++b)
            even[b] +=
                weights[t] * load(span.values + static_cast<std::size_t>(t) * static_cast<std::size_t>(size) + 8 * b);
    for (int b = 0; b < blocks; ++b) store(y + 8 * b, even[b] + odd[b]);
}

inline void gather_all(const float* weights, Span span, int size, float* y) {
    int d = 0;
    for (; d + 32 <= size; d += 32, span.values += 32) gather<4>(weights, span, size, y + d);
    for (; d + 24 <= size; d += 24, span.values += 24) gather<3>(weights, span, size, y + d);
    for (; d + 16 <= size; d += 16, span.values += 16) gather<2>(weights, span, size, y + d);
    for (; d + 8 <= size; d += 8, span.values += 8) gather<1>(weights, span, size, y + d);
    for (; d < size; ++d, ++span.values)
        for (int t = 0; t < span.length; ++t)
            y[d] += weights[t] * span.values[static_cast<std::size_t>(t) * static_cast<std::size_t>(size)];
}

/// to [length, size] += weights [length] x vector [8 blocks].
template <int blocks>
inline void spread(const float* weights, const float* vector, int length, int size, float* to) {
    Lanes v[blocks];
    for (int b = 0; b < blocks; ++b) v[b] = load(vector + 8 * b);
    for (int t = 0; t < length; ++t, to += size)
        for (int b = 0; b < blocks; ++b) store(to + 8 * b, load(to + 8 * b) + weights[t] * v[b]);
}

inline void spread_all(const float* weights, const float* vector, int length, int size, float* to) {
    int d = 0;
    for (; d + 32 <= size; d += 32) spread<4>(weights, vector + d, length, size, to + d);
    for (; d + 24 <= size; d += 24) spread<3>(weights, vector + d, length, size, to + d);
    for (; d + 16 <= size; d += 16) spread<2>(weights, vector + d, length, size, to + d);
    for (; d + 8 <= size; d += 8) spread<1>(weights, vector + d, length, size, to + d);
    for (; d < size; ++d)
        for (int t = 0; t < length; ++t) to[at(t, size) + static_cast<std::size_t>(d)] += weights[t] * vector[d];
}

}  // namespace

float attend(const float* q, int size, float scale, const Span& first, const Span& second, float* scratch, float* y) {
    const int begin = scores(q, size, scale, first, scratch),
              count = begin + scores(q, size, scale, second, scratch + begin);
    Lanes largest = all(-__builtin_inff());
    for (int t = 0; t < count; t += 8) {
        const Lanes value = load(scratch + t);
        largest = value > largest ? value : largest;
    }
    float top = largest[0];
    for (int i = 1; i < 8; ++i) top = largest[i] > top ? largest[i] : top;
    Lanes total{};
    for (int t = 0; t < count; t += 8) {
        const Lanes value = exponential(load(scratch + t) - top);
        store(scratch + t, value);
        total += value;
    }
    for (int d = 0; d < size; ++d) y[d] = 0;
    gather_all(scratch, first, size, y);
    gather_all(scratch + begin, second, size, y);
    const float factor = 1 / sum(total);
    for (int d = 0; d < size; ++d) y[d] *= factor;
    return top + __builtin_logf(sum(total));
}

void attend_backward(const float* q, const float* y, const float* dy, float log_sum, int size, float scale,
                     const SpanBackward& span, float* scratch, float* dq) {
    const int padded = (span.length + 7) / 8 * 8;
    float *weights = scratch, *slopes = scratch + padded;
    scores(q, size, scale, {span.keys_across, nullptr, span.capacity, span.length}, weights);
    scores(dy, size, 1, {span.values_across, nullptr, span.capacity, span.length}, slopes);
    for (int t = span.length; t < padded; ++t) slopes[t] = 0;
    float dot = 0;
    for (int d = 0; d < size; ++d) dot += dy[d] * y[d];
    for (int t = 0; t < padded; t += 8) {
        const Lanes weight = exponential(load(weights + t) - log_sum);
        store(weights + t, weight);
        store(slopes + t, weight * (load(slopes + t) - dot) * scale);
    }
    for (int d = 0; d < size; ++d) dq[d] = 0;
    gather_all(slopes, {nullptr, span.keys, span.capacity, span.length}, size, dq);
    spread_all(slopes, q, span.length, size, span.dkeys);
    spread_all(weights, dy, span.length, size, span.dvalues);
}

}  // namespace foothold::kernels
