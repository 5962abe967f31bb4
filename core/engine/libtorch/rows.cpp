// SPDX-License-Identifier: GPL-3.0-or-later
// Kernels that take rows. Compiled for AVX2 and for AVX-512 on x86-64: nothing here may include a header with inline
// functions that the linker could hand to code for lesser processors.
#include "engine/libtorch/kernels.h"
#include "engine/libtorch/tiles.h"
#include "engine/libtorch/variants.h"

namespace foothold::kernels::FOOTHOLD_VARIANT {
namespace {

inline float inverse_rms(const float* x, int size, float eps) {
    Lanes squares{};
    int i = 0;
    for (; i + lanes <= size; i += lanes) squares += load(x + i) * load(x + i);
    float total = sum_all(squares);
    for (; i < size; ++i) total += x[i] * x[i];
    return 1 / __builtin_sqrtf(total / static_cast<float>(size) + eps);
}

}  // namespace

void pack(const float* weights, int outputs, int inputs, float* packed) {
    for (int first = 0; first < outputs; first += panel)
        for (int k = 0; k < inputs; ++k)
            for (int j = 0; j < panel; ++j)
                *packed++ = first + j < outputs ? weights[at(first + j, inputs) + static_cast<std::size_t>(k)] : 0;
}

void pack_columns(const float* x, int rows, int columns, float* packed) {
    pack_rows(x, static_cast<std::size_t>(columns), rows, columns, packed);
}

void multiply_columns(const float* a, int rows, int inputs, const float* packed, int outputs, int first, int last, const float* plus,
                      float* c) {
    product(a, static_cast<std::size_t>(inputs), 1, rows, inputs, packed + at(first, inputs), at(panel, inputs), last - first,
            further(plus, static_cast<std::size_t>(first)), c + first, static_cast<std::size_t>(outputs));
}

void multiply_deep(const float* a, int rows, int inputs, const float* packed, int outputs, float* c) {
    constexpr int piece = 1024;  // Some hundred rows of it stay in a core's cache while all outputs go by.
    for (int k = 0; k < inputs; k += piece)
        product(a + k, static_cast<std::size_t>(inputs), 1, rows, smaller(piece, inputs - k), packed + at(k, panel), at(panel, inputs),
                outputs, k > 0 ? c : nullptr, c, static_cast<std::size_t>(outputs));
}

void add_outer(const float* packed_a, int a_columns, const float* packed_b, int b_columns, int rows, float* c) {
    constexpr int most = lanes == 16 ? panel / 2 : tile_rows;  // Halves of a panel rather than 12 and a rest of 4.
    constexpr std::size_t cached = std::size_t{1} << 17;
    const std::size_t apart = at(panel, rows);
    const auto stride = static_cast<std::size_t>(b_columns);
    // As many of a's columns at a time as stay in a core's cache while all of b's go by.
    const int some = static_cast<int>(cached / apart + 1) * panel;
    for (int begin = 0; begin < a_columns; begin += some) {
        const float* b = packed_b;
        for (int first = 0; first < b_columns; first += tile_panels * panel, b += tile_panels * apart)
            for (int top = begin; top < smaller(begin + some, a_columns); top += panel) {
                float* to = c + at(top, b_columns) + first;
                product<most>(packed_a + at(top, rows), 1, panel, smaller(panel, a_columns - top), rows, b, apart,
                              smaller(tile_panels * panel, b_columns - first), to, to, stride);
            }
    }
}

void rms_norm(const float* x, int rows, int size, const float* weight, float eps, float* y) {
    for (int row = 0; row < rows; ++row, x += size, y += size) {
        const float factor = inverse_rms(x, size, eps);
        int i = 0;
        for (; i + lanes <= size; i += lanes) store(y + i, load(x + i) * factor * load(weight + i));
        for (; i < size; ++i) y[i] = x[i] * factor * weight[i];
    }
}

void rms_norm_backward(const float* dy, const float* x, int rows, int size, const float* weight, float eps, float* dx,
                       float* dweight) {
    for (int row = 0; row < rows; ++row, x += size, dy += size, dx += size) {
        const float factor = inverse_rms(x, size, eps);
        Lanes products{};
        int i = 0;
        for (; i + lanes <= size; i += lanes) {
            const Lanes slope = load(dy + i) * load(x + i);
            products += slope * load(weight + i);
            store(dweight + i, load(dweight + i) + slope * factor);
        }
        float dot = sum_all(products);
        for (; i < size; ++i) {
            dot += dy[i] * x[i] * weight[i];
            dweight[i] += dy[i] * x[i] * factor;
        }
        const float pull = dot * factor * factor * factor / static_cast<float>(size);
        for (i = 0; i + lanes <= size; i += lanes)
            store(dx + i, load(dx + i) + load(dy + i) * load(weight + i) * factor - load(x + i) * pull);
        for (; i < size; ++i) dx[i] += dy[i] * weight[i] * factor - x[i] * pull;
    }
}

void silu_times(const float* gate_up, int rows, int size, float* y) {
    for (int row = 0; row < rows; ++row, gate_up += 2 * size, y += size) {
        int i = 0;
        for (; i + lanes <= size; i += lanes) {
            const Lanes gate = load(gate_up + i);
            store(y + i, gate / (1.0f + exponential(-gate)) * load(gate_up + size + i));
        }
        for (; i < size; ++i) {
            const float gate = gate_up[i];
            y[i] = gate / (1 + exponential(all(-gate))[0]) * gate_up[size + i];
        }
    }
}

void silu_times_backward(const float* dy, const float* gate_up, int rows, int size, float* dgate_up) {
    for (int row = 0; row < rows; ++row, dy += size, gate_up += 2 * size, dgate_up += 2 * size) {
        int i = 0;
        for (; i + lanes <= size; i += lanes) {
            const Lanes gate = load(gate_up + i), up = load(gate_up + size + i), slope = load(dy + i);
            const Lanes sigmoid = 1.0f / (1.0f + exponential(-gate));
            store(dgate_up + i, slope * up * sigmoid * (1.0f + gate * (1.0f - sigmoid)));
            store(dgate_up + size + i, slope * gate * sigmoid);
        }
        for (; i < size; ++i) {
            const float gate = gate_up[i], sigmoid = 1 / (1 + exponential(all(-gate))[0]);
            dgate_up[i] = dy[i] * gate_up[size + i] * sigmoid * (1 + gate * (1 - sigmoid));
            dgate_up[size + i] = dy[i] * gate * sigmoid;
        }
    }
}

void rotate(float* x, int heads, int size, const float* cos, const float* sin, bool back) {
    const int half = size / 2;
    const float sign = back ? -1.0f : 1.0f;
    for (int head = 0; head < heads; ++head, x += size) {
        float* a = x;
        float* b = x + half;
        int i = 0;
        for (; i + lanes <= half; i += lanes) {
            const Lanes first = load(a + i), second = load(b + i), c = load(cos + i), s = load(sin + i) * sign;
            store(a + i, first * c - second * s);
            store(b + i, second * c + first * s);
        }
        for (; lanes > 8 && i + 8 <= half; i += 8) {
            const Eight first = load_eight(a + i), second = load_eight(b + i), c = load_eight(cos + i),
                        s = load_eight(sin + i) * sign;
            store_eight(a + i, first * c - second * s);
            store_eight(b + i, second * c + first * s);
        }
        for (; i + 4 <= half; i += 4) {  // Half a head of 24 is eight and four.
            const Four first = load_four(a + i), second = load_four(b + i), c = load_four(cos + i), s = load_four(sin + i) * sign;
            store_four(a + i, first * c - second * s);
            store_four(b + i, second * c + first * s);
        }
        for (; i < half; ++i) {
            const float first = a[i], second = b[i], s = sin[i] * sign;
            a[i] = first * cos[i] - second * s;
            b[i] = second * cos[i] + first * s;
        }
    }
}

double exponentials(const float* x, int size, float shift, float scale, float* y) {
    double total = 0;
    int i = 0;
    for (; i + 4 * lanes <= size; i += 4 * lanes) {
        Lanes values[4];
        for (int c = 0; c < 4; ++c) store(y + i + c * lanes, values[c] = exponential((load(x + i + c * lanes) - shift) * scale));
        total += static_cast<double>(sum_all((values[0] + values[1]) + (values[2] + values[3])));
    }
    for (; i + lanes <= size; i += lanes) {
        const Lanes value = exponential((load(x + i) - shift) * scale);
        store(y + i, value);
        total += static_cast<double>(sum_all(value));
    }
    for (; i < size; ++i) total += static_cast<double>(y[i] = exponential(all((x[i] - shift) * scale))[0]);
    return total;
}

void find_largest(const float* x, int size, int count, float* best) {
    for (int i = 0; i < count; ++i) best[i] = -__builtin_inff();
    const auto offer = [&](float value) {
        if (!(value > best[count - 1])) return;
        int at = count - 1;
        for (; at > 0 && value > best[at - 1]; --at) best[at] = best[at - 1];
        best[at] = value;
    };
    // Of a whole block only the largest is looked at, and seldom more: hardly any block has one of the best.
    constexpr int chains = 4, block = chains * lanes;
    int i = 0;
    for (; i + block <= size; i += block) {
        Lanes tops[chains];
        for (int c = 0; c < chains; ++c) tops[c] = load(x + i + c * lanes);
        for (int c = 1; c < chains; ++c) tops[0] = tops[c] > tops[0] ? tops[c] : tops[0];
        if (largest_of(tops[0]) > best[count - 1])
            for (int j = i; j < i + block; ++j) offer(x[j]);
    }
    for (; i < size; ++i) offer(x[i]);
}

double weighted_sum(const float* weights, const float* x, int size, float shift) {
    constexpr int block = 16 * lanes;  // As many in floats: what a vector's lane adds up stays exact enough.
    double total = 0;
    int i = 0;
    for (; i + block <= size; i += block) {
        Lanes sums[4]{};
        for (int j = 0; j < block; j += 4 * lanes)
            for (int c = 0; c < 4; ++c) sums[c] += load(weights + i + j + c * lanes) * (load(x + i + j + c * lanes) - shift);
        total += static_cast<double>(sum_all((sums[0] + sums[1]) + (sums[2] + sums[3])));
    }
    for (; i < size; ++i) total += static_cast<double>(weights[i]) * static_cast<double>(x[i] - shift);
    return total;
}

}  // namespace foothold::kernels::FOOTHOLD_VARIANT
