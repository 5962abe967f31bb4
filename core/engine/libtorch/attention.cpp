// SPDX-License-Identifier: GPL-3.0-or-later
// Attention: of one query, and of a block of them forward and backward. Compiled like rows.cpp; the same rule about
// headers holds.
#include "engine/libtorch/kernels.h"
#include "engine/libtorch/tiles.h"
#include "engine/libtorch/variants.h"

namespace foothold::kernels::FOOTHOLD_VARIANT {
namespace {

constexpr int together = lanes == 16 ? 4 : 2;  ///< Heads that are computed side by side: their sums do not wait for one another.

/// Keys or values of `heads` heads.
template <int heads>
struct Heads {
    const float* of[heads];
};

/// Products of `heads` queries with `vectors` x lanes keys from key t on.
template <int heads, int vectors>
inline void some_scores(const float* q, int size, const Heads<heads>& keys, int t, float* to, std::size_t apart) {
    Lanes sums[heads][vectors]{};
    const float* from[vectors];
    for (int v = 0; v < vectors; ++v) from[v] = keys.of[0] + at((t + v * lanes) / panel, size) * panel + (t + v * lanes) % panel;
    std::ptrdiff_t between[heads];
    for (int h = 0; h < heads; ++h) between[h] = keys.of[h] - keys.of[0];
    for (int d = 0; d < size; ++d)
        for (int h = 0; h < heads; ++h) {
            const Lanes value = all(q[at(h, size) + static_cast<std::size_t>(d)]);
            for (int v = 0; v < vectors; ++v) sums[h][v] += value * load(from[v] + between[h] + d * panel);
        }
    for (int h = 0; h < heads; ++h)
        for (int v = 0; v < vectors; ++v) store(to + static_cast<std::size_t>(h) * apart + t + v * lanes, sums[h][v]);
}

/// Products with the keys of one span, then -infinity up to the next multiple of `lanes`; a head's numbers are `apart`
/// from the next one's.
template <int heads>
inline void scores(const float* q, int size, const Heads<heads>& keys, int length, float* to, std::size_t apart) {
    const int padded = (length + lanes - 1) / lanes * lanes;
    constexpr int most = heads > 1 && lanes == 8 ? 2 : 4;
    int t = 0;
    for (; t + most * lanes <= padded; t += most * lanes) some_scores<heads, most>(q, size, keys, t, to, apart);
    if (most == 4 && padded - t == 3 * lanes) some_scores<heads, 3>(q, size, keys, t, to, apart);
    else if (most == 4 && padded - t == 2 * lanes) some_scores<heads, 2>(q, size, keys, t, to, apart);
    else if (padded - t == lanes) some_scores<heads, 1>(q, size, keys, t, to, apart);
    for (int h = 0; h < heads; ++h, to += apart)
        for (int i = length; i < padded; ++i) to[i] = -__builtin_inff();
}

inline Eight part(const float* from, Eight) { return load_eight(from); }
inline void put(float* to, Eight value) { store_eight(to, value); }
#if FOOTHOLD_LANES == 16
inline Lanes part(const float* from, Lanes) { return load(from); }
inline void put(float* to, Lanes value) { store(to, value); }
#endif

/// y [heads, size] += weights x values over one span, value after value: the order of attend_rows(). Dimensions d to
/// d + blocks vectors.
template <class Vector, int blocks, int heads>
inline void gather(const float* weights, std::size_t apart, const Heads<heads>& values, int length, int size, int d, float* y) {
    constexpr int wide = sizeof(Vector) / sizeof(float);
    Vector sums[heads][blocks];
    const float* v[heads];
    for (int h = 0; h < heads; ++h) {
        v[h] = values.of[h] + d;
        for (int b = 0; b < blocks; ++b) sums[h][b] = part(y + at(h, size) + d + wide * b, Vector{});
    }
    std::size_t from = 0;
    for (int t = 0; t < length; ++t, from += static_cast<std::size_t>(size))
        for (int h = 0; h < heads; ++h) {
            const Vector weight = all<Vector>(weights[static_cast<std::size_t>(h) * apart + static_cast<std::size_t>(t)]);
            for (int b = 0; b < blocks; ++b) sums[h][b] += weight * part(v[h] + from + wide * b, Vector{});
        }
    for (int h = 0; h < heads; ++h)
        for (int b = 0; b < blocks; ++b) put(y + at(h, size) + d + wide * b, sums[h][b]);
}

template <int heads>
inline void gather_all(const float* weights, std::size_t apart, const Heads<heads>& values, int length, int size, float* y) {
    int d = 0;
    if constexpr (lanes == 16)
        for (; d + 64 <= size; d += 64) gather<Lanes, 4>(weights, apart, values, length, size, d, y);
    for (; d + 24 <= size && size % 24 == 0; d += 24) gather<Eight, 3>(weights, apart, values, length, size, d, y);
    for (; d + 32 <= size; d += 32) gather<Eight, 4>(weights, apart, values, length, size, d, y);
    for (; d + 16 <= size; d += 16) gather<Eight, 2>(weights, apart, values, length, size, d, y);
    for (; d + 8 <= size; d += 8) gather<Eight, 1>(weights, apart, values, length, size, d, y);
    for (; d < size; ++d)
        for (int h = 0; h < heads; ++h)
            for (int t = 0; t < length; ++t)
                y[at(h, size) + static_cast<std::size_t>(d)] += weights[static_cast<std::size_t>(h) * apart + static_cast<std::size_t>(t)] *
                                                                values.of[h][at(t, size) + static_cast<std::size_t>(d)];
}

/// Heads head to head + heads of one token.
template <int heads>
inline void attend_heads(const float* q, int head, const HeadCounts& counts, float scale, const Span& first, const Span& second,
                         float* scratch, float* y) {
    const int size = counts.size, begin = (first.length + lanes - 1) / lanes * lanes, count = begin + (second.length + lanes - 1) / lanes * lanes;
    const auto apart = static_cast<std::size_t>(count);
    Heads<heads> keys[2], values[2];
    for (int h = 0; h < heads; ++h)
        for (int i = 0; i < 2; ++i) {
            const Span& span = i == 0 ? first : second;
            const std::size_t place = static_cast<std::size_t>((head + h) / (counts.heads / counts.kv_heads)) * span.apart;
            keys[i].of[h] = span.keys + place;
            values[i].of[h] = span.values + place;
        }
    q += at(head, size);
    y += at(head, size);
    scores(q, size, keys[0], first.length, scratch, apart);
    scores(q, size, keys[1], second.length, scratch + begin, apart);
    float factors[heads];
    float* row = scratch;
    for (int h = 0; h < heads; ++h, row += count) {
        Lanes largest = all(-__builtin_inff());
        for (int t = 0; t < count; t += lanes) {
            const Lanes value = load(row + t);
            largest = value > largest ? value : largest;
        }
        const float top = largest_of(largest);
        Lanes total{};
        for (int t = 0; t < count; t += lanes) {
            const Lanes value = exponential((load(row + t) - top) * scale);
            store(row + t, value);
            total += value;
        }
        factors[h] = 1 / sum_all(total);
    }
    for (int i = 0; i < heads * size; ++i) y[i] = 0;
    gather_all(scratch, apart, values[0], first.length, size, y);
    gather_all(scratch + begin, apart, values[1], second.length, size, y);
    for (int h = 0; h < heads; ++h, y += size)
        for (int d = 0; d < size; ++d) y[d] *= factors[h];
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

void attend(const float* q, const HeadCounts& counts, float scale, const Span& first, const Span& second, float* scratch, float* y) {
    int head = 0;
    for (; head + together <= counts.heads; head += together) attend_heads<together>(q, head, counts, scale, first, second, scratch, y);
    for (; head < counts.heads; ++head) attend_heads<1>(q, head, counts, scale, first, second, scratch, y);
}

void attend_rows(const Queries& queries, const PackedHead& head, float* scratch, float* y, int y_stride, float* log_sums,
                 int log_stride) {
    const int size = queries.size;
    const auto stride = static_cast<std::size_t>(queries.stride);
    for (int first = 0; first < queries.count; first += block) {
        const Seen seen(queries, first);
        const auto width = static_cast<std::size_t>(seen.padded);
        product(queries.q + at(first, queries.stride), stride, 1, seen.rows, size, head.keys, at(panel, size),
                seen.padded, nullptr, scratch, width);
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
        product(scratch, width, 1, seen.rows, seen.keys, head.values, at(panel, head.count), size, nullptr, to,
                static_cast<std::size_t>(y_stride));
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
        product(q, stride, 1, seen.rows, size, head.keys, at(panel, size), seen.padded, nullptr, weights, width);
        product(slope, across, 1, seen.rows, size, head.values, at(panel, size), seen.padded, nullptr, slopes, width);
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
                nullptr, dq + at(first, queries.stride), stride);
        const auto columns = static_cast<std::size_t>(size);
        pack_rows(q, stride, seen.rows, size, packed);
        product(slopes, 1, width, seen.keys, seen.rows, packed, at(panel, seen.rows), size, dkeys, dkeys, columns);
        pack_rows(slope, across, seen.rows, size, packed);
        product(weights, 1, width, seen.keys, seen.rows, packed, at(panel, seen.rows), size, dvalues, dvalues, columns);
    }
}

}  // namespace foothold::kernels::FOOTHOLD_VARIANT
