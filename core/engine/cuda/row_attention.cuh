// SPDX-License-Identifier: GPL-3.0-or-later
// Attention of one query head of one row by single warps. A row's positions are always dealt out to the same number of
// warps, 32 at a time, so that its sums are made in the same order whoever else is in the block.
#pragma once
#include "engine/cuda/device.cuh"

namespace foothold::device {

constexpr int splits = 4;  ///< Warps that share a head.

/// What one of them leaves: sums [size], the largest score and the sum of chances; as many as keep the next aligned.
constexpr int part_size(int size) { return size + 4; }

/// One sequence's pages of one layer, of one key head.
template <class T>
struct PagesOfHead {
    const T *keys, *values;
    const int* table;
    int shared, kv, kv_heads, size;

    /// Which line [.., size] is a position's.
    __device__ int line(int position) const {
        return (table[table_entry(position, shared)] * kv_heads + kv) * page_tokens + page_place(position, shared);
    }
    __device__ std::size_t at(int line) const { return static_cast<std::size_t>(line) * size; }
};

/// Scores and values of every fourth 32 positions of `length`, from 32 split on. While scores are made a lane has a
/// position; while values are added up, Width numbers of some of them. Sizes up to 32 Width.
template <int Width, class T>
__device__ inline void attend_part(const float* query, const PagesOfHead<T>& pages, int length, int split, float* part) {
    const int lane = static_cast<int>(threadIdx.x) % warp, size = pages.size, vectors = size / Width;
    int span = 1;  // Lanes that share a position's values.
    while (span < vectors) span *= 2;
    const int group = lane / span, groups = warp / span, own = min(lane % span, vectors - 1) * Width;
    const float scale = 1 / sqrtf(static_cast<float>(size));
    float largest = -INFINITY, total = 0, sum[Width] = {};
    for (int begin = split * warp; begin < length; begin += splits * warp) {
        const bool there = begin + lane < length;
        // Lanes without a position read the last one, and count it as nothing.
        const int line = pages.line(min(begin + lane, length - 1));
        const T* keys = pages.keys + pages.at(line);
        float dot = 0;
#pragma unroll 6
        for (int i = 0; i < size; i += Width) {
            float key[Width], numbers[Width];
            load<Width>(keys + i, key);
            load<Width>(query + i, numbers);
#pragma unroll
            for (int k = 0; k < Width; ++k) dot = fmaf(key[k], numbers[k], dot);
        }
        const float score = there ? dot * scale : -INFINITY, now = fmaxf(largest, warp_max(score)), fade = expf(largest - now);
        const float chance = there ? expf(score - now) : 0;
        total = fmaf(total, fade, chance);
        largest = now;
#pragma unroll
        for (int k = 0; k < Width; ++k) sum[k] *= fade;
#pragma unroll 8
        for (int t = group; t < warp; t += groups) {
            float value[Width];
            load<Width>(pages.values + pages.at(__shfl_sync(all_lanes, line, t)) + own, value);
            const float weight = __shfl_sync(all_lanes, chance, t);
#pragma unroll
            for (int k = 0; k < Width; ++k) sum[k] = fmaf(weight, value[k], sum[k]);
        }
    }
    total = warp_sum(total);
#pragma unroll
    for (int k = 0; k < Width; ++k)
        for (int away = span; away < warp; away *= 2) sum[k] += __shfl_xor_sync(all_lanes, sum[k], away);
    if (lane < vectors) store<Width>(part + lane * Width, sum);
    if (lane == 0) {
        part[size] = largest;
        part[size + 1] = total;
    }
}

/// Number i of a head, of all its parts.
__device__ inline float attended(const float* parts, int size, int i) {
    float most = -INFINITY, weighted = 0, all = 0;
    for (int s = 0; s < splits; ++s) most = fmaxf(most, parts[s * part_size(size) + size]);
    for (int s = 0; s < splits; ++s) {
        const float* part = parts + s * part_size(size);
        const float share = expf(part[size] - most);  // 0 of a warp that had no position.
        weighted = fmaf(share, part[i], weighted);
        all = fmaf(share, part[size + 1], all);
    }
    return weighted / all;
}

}  // namespace foothold::device
