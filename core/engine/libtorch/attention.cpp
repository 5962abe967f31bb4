// SPDX-License-Identifier: GPL-3.0-or-later
// Attention: of one query, and of a block of them forward and backward. Compiled like rows.cpp; the same rule about
// headers holds.
#include "engine/libtorch/kernels.h"
#include "engine/libtorch/tiles.h"
#include "engine/libtorch/variants.h"

namespace foothold::kernels::FOOTHOLD_VARIANT {
namespace {

/// Products with the keys of one span, then -infinity up to the next multiple of `lanes`. Returns how many were written.
inline int scores(const float* q, int size, const Span& span, float* to) {
    const int padded = (span.length + lanes - 1) / lanes * lanes;
    const auto keys_from = [&](int t) { return span.keys + at(t / panel, size) * panel + t % panel; };
    int t = 0;
    for (; t + 4 * lanes <= padded; t += 4 * lanes) {
        Lanes sums[4]{};
        const float* keys[4];
        for (int i = 0; i < 4; ++i) keys[i] = keys_from(t + i * lanes);
        for (int d = 0; d < size; ++d) {
            const Lanes value = all(q[d]);
            for (int i = 0; i < 4; ++i) sums[i] += value * load(keys[i] + d * panel);
        }
        for (int i = 0; i < 4; ++i) store(to + t + i * lanes, sums[i]);
    }
    for (; t < padded; t += lanes) {
        Lanes s{};
        const float* keys = keys_from(t);
        for (int d = 0; d < size; ++d) s += q[d] * load(keys + d * panel);
        store(to + t, s);
    }
    for (int i = span.length; i < padded; ++i) to[i] = -__builtin_inff();
    return padded;
}

inline Eight part(const float* from, Eight) { return load_eight(from); }
inline void put(float* to, Eight value) { store_eight(to, value); }
#if FOOTHOLD_LANES == 16
inline Lanes part(const float* from, Lanes) { return load(from); }
inline void put(float* to, Lanes value) { store(to, value); }
#endif

/// y [blocks vectors] += weights x values over one span, value after value: the order of attend_rows().
template <class Vector, int blocks>
inline void gather(const float* weights, const Span& span, int size, float* y) {
    constexpr int wide = sizeof(Vector) / sizeof(float);
    Vector sums[blocks];
    for (int b = 0; b < blocks; ++b) sums[b] = part(y + wide * b, Vector{});
    const float* v = span.values;
    for (int t = 0; t < span.length; ++t, v += size)
        for (int b = 0; b < blocks; ++b) sums[b] += weights[t] * part(v + wide * b, Vector{});
    for (int b = 0; b < blocks; ++b) put(y + wide * b, sums[b]);
}

inline void gather_all(const float* weights, Span span, int size, float* y) {
    int d = 0;
    if constexpr (lanes == 16)
        for (; d + 64 <= size; d += 64, span.values += 64) gather<Lanes, 4>(weights, span, size, y + d);
    for (; d + 32 <= size; d += 32, span.values += 32) gather<Eight, 4>(weights, span, size, y + d);
    for (; d + 24 <= size; d += 24, span.values += 24) gather<Eight, 3>(weights, span, size, y + d);
    for (; d + 16 <= size; d += 16, span.values += 16) gather<Eight, 2>(weights, span, size, y + d);
    for (; d + 8 <= size; d += 8, span.values += 8) gather<Eight, 1>(weights, span, size, y + d);
    for (; d < size; ++d, ++span.values)
        for (int t = 0; t < span.length; ++t)
            y[d] += weights[t] * span.values[static_cast<std::size_t>(t) * static_cast<std::size_t>(size)];
}

constexpr int block = 24;  // Queries that go together: whole tiles, and little of what causality hides.

/// What a block of queries sees: keys in all, filled up to whole panels.
struct Seen {
    Seen(const Queries& queries, int first)
        : rows(smaller(block, queries.count - first)), before(queries.before + first), keys(before + rows),
          padded((keys + panel - 1) / panel * panel) {}
    int of(int row) const { return before + row + 1; }
    int rows, before, keys, padded;
};

}  // namespace

void attend(const float* q, int size, float scale, const Span& first, const Span& second, float* scratch, float* y) {
    const int begin = scores(q, size, first, scratch), count = begin + scores(q, size, second, scratch + begin);
    Lanes largest = all(-__builtin_inff());
    for (int t = 0; t < count; t += lanes) {
        const Lanes value = load(scratch + t);
        largest = value > largest ? value : largest;
    }
    const float top = largest_of(largest);
    Lanes total{};
    for (int t = 0; t < count; t += lanes) {
        const Lanes value = exponential((load(scratch + t) - top) * scale);
        store(scratch + t, value);
        total += value;
    }
    for (int d = 0; d < size; ++d) y[d] = 0;
    gather_all(scratch, first, size, y);
    gather_all(scratch + begin, second, size, y);
    const float factor = 1 / sum_all(total);
    for (int d = 0; d < size; ++d) y[d] *= factor;
}

void attend_rows(const Queries& queries, const PackedHead& head, float* scratch, float* y, int y_stride, float* log_sums,
                 int log_stride) {
    const int size = queries.size;
    const auto stride = static_cast<std::size_t>(queries.stride);
    for (int first = 0; first < queries.count; first += block) {
        const Seen seen(queries, first);
        const auto width = static_cast<std::size_t>(seen.padded);
        product(queries.q + at(first, queries.stride), stride, 1, seen.rows, size, head.keys, at(panel, size),
                seen.padded, scratch, width, false);
        float factors[block];
        float* row = scratch;
        for (int r = 0; r < seen.rows; ++r, row += seen.padded) {
            for (int t = seen.of(r); t < seen.padded; ++t) row[t] = -__builtin_inff();
            Lanes largest = all(-__builtin_inff());
            for (int t = 0; t < seen.padded; t += lanes) {
                const Lanes value = load(row + t);
                largest = value > largest ? value : largest;
            }
            const float top = largest_of(largest);
            Lanes total{};
            for (int t = 0; t < seen.padded; t += lanes) {
                const Lanes value = exponential((load(row + t) - top) * queries.scale);
                store(row + t, value);
                total += value;
            }
            factors[r] = 1 / sum_all(total);
            log_sums[at(first + r, log_stride)] = top * queries.scale + __builtin_logf(sum_all(total));
        }
        float* to = y + at(first, y_stride);
        product(scratch, width, 1, seen.rows, seen.keys, head.values, at(panel, head.count), size, to,
                static_cast<std::size_t>(y_stride), false);
        for (int r = 0; r < seen.rows; ++r, to += y_stride)
            for (int d = 0; d < size; ++d) to[d] *= factors[r];
    }
}

void attend_rows_backward(const Queries& queries, const PackedHeadBackward& head, const float* y, const float* dy,
                          int y_stride, const float* log_sums, int log_stride, float* scratch, float* dq, float* dkeys,
                          float* dvalues) {
    const int size = queries.size;
    const auto stride = static_cast<std::size_t>(queries.stride), across = static_cast<std::size_t>(y_stride);
    float *packed = scratch, *weights = packed + packed_size(size, block);
    for (int first = 0; first < queries.count; first += block) {
        const Seen seen(queries, first);
        const auto width = static_cast<std::size_t>(seen.padded);
        float* slopes = weights + at(block, seen.padded);
        const float *q = queries.q + at(first, queries.stride), *slope = dy + at(first, y_stride),
                    *result = y + at(first, y_stride);
        product(q, stride, 1, seen.rows, size, head.keys, at(panel, size), seen.padded, weights, width, false);
        product(slope, across, 1, seen.rows, size, head.values, at(panel, size), seen.padded, slopes, width, false);
        for (int r = 0; r < seen.rows; ++r) {
            float *weight = weights + at(r, seen.padded), *ds = slopes + at(r, seen.padded);
            float dot = 0;
            for (int d = 0; d < size; ++d) dot += slope[at(r, y_stride) + static_cast<std::size_t>(d)] *
                                                  result[at(r, y_stride) + static_cast<std::size_t>(d)];
            for (int t = seen.of(r); t < seen.padded; ++t) weight[t] = -__builtin_inff();
            const float log_sum = log_sums[at(first + r, log_stride)];
            for (int t = 0; t < seen.padded; t += lanes) {
                const Lanes value = exponential(load(weight + t) * queries.scale - log_sum);
                store(weight + t, value);
                store(ds + t, value * (load(ds + t) - dot) * queries.scale);
            }
        }
        product(slopes, width, 1, seen.rows, seen.keys, head.key_columns, at(panel, head.count), size,
                dq + at(first, queries.stride), stride, false);
        const auto columns = static_cast<std::size_t>(size);
        pack_rows(q, stride, seen.rows, size, packed);
        product(slopes, 1, width, seen.keys, seen.rows, packed, at(panel, seen.rows), size, dkeys, columns, true);
        pack_rows(slope, across, seen.rows, size, packed);
        product(weights, 1, width, seen.keys, seen.rows, packed, at(panel, seen.rows), size, dvalues, columns, true);
    }
}

}  // namespace foothold::kernels::FOOTHOLD_VARIANT
