// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of a small model on a processor, on plain arrays of floats. Every row's numbers depend on that row
// alone, never on how many share the call, so that a completion is the same to the bit whoever it is sampled with.
// Compiled for eight floats at a time (AVX2 on x86-64) and for sixteen (AVX-512); which of them runs is a matter of the
// processor, so that rounding is too. FOOTHOLD_KERNELS=eight in the environment keeps to the first, for tests and benchmarks.
#pragma once
#include <cstddef>

namespace foothold::kernels {

/// Whether this processor has the instructions that these functions are compiled for.
bool supported();

constexpr int panel = 16;  ///< Columns of a packed matrix that lie together.

/// Numbers that a packed matrix of `outputs` x `inputs` takes.
constexpr std::size_t packed_size(int outputs, int inputs) {
    return static_cast<std::size_t>((outputs + panel - 1) / panel) * panel * static_cast<std::size_t>(inputs);
}

/// Weights [outputs, inputs] to panels [outputs / 16, inputs, 16], the last one filled up with zeros.
void pack(const float* weights, int outputs, int inputs, float* packed);

/// Columns of x [rows, columns] to panels [columns / 16, rows, 16]. Of weights [outputs, inputs] it makes what
/// multiply() needs to go from outputs back to inputs.
void pack_columns(const float* x, int rows, int columns, float* packed);

/// Columns `first` (a multiple of 16) to `last` of c [rows, outputs] = plus + a [rows, inputs] x weights^T; `plus` [rows,
/// outputs] may be c, and null is nothing.
void multiply_columns(const float* a, int rows, int inputs, const float* packed, int outputs, int first, int last,
                      const float* plus, float* c);
/// All columns.
inline void multiply(const float* a, int rows, int inputs, const float* packed, int outputs, const float* plus, float* c) {
    multiply_columns(a, rows, inputs, packed, outputs, 0, outputs, plus, c);
}

/// c [rows, outputs] = a x weights^T with sums in pieces, for many inputs: not the same to the bit as multiply().
void multiply_deep(const float* a, int rows, int inputs, const float* packed, int outputs, float* c);

/// c [a_columns, b_columns] += a^T b, of a [rows, a_columns] and b [rows, b_columns] packed by columns.
void add_outer(const float* packed_a, int a_columns, const float* packed_b, int b_columns, int rows, float* c);

/// y = x / sqrt(mean(x^2) + eps) x weight for each row of [rows, size].
void rms_norm(const float* x, int rows, int size, const float* weight, float eps, float* y);

/// dx += and dweight [size] += what comes back through rms_norm().
void rms_norm_backward(const float* dy, const float* x, int rows, int size, const float* weight, float eps, float* dx,
                       float* dweight);

/// y [rows, size] = silu(gate) x up for rows of [gate | up], [rows, 2 size].
void silu_times(const float* gate_up, int rows, int size, float* y);

/// What comes back through silu_times(): dgate_up [rows, 2 size].
void silu_times_backward(const float* dy, const float* gate_up, int rows, int size, float* dgate_up);

/// Turns the pairs (x[i], x[i + size / 2]) of each of `heads` heads [heads, size] by cos and sin [size / 2], or `back`.
void rotate(float* x, int heads, int size, const float* cos, const float* sin, bool back = false);

/// Heads of `size` numbers each; heads / kv_heads of them share keys and values.
struct HeadCounts {
    int heads, kv_heads, size;
};

/// Of each head, `apart` numbers from one to the next: keys as pack() lays them out, [tokens / 16, size, 16], and values
/// [tokens, size]; `length` tokens count. Memory is there up to a multiple of 16.
struct Span {
    const float* keys = nullptr;
    const float* values = nullptr;
    int length = 0;
    std::size_t apart = 0;
};

/// Numbers of scratch that attend() needs for `tokens` in both spans.
constexpr std::size_t attend_scratch(int tokens) { return 4 * (static_cast<std::size_t>(tokens) + 2 * panel); }

/// y [heads, size] = softmax(scale x q . keys) values for one token's heads, over two spans, one after the other. Where the
/// first ends with a whole panel, the same to the bit as attend_rows().
void attend(const float* q, const HeadCounts& counts, float scale, const Span& first, const Span& second, float* scratch, float* y);

/// Queries of one head, `stride` numbers apart, that follow one another: query i sees the first before + i + 1 keys.
struct Queries {
    const float* q;
    int stride, count, before, size;
    float scale;
};

/// `count` keys and values of one head: pack() of keys [count, size], pack_columns() of values [count, size].
struct PackedHead {
    const float *keys, *values;
    int count;
};

/// Numbers of scratch that the next two need.
constexpr std::size_t attend_scratch(int size, int keys) {
    return 24 * static_cast<std::size_t>(2 * (keys + panel) + size + panel);
}

/// y [count, size], rows y_stride apart, = softmax(scale x q . keys) values; log_sums gets the logarithm of each query's
/// sum of exponentials.
void attend_rows(const Queries& queries, const PackedHead& head, float* scratch, float* y, int y_stride, float* log_sums,
                 int log_stride);

/// The same for the way back: pack() of keys and of values, pack_columns() of keys.
struct PackedHeadBackward {
    const float *keys, *values, *key_columns;
    int count;
};

/// What comes back through attend_rows(): dq laid out as q; dkeys and dvalues [keys, size] are added to.
void attend_rows_backward(const Queries& queries, const PackedHeadBackward& head, const float* y, const float* dy,
                          int y_stride, const float* log_sums, int log_stride, float* scratch, float* dq, float* dkeys,
                          float* dvalues);

/// y = exp(scale x (x - shift)); returns the sum.
double exponentials(const float* x, int size, float shift, float scale, float* y);

/// best [count] = the largest numbers of x, in falling order; -infinity where there are no more.
void find_largest(const float* x, int size, int count, float* best);

/// Sum of weights x (x - shift).
double weighted_sum(const float* weights, const float* x, int size, float shift);

}  // namespace foothold::kernels
