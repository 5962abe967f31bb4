// SPDX-License-Identifier: GPL-3.0-or-later
// What the kernels share: numbers in and out as floats, sums over warps and blocks, where a position's page is.
#pragma once
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include "engine/cuda/ops.h"

namespace foothold::device {

using bf16 = __nv_bfloat16;
constexpr unsigned all_lanes = 0xffffffffu;
constexpr int warp = 32;

__device__ inline float load(const float* from) { return *from; }
__device__ inline float load(const bf16* from) { return __bfloat162float(*from); }
__device__ inline void store(float* to, float value) { *to = value; }
__device__ inline void store(bf16* to, float value) { *to = __float2bfloat16_rn(value); }

/// Width numbers that lie together, aligned to all of them: 1, 2 or 4.
template <int Width>
__device__ inline void load(const float* from, float (&to)[Width]) {
    if constexpr (Width == 4) {
        const float4 four = *reinterpret_cast<const float4*>(from);
        to[0] = four.x, to[1] = four.y, to[2] = four.z, to[3] = four.w;
    } else if constexpr (Width == 2) {
        const float2 two = *reinterpret_cast<const float2*>(from);
        to[0] = two.x, to[1] = two.y;
    } else {
        to[0] = *from;
    }
}
template <int Width>
__device__ inline void load(const bf16* from, float (&to)[Width]) {
    // A bf16 is the upper half of a float; the first of two is the lower half of the word.
    const auto halves = [](unsigned word, float& first, float& second) {
        first = __uint_as_float(word << 16);
        second = __uint_as_float(word & 0xffff0000u);
    };
    if constexpr (Width == 4) {
        const uint2 four = *reinterpret_cast<const uint2*>(from);
        halves(four.x, to[0], to[1]);
        halves(four.y, to[2], to[3]);
    } else if constexpr (Width == 2) {
        halves(*reinterpret_cast<const unsigned*>(from), to[0], to[1]);
    } else {
        to[0] = load(from);
    }
}
template <int Width>
__device__ inline void store(float* to, const float (&from)[Width]) {
    if constexpr (Width == 4)
        *reinterpret_cast<float4*>(to) = make_float4(from[0], from[1], from[2], from[3]);
    else if constexpr (Width == 2)
        *reinterpret_cast<float2*>(to) = make_float2(from[0], from[1]);
    else
        *to = from[0];
}
template <int Width>
__device__ inline void store(bf16* to, const float (&from)[Width]) {
    const auto word = [](float first, float second) {
        return static_cast<unsigned>(__bfloat16_as_ushort(__float2bfloat16_rn(first))) |
               static_cast<unsigned>(__bfloat16_as_ushort(__float2bfloat16_rn(second))) << 16;
    };
    if constexpr (Width == 4)
        *reinterpret_cast<uint2*>(to) = make_uint2(word(from[0], from[1]), word(from[2], from[3]));
    else if constexpr (Width == 2)
        *reinterpret_cast<unsigned*>(to) = word(from[0], from[1]);
    else
        store(to, from[0]);
}

/// Whether numbers of a type may be read four at a time from all of these.
template <class T>
bool aligned(const T* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % (4 * sizeof(T)) == 0; }
template <class... Pointers>
bool fours(int size, Pointers... pointers) { return size % 4 == 0 && (aligned(pointers) && ...); }

template <class T>
__device__ inline T warp_sum(T value) {
    for (int away = warp / 2; away > 0; away /= 2) value += __shfl_xor_sync(all_lanes, value, away);
    return value;
}
__device__ inline float warp_max(float value) {
    for (int away = warp / 2; away > 0; away /= 2) value = fmaxf(value, __shfl_xor_sync(all_lanes, value, away));
    return value;
}

/// The sum over a block of whole warps, for every thread of it; in the same order every time.
template <class T>
__device__ inline T block_sum(T value) {
    __shared__ T parts[warp];
    value = warp_sum(value);
    __syncthreads();  // Whoever still reads the parts of a sum before.
    if (threadIdx.x % warp == 0) parts[threadIdx.x / warp] = value;
    __syncthreads();
    T sum = 0;
    for (unsigned i = 0; i < blockDim.x / warp; ++i) sum += parts[i];
    return sum;
}

/// Which line [.., size] of a layer's keys or values is a position's, of one head.
__device__ inline int page_line(const Rows& rows, int row, const Heads& heads, int head, int position) {
    const int shared = rows.shared[row];
    const int page = rows.tables[static_cast<std::size_t>(rows.table_of[row]) * rows.table_width + table_entry(position, shared)];
    return (page * heads.kv_heads + head) * page_tokens + page_place(position, shared);
}

/// Threads of a block, whole warps, for so many pieces of work.
inline int threads_for(int pieces) {
    const int whole = (pieces + warp - 1) / warp * warp;
    return whole < 1024 ? whole : 1024;
}

/// Where the blocks that read parts of one row in attend() leave what they found: floats and counters, the latter zero
/// between launches. Null where partial_sums() is 0.
struct Partials {
    float* sums = nullptr;
    unsigned* arrived = nullptr;
};
std::size_t partial_sums(const Rows& rows, const Heads& heads);      ///< How many floats.
std::size_t partial_counters(const Rows& rows, const Heads& heads);  ///< How many counters.

// The kernels' launches; arguments as in ops.h. T is float or bf16.
template <class T>
void embed(cudaStream_t stream, const Rows& rows, const T* table, int size, float* x);
/// sum = x + all parts of delta, and may be x itself; inverse [rows] = 1 / the root mean square, unless null.
template <class T, class Delta>
void add_rms_norm(cudaStream_t stream, int rows, int size, const float* x, const Delta* delta, int parts, const T* weight, float eps,
                  float* sum, T* y, float* inverse);
template <class T>
void rotate_append(cudaStream_t stream, const Rows& rows, const Heads& heads, const HeadWeights& weights, T* qkv, T* keys, T* values);
template <class T>
void attend(cudaStream_t stream, const Rows& rows, const Heads& heads, const T* qkv, const T* keys, const T* values, const Partials& partials, T* y);
template <class T>
void silu_times(cudaStream_t stream, int rows, int size, const T* gate_up, T* y);
void sample(cudaStream_t stream, int rows, int vocabulary, const float* logits, const SamplerState& state);
template <class T>
void decode(cudaStream_t stream, const ModelConfig& config, const DecoderWeights& weights, std::span<const Pages> pages, const Rows& rows,
            const SamplerState& state, int steps);

}  // namespace foothold::device
