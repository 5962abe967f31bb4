// SPDX-License-Identifier: GPL-3.0-or-later
// Attention of one query a row over pages. A block takes the query heads that share a key head, so that keys and values
// are read once for all of them. Its warps take turns at 32 positions: a lane has a position while scores are made, and
// pairs of a head's numbers while values are added up; at the end the warps' sums become one (Milakov & Gimelshein 2018,
// "Online normalizer calculation for softmax").
#include "engine/cuda/device.cuh"

namespace foothold::device {
namespace {

/// Group: query heads of a block. Pairs: pairs of numbers of a lane, so that heads have up to 64 Pairs numbers.
template <class T, int Group, int Pairs>
struct Shape {
    static constexpr int warps = Pairs > 2 ? 4 : 8;  // What fits into 48 KiB.
    static constexpr int width = 2 * warp * Pairs;
};

template <class T, int Group, int Pairs>
__global__ void __launch_bounds__(Shape<T, Group, Pairs>::warps * warp)
    attend_kernel(Rows rows, Heads heads, const T* qkv, const T* keys, const T* values, T* y) {
    constexpr int warps = Shape<T, Group, Pairs>::warps, width = Shape<T, Group, Pairs>::width;
    __shared__ __align__(16) float q[Group][width];
    __shared__ __align__(8) float sums[warps][Group][width];
    __shared__ float largest_of[warps][Group], total_of[warps][Group];
    const int row = static_cast<int>(blockIdx.x), kv = static_cast<int>(blockIdx.y), size = heads.size;
    const int group = heads.heads / heads.kv_heads, first = static_cast<int>(blockIdx.z) * Group;
    const int mine = min(Group, group - first), head = kv * group + first;
    const int length = rows.positions[row] + 1;
    if (length <= 0) return;  // The whole block.
    const int thread = static_cast<int>(threadIdx.x), own_warp = thread / warp, lane = thread % warp;

    const float scale = 1 / sqrtf(static_cast<float>(size));
    const T* queries = qkv + static_cast<std::size_t>(row) * heads.width() + head * size;
    for (int i = thread; i < Group * size; i += warps * warp) {
        const int j = i / size;
        q[j][i % size] = j < mine ? load(queries + i) * scale : 0;
    }
    __syncthreads();

    float largest[Group], total[Group], sum[Group][Pairs][2];
#pragma unroll
    for (int j = 0; j < Group; ++j) {
        largest[j] = -INFINITY;
        total[j] = 0;
#pragma unroll
        for (int k = 0; k < Pairs; ++k) sum[j][k][0] = sum[j][k][1] = 0;
    }
    for (int begin = own_warp * warp; begin < length; begin += warps * warp) {
        const int position = begin + lane;
        const bool there = position < length;
        const int line = there ? page_line(rows, row, heads, kv, position) : 0;
        float chance[Group] = {};
        if (there) {
            const T* key = keys + static_cast<std::size_t>(line) * size;
            int i = 0;
            if (size % 4 == 0) {  // Then every line begins on a multiple of four numbers.
                for (; i < size; i += 4) {
                    float numbers[4];
                    load<4>(key + i, numbers);
#pragma unroll
                    for (int j = 0; j < Group; ++j) {
                        const float4 four = *reinterpret_cast<const float4*>(&q[j][i]);
                        chance[j] += numbers[0] * four.x + numbers[1] * four.y + numbers[2] * four.z + numbers[3] * four.w;
                    }
                }
            }
            for (; i < size; ++i) {
                const float number = load(key + i);
#pragma unroll
                for (int j = 0; j < Group; ++j) chance[j] += number * q[j][i];
            }
        }
#pragma unroll
        for (int j = 0; j < Group; ++j) {
            const float now = fmaxf(largest[j], warp_max(there ? chance[j] : -INFINITY));
            const float fade = expf(largest[j] - now);
            chance[j] = there ? expf(chance[j] - now) : 0;
            total[j] = total[j] * fade + chance[j];
            largest[j] = now;
#pragma unroll
            for (int k = 0; k < Pairs; ++k) {
                sum[j][k][0] *= fade;
                sum[j][k][1] *= fade;
            }
        }
        const int count = min(warp, length - begin);
#pragma unroll 4
        for (int t = 0; t < count; ++t) {
            const T* value = values + static_cast<std::size_t>(__shfl_sync(all_lanes, line, t)) * size;
            float pair[Pairs][2];
#pragma unroll
            for (int k = 0; k < Pairs; ++k) {
                const int i = 2 * (lane + k * warp);
                pair[k][0] = pair[k][1] = 0;
                if (i < size) load<2>(value + i, pair[k]);
            }
#pragma unroll
            for (int j = 0; j < Group; ++j) {
                const float weight = __shfl_sync(all_lanes, chance[j], t);
#pragma unroll
                for (int k = 0; k < Pairs; ++k) {
                    sum[j][k][0] += weight * pair[k][0];
                    sum[j][k][1] += weight * pair[k][1];
                }
            }
        }
    }

#pragma unroll
    for (int j = 0; j < Group; ++j) {
        const float all = warp_sum(total[j]);
        if (lane == 0) {
            largest_of[own_warp][j] = largest[j];
            total_of[own_warp][j] = all;
        }
#pragma unroll
        for (int k = 0; k < Pairs; ++k) store<2>(&sums[own_warp][j][2 * (lane + k * warp)], sum[j][k]);
    }
    __syncthreads();
    T* to = y + (static_cast<std::size_t>(row) * heads.heads + head) * size;
    for (int i = thread; i < mine * size; i += warps * warp) {
        const int j = i / size;
        float most = -INFINITY, weighted = 0, all = 0;
        for (int w = 0; w < warps; ++w) most = fmaxf(most, largest_of[w][j]);
        for (int w = 0; w < warps; ++w) {
            const float share = expf(largest_of[w][j] - most);  // 0 of a warp that had no turn.
            weighted += share * sums[w][j][i % size];
            all += share * total_of[w][j];
        }
        store(to + i, weighted / all);
    }
}

template <class T, int Group, int Pairs>
void launch(cudaStream_t stream, const Rows& rows, const Heads& heads, const T* qkv, const T* keys, const T* values, T* y) {
    const int group = heads.heads / heads.kv_heads;
    const dim3 blocks(static_cast<unsigned>(rows.count), static_cast<unsigned>(heads.kv_heads),
                      static_cast<unsigned>((group + Group - 1) / Group));
    attend_kernel<T, Group, Pairs><<<blocks, Shape<T, Group, Pairs>::warps * warp, 0, stream>>>(rows, heads, qkv, keys, values, y);
}

template <class T, int Group>
void by_size(cudaStream_t stream, const Rows& rows, const Heads& heads, const T* qkv, const T* keys, const T* values, T* y) {
    const auto chosen = heads.size <= 64 ? launch<T, Group, 1> : heads.size <= 128 ? launch<T, Group, 2> : launch<T, Group, 4>;
    chosen(stream, rows, heads, qkv, keys, values, y);
}

}  // namespace

template <class T>
void attend(cudaStream_t stream, const Rows& rows, const Heads& heads, const T* qkv, const T* keys, const T* values, T* y) {
    const int group = heads.heads / heads.kv_heads;
    const auto chosen = group == 1 ? by_size<T, 1> : group <= 4 ? by_size<T, 4> : by_size<T, 8>;
    chosen(stream, rows, heads, qkv, keys, values, y);
}

template void attend(cudaStream_t, const Rows&, const Heads&, const float*, const float*, const float*, float*);
template void attend(cudaStream_t, const Rows&, const Heads&, const bf16*, const bf16*, const bf16*, bf16*);

}  // namespace foothold::device
