// SPDX-License-Identifier: GPL-3.0-or-later
// Kernels for one row or many. Compiled for AVX2 and FMA on x86-64: nothing here may include a header with inline functions that the
// linker could hand to code for lesser processors.
#include "engine/libtorch/kernels.h"

#include "engine/libtorch/lanes.h"

namespace foothold::kernels {
namespace {

/// `rows` rows of a times one panel: the sums stay in registers.
template <int rows>
inline void tile(const float* a, int inputs, const float* packed, float* c, int stride, int columns, bool add) {
    Lanes left[rows]{}, right[rows]{};
    for (int k = 0; k < inputs; ++k) {
        const Lanes b0 = load(packed + k * panel), b1 = load(packed + k * panel + 8);
        for (int r = 0; r < rows; ++r) {
            const Lanes value = all(a[r * inputs + k]);
            left[r] += value * b0;
            right[r] += value * b1;
        }
    }
    for (int r = 0; r < rows; ++r) {
        float* to = c + static_cast<std::size_t>(r) * static_cast<std::size_t>(stride);
        if (columns == panel) {
            store(to, add ? load(to) + left[r] : left[r]);
            store(to + 8, add ? load(to + 8) + right[r] : right[r]);
        } else {
            float sums[panel];
            store(sums, left[r]);
            store(sums + 8, right[r]);
            for (int j = 0; j < columns; ++j) to[j] = add ? to[j] + sums[j] : sums[j];
        }
    }
}

}  // namespace

void pack(const float* weights, int outputs, int inputs, float* packed) {
    for (int first = 0; first < outputs; first += panel)
        for (int k = 0; k < inputs; ++k)
            for (int j = 0; j < panel; ++j)
                *packed++ = first + j < outputs ? weights[static_cast<std::size_t>(first + j) * static_cast<std::size_t>(inputs) + static_cast<std::size_t>(k)] : 0;
}

void multiply(const float* a, int rows, int inputs, const float* packed, int outputs, float* c, bool add) {
    for (int first = 0; first < outputs; first += panel, packed += static_cast<std::size_t>(panel) * static_cast<std::size_t>(inputs)) {
        const int columns = outputs - first < panel ? outputs - first : panel;
        int row = 0;
        const auto from = [&] { return a + static_cast<std::size_t>(row) * static_cast<std::size_t>(inputs); };
        const auto to = [&] { return c + static_cast<std::size_t>(row) * static_cast<std::size_t>(outputs) + first; };
        for (; row + 6 <= rows; row += 6) tile<6>(from(), inputs, packed, to(), outputs, columns, add);
        switch (rows - row) {
            case 5: tile<5>(from(), inputs, packed, to(), outputs, columns, add); break;
            case 4: tile<4>(from(), inputs, packed, to(), outputs, columns, add); break;
            case 3: tile<3>(from(), inputs, packed, to(), outputs, columns, add); break;
            case 2: tile<2>(from(), inputs, packed, to(), outputs, columns, add); break;
            case 1: tile<1>(from(), inputs, packed, to(), outputs, columns, add); break;
            default: break;
        }
    }
}

void rms_norm(const float* x, int rows, int size, const float* weight, float eps, float* y) {
    for (int row = 0; row < rows; ++row, x += size, y += size) {
        Lanes squares{};
        int i = 0;
        for (; i + 8 <= size; i += 8) squares += load(x + i) * load(x + i);
        float total = sum(squares);
        for (; i < size; ++i) total += x[i] * x[i];
        const float factor = 1 / __builtin_sqrtf(total / static_cast<float>(size) + eps);
        for (i = 0; i + 8 <= size; i += 8) store(y + i, load(x + i) * factor * load(weight + i));
        for (; i < size; ++i) y[i] = x[i] * factor * weight[i];
    }
}

void silu_times(const float* gate_up, int rows, int size, float* y) {
    for (int row = 0; row < rows; ++row, gate_up += 2 * size, y += size) {
        int i = 0;
        for (; i + 8 <= size; i += 8) {
            const Lanes gate = load(gate_up + i);
            store(y + i, gate / (1.0f + exponential(-gate)) * load(gate_up + size + i));
        }
        for (; i < size; ++i) {
            const float gate = gate_up[i];
            y[i] = gate / (1 + exponential(all(-gate))[0]) * gate_up[size + i];
        }
    }
}

void rotate(float* x, int heads, int size, const float* cos, const float* sin) {
    const int half = size / 2;
    for (int head = 0; head < heads; ++head, x += size) {
        float* a = x;
        float* b = x + half;
        int i = 0;
        for (; i + 8 <= half; i += 8) {
            const Lanes first = load(a + i), second = load(b + i), c = load(cos + i), s = load(sin + i);
            store(a + i, first * c - second * s);
            store(b + i, second * c + first * s);
        }
        for (; i < half; ++i) {
            const float first = a[i], second = b[i];
            a[i] = first * cos[i] - second * sin[i];
            b[i] = second * cos[i] + first * sin[i];
        }
    }
}

double exponentials(const float* x, int size, float shift, float scale, float* y) {
    double total = 0;
    int i = 0;
    for (; i + 8 <= size; i += 8) {
        const Lanes value = exponential((load(x + i) - shift) * scale);
        store(y + i, value);
        total += static_cast<double>(sum(value));
    }
    for (; i < size; ++i) total += static_cast<double>(y[i] = exponential(all((x[i] - shift) * scale))[0]);
    return total;
}

}  // namespace foothold::kernels
