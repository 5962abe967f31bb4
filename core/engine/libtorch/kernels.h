// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of a small model on a processor, on plain arrays of floats. Every row's numbers depend on that row alone, never on
// how many share the call, so that a completion is the same to the bit whoever it is sampled with.
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

/// c [rows, outputs] = a [rows, inputs] x weights^T, or += with `add`.
void multiply(const float* a, int rows, int inputs, const float* packed, int outputs, float* c, bool add);

/// y = x / sqrt(mean(x^2) + eps) x weight for each row of [rows, size].
void rms_norm(const float* x, int rows, int size, const float* weight, float eps, float* y);

/// y [rows, size] = silu(gate) x up for rows of [gate | up], [rows, 2 size].
void silu_times(const float* gate_up, int rows, int size, float* y);

/// Turns the pairs (x[i], x[i + size / 2]) of each of `heads` heads [heads, size] by cos and sin [size / 2].
void rotate(float* x, int heads, int size, const float* cos, const float* sin);

/// Keys [size, capacity] and values [capacity, size] of one head; the first `length` tokens count. capacity is a multiple of 8.
struct Span {
    const float* keys = nullptr;
    const float* values = nullptr;
    int capacity = 0, length = 0;
};

/// y [size] = softmax(scale x q . keys) values over two spans, one after the other; `scratch` has room for both lengths + 16.
void attend(const float* q, int size, float scale, const Span& first, const Span& second, float* scratch, float* y);

/// y = exp(scale x (x - shift)), and returns the sum.
double exponentials(const float* x, int size, float shift, float scale, float* y);

}  // namespace foothold::kernels
