// SPDX-License-Identifier: GPL-3.0-or-later
// Attention for any type and size of head. A few lanes share a key, each with a few of its numbers, and so for the
// values; the query heads that share a key head are done together, so that keys and values are read once for all of
// them. Of the scores each lane keeps one head's.
#include "engine/cuda/attention.cuh"

namespace foothold::device {
namespace {

/// A lane's numbers of a line: fours of them, Lanes fours apart. With Four every four lies together, aligned.
template <int Lanes, int Numbers, bool Four, class T>
__device__ void load_share(const T* line, int lane, int size, bool there, float (&share)[Numbers]) {
#pragma unroll
    for (int n = 0; n < Numbers; n += 4) {
        const int i = 4 * lane + n * Lanes;
        float four[4] = {};
        if constexpr (Four) {
            if (there && i < size) load<4>(line + i, four);
        } else {
#pragma unroll
            for (int k = 0; k < 4; ++k)
                if (there && i + k < size) four[k] = load(line + i + k);
        }
#pragma unroll
        for (int k = 0; k < 4; ++k) share[n + k] = four[k];
    }
}

/// Sums of Group numbers over Lanes lanes; lane i gets the one of its head, i / (Lanes / Group).
template <int Group, int Lanes>
__device__ float sum_of_head(float (&numbers)[Group], int lane) {
    static_assert(Group <= Lanes);
    int away = Lanes / 2;
#pragma unroll
    for (int half = Group / 2; half > 0; half /= 2) {
        const bool upper = (lane & away) != 0;
#pragma unroll
        for (int k = 0; k < half; ++k) {
            const float given = upper ? numbers[k] : numbers[half + k];
            numbers[k] = (upper ? numbers[half + k] : numbers[k]) + __shfl_xor_sync(all_lanes, given, away);
        }
        away /= 2;
    }
    for (; away > 0; away /= 2) numbers[0] += __shfl_xor_sync(all_lanes, numbers[0], away);
    return numbers[0];
}

/// Group: query heads of a block. Heads have up to Lanes x Numbers numbers.
template <class T, int Group, int Lanes, int Numbers, bool Four>
struct Kernel {
    static constexpr int warps = Lanes > 16 ? 4 : 8;  // What fits into 48 KiB.
    static constexpr int together = warp / Lanes;     ///< Keys at which a warp is at a time.
    static constexpr int keys = 4;                    ///< That a lane has under way.
    static_assert(page_tokens % (together * keys) == 0);
};

template <class T, int Group, int Lanes, int Numbers, bool Four>
__global__ void __launch_bounds__(Kernel<T, Group, Lanes, Numbers, Four>::warps * warp, 1)
    attend_kernel(Rows rows, Heads heads, int splits, const T* qkv, const T* keys, const T* values, Partials partials, T* y) {
    using Shape = Kernel<T, Group, Lanes, Numbers, Four>;
    constexpr int head_lanes = Lanes / Group;  // That have the same head's score.
    __shared__ __align__(16) Found<Shape::warps, Group, Lanes * Numbers> found;
    const Reader way = reader<Shape::warps, 1>(rows, splits);
    if (!way.there) return;
    const int own = static_cast<int>(threadIdx.x) / warp, in_warp = static_cast<int>(threadIdx.x) % warp;
    const int lane = in_warp % Lanes, which = in_warp / Lanes, size = heads.size;
    const int group = heads.heads / heads.kv_heads, first = way.part * Group;
    const float scale = 1.44269504f / sqrtf(static_cast<float>(size));  // Powers of two, not of e.
    float query[Group][Numbers], sum[Group][Numbers] = {}, total = 0, largest = -INFINITY;
    const T* queries = qkv + static_cast<std::size_t>(way.row) * heads.width() + (way.kv * group + first) * size;
#pragma unroll
    for (int j = 0; j < Group; ++j) {
        load_share<Lanes, Numbers, Four>(queries + j * size, lane, size, j < group - first, query[j]);
#pragma unroll
        for (int n = 0; n < Numbers; ++n) query[j][n] *= scale;
    }
    for (int entry = way.begin; entry < way.end; entry += way.step) {
        const int tokens = way.tokens(entry);
        const std::size_t line = way.line(heads, entry);
        for (int begin = 0; begin < tokens; begin += Shape::together * Shape::keys) {
            float key[Shape::keys][Numbers], value[Shape::keys][Numbers], score[Shape::keys], now = largest;
#pragma unroll
            for (int u = 0; u < Shape::keys; ++u) {
                const int token = begin + u * Shape::together + which;
                load_share<Lanes, Numbers, Four>(keys + (line + token) * size, lane, size, token < tokens, key[u]);
            }
#pragma unroll
            for (int u = 0; u < Shape::keys; ++u) {
                const int token = begin + u * Shape::together + which;
                load_share<Lanes, Numbers, Four>(values + (line + token) * size, lane, size, token < tokens, value[u]);
            }
#pragma unroll
            for (int u = 0; u < Shape::keys; ++u) {
                float dots[Group] = {};
#pragma unroll
                for (int j = 0; j < Group; ++j)
#pragma unroll
                    for (int n = 0; n < Numbers; ++n) dots[j] += key[u][n] * query[j][n];
                const float dot = sum_of_head<Group, Lanes>(dots, lane);
                score[u] = begin + u * Shape::together + which < tokens ? dot : -INFINITY;
                now = fmaxf(now, score[u]);
            }
            for (int away = Lanes; away < warp; away *= 2) now = fmaxf(now, __shfl_xor_sync(all_lanes, now, away));
            const float fade = exp2f(largest - now);
            largest = now;
            total *= fade;
#pragma unroll
            for (int u = 0; u < Shape::keys; ++u) total += score[u] = exp2f(score[u] - now);
#pragma unroll
            for (int j = 0; j < Group; ++j) {
                const float of_head = __shfl_sync(all_lanes, fade, j * head_lanes, Lanes);
#pragma unroll
                for (int n = 0; n < Numbers; ++n) sum[j][n] *= of_head;
#pragma unroll
                for (int u = 0; u < Shape::keys; ++u) {
                    const float chance = __shfl_sync(all_lanes, score[u], j * head_lanes, Lanes);
#pragma unroll
                    for (int n = 0; n < Numbers; ++n) sum[j][n] += chance * value[u][n];
                }
            }
        }
    }

    for (int away = Lanes; away < warp; away *= 2) {
        total += __shfl_xor_sync(all_lanes, total, away);
#pragma unroll
        for (int j = 0; j < Group; ++j)
#pragma unroll
            for (int n = 0; n < Numbers; ++n) sum[j][n] += __shfl_xor_sync(all_lanes, sum[j][n], away);
    }
    if (which == 0) {
#pragma unroll
        for (int j = 0; j < Group; ++j)
#pragma unroll
            for (int n = 0; n < Numbers; n += 4) {
                const float four[4] = {sum[j][n], sum[j][n + 1], sum[j][n + 2], sum[j][n + 3]};
                store<4>(&found.sums[own][j][4 * lane + n * Lanes], four);
            }
        if (lane % head_lanes == 0) {
            found.largest[own][lane / head_lanes] = largest;
            found.total[own][lane / head_lanes] = total;
        }
    }
    finish(way, rows, heads, splits, found, partials, y);
}

template <class T>
using Launch = void(cudaStream_t, const Rows&, const Heads&, const T*, const T*, const T*, const Partials&, T*);

template <class T, int Group, int Lanes, int Numbers, bool Four>
void launch(cudaStream_t stream, const Rows& rows, const Heads& heads, const T* qkv, const T* keys, const T* values, const Partials& partials, T* y) {
    constexpr int warps = Kernel<T, Group, Lanes, Numbers, Four>::warps;
    attend_kernel<T, Group, Lanes, Numbers, Four><<<attention_blocks(rows, heads, warps), warps * warp, 0, stream>>>(
        rows, heads, splits_for(rows), qkv, keys, values, partials, y);
}

template <class T, int Group, bool Four>
Launch<T>* by_size(int size) {
    return size <= 32 ? launch<T, Group, 8, 4, Four> : size <= 64 ? launch<T, Group, 8, 8, Four>
         : size <= 128 ? launch<T, Group, 16, 8, Four> : launch<T, Group, 32, 8, Four>;
}

}  // namespace

std::size_t partial_sums(const Rows& rows, const Heads& heads) {
    const int splits = splits_for(rows);
    return splits < 2 ? 0 : static_cast<std::size_t>(partial_counters(rows, heads)) * splits * most_heads * (heads.size + 2);
}

std::size_t partial_counters(const Rows& rows, const Heads& heads) {
    return splits_for(rows) < 2 ? 0 : static_cast<std::size_t>(rows.count) * heads.kv_heads * parts_for(heads);
}

template <class T>
void attend(cudaStream_t stream, const Rows& rows, const Heads& heads, const T* qkv, const T* keys, const T* values, const Partials& partials, T* y) {
    if constexpr (std::is_same_v<T, bf16>)
        if (attend_by_tensor_cores(stream, rows, heads, qkv, keys, values, partials, y)) return;
    const int group = heads.heads / heads.kv_heads;
    const auto chosen = !fours(heads.size, qkv, keys, values) ? by_size<T, 8, false>(heads.size)
                      : group == 1                            ? by_size<T, 1, true>(heads.size)
                      : group <= 4                            ? by_size<T, 4, true>(heads.size)
                                                              : by_size<T, 8, true>(heads.size);
    chosen(stream, rows, heads, qkv, keys, values, partials, y);
}

template void attend(cudaStream_t, const Rows&, const Heads&, const float*, const float*, const float*, const Partials&, float*);
template void attend(cudaStream_t, const Rows&, const Heads&, const bf16*, const bf16*, const bf16*, const Partials&, bf16*);

}  // namespace foothold::device
