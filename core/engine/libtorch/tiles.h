// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix products from tiles whose sums stay in registers. Private to the kernels' source files, like lanes.h.
#pragma once
#include "engine/libtorch/kernels.h"
#include "engine/libtorch/lanes.h"

namespace foothold::kernels {
namespace {

constexpr int per_panel = panel / lanes;              // Registers that a row of a panel takes.
constexpr int tile_rows = lanes == 16 ? 12 : 6;       // With two panels (one of 8 lanes): 24 of 32 (12 of 16) registers.
constexpr int tile_panels = lanes == 16 ? 2 : 1;

inline const float* further(const float* from, std::size_t numbers) { return from ? from + numbers : nullptr; }

/// The first `columns` of each row of sums to c.
template <int rows, int width>
[[gnu::noinline]] void edge(const Lanes (&sums)[rows][width], const float* plus, float* c, std::size_t stride, int columns) {
    for (int r = 0; r < rows; ++r, c += stride, plus = further(plus, stride)) {
        float last[width * lanes];
        for (int i = 0; i < width; ++i) store(last + i * lanes, sums[r][i]);
        int j = 0;
        for (; j + 8 <= columns; j += 8) store_eight(c + j, plus ? load_eight(plus + j) + load_eight(last + j) : load_eight(last + j));
        for (; j < columns; ++j) c[j] = plus ? plus[j] + last[j] : last[j];
    }
}

/// Rows of c = plus + a x `panels` panels that lie `apart` numbers apart; a's element (r, k) is a[r x across + k x
/// along]. `plus` is laid out as c, and may be c; null = nothing. Only the first `columns` of c's columns are written. `ahead`: numbers that will be wanted soon and may still
/// be in memory, a panel's row for each k; null = none.
template <int rows, int panels, bool fetching>
inline void tile(const float* a, std::size_t across, std::size_t along, int inputs, const float* packed,
                 std::size_t apart, const float* plus, float* c, std::size_t stride, int columns, const float* ahead) {
    constexpr int width = panels * per_panel;
    Lanes sums[rows][width]{};
    for (int k = 0; k < inputs; ++k, a += along, packed += panel) {
        if constexpr (fetching) __builtin_prefetch(ahead, 0, 2), ahead += panel;
        Lanes b[width];
        for (int i = 0; i < width; ++i)
            b[i] = load(packed + static_cast<std::size_t>(i / per_panel) * apart + i % per_panel * lanes);
        for (int r = 0; r < rows; ++r) {
            const Lanes value = all(a[static_cast<std::size_t>(r) * across]);
            for (int i = 0; i < width; ++i) sums[r][i] += value * b[i];
        }
    }
    // All unrolled, or the compiler puts the sums into memory first.
    if (columns >= panels * panel && plus) {
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r, c += stride, plus += stride)
#pragma GCC unroll 2
            for (int i = 0; i < width; ++i) store(c + i * lanes, load(plus + i * lanes) + sums[r][i]);
    } else if (columns >= panels * panel) {
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r, c += stride)
#pragma GCC unroll 2
            for (int i = 0; i < width; ++i) store(c + i * lanes, sums[r][i]);
    } else {
        Lanes copy[rows][width];  // The sums themselves stay where they are.
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r)
#pragma GCC unroll 2
            for (int i = 0; i < width; ++i) copy[r][i] = sums[r][i];
        edge<rows, width>(copy, plus, c, stride, smaller(columns, width * lanes));
    }
}

/// The rows that are left when whole tiles are done.
template <int rows, int panels, bool fetching>
inline void rest(int left, const float* a, std::size_t across, std::size_t along, int inputs, const float* packed,
                 std::size_t apart, const float* plus, float* c, std::size_t stride, int columns, const float* ahead) {
    if constexpr (rows > 0) {
        if (left == rows) tile<rows, panels, fetching>(a, across, along, inputs, packed, apart, plus, c, stride, columns, ahead);
        else rest<rows - 1, panels, fetching>(left, a, across, along, inputs, packed, apart, plus, c, stride, columns, ahead);
    }
}

/// With `fetching`, what lies after these panels is fetched meanwhile, each tile its share.
template <int most, int panels, bool fetching = false>
inline void tiles(const float* a, std::size_t across, std::size_t along, int rows, int inputs, const float* packed,
                  std::size_t apart, const float* plus, float* c, std::size_t stride, int columns) {
    const float* ahead = packed + panels * apart;
    const std::size_t share = fetching ? panels * apart / static_cast<std::size_t>((rows + most - 1) / most) : 0;
    for (; rows >= most; rows -= most, a += most * across, c += most * stride, plus = further(plus, most * stride), ahead += share)
        tile<most, panels, fetching>(a, across, along, inputs, packed, apart, plus, c, stride, columns, ahead);
    rest<most - 1, panels, fetching>(rows, a, across, along, inputs, packed, apart, plus, c, stride, columns, ahead);
}

/// c [rows, outputs] (rows `stride` apart) = plus + a x packed. Each row's sums run over k in order, whatever tile the
/// row is in. `most`: rows of a tile.
template <int most = tile_rows>
inline void product(const float* a, std::size_t across, std::size_t along, int rows, int inputs, const float* packed,
                    std::size_t apart, int outputs, const float* plus, float* c, std::size_t stride) {
    int first = 0;
    // Weights that come from memory, whole panels of them, by rows enough to be busy meanwhile.
    constexpr std::size_t cached = std::size_t{1} << 18;
    if (tile_panels > 1 && rows > most && apart == at(panel, inputs) && apart * static_cast<std::size_t>(outputs) / panel > cached)
        for (; outputs - first >= 2 * tile_panels * panel; first += tile_panels * panel, packed += tile_panels * apart)
            tiles<most, tile_panels, true>(a, across, along, rows, inputs, packed, apart, further(plus, static_cast<std::size_t>(first)), c + first, stride, outputs - first);
    for (; tile_panels > 1 && outputs - first > panel; first += tile_panels * panel, packed += tile_panels * apart)
        tiles<most, tile_panels>(a, across, along, rows, inputs, packed, apart, further(plus, static_cast<std::size_t>(first)), c + first, stride, outputs - first);
    for (; first < outputs; first += panel, packed += apart)
        tiles<most, 1>(a, across, along, rows, inputs, packed, apart, further(plus, static_cast<std::size_t>(first)), c + first, stride, outputs - first);
}

/// pack_columns() of rows that lie `stride` apart.
inline void pack_rows(const float* x, std::size_t stride, int rows, int columns, float* packed) {
    for (int first = 0; first < columns; first += panel) {
        const int count = smaller(panel, columns - first);
        for (int row = 0; row < rows; ++row, packed += panel) {
            const float* from = x + static_cast<std::size_t>(row) * stride + first;
            if (count == panel)
                for (int i = 0; i < panel; i += lanes) store(packed + i, load(from + i));
            else
                for (int j = 0; j < panel; ++j) packed[j] = j < count ? from[j] : 0;
        }
    }
}

}  // namespace
}  // namespace foothold::kernels
