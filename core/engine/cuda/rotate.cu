// SPDX-License-Identifier: GPL-3.0-or-later
// Bias, norm and rotation of queries and keys, and keys and values on their way to the pages: one warp a head.
#include "engine/cuda/rotate.cuh"

namespace foothold::device {
namespace {

constexpr int heads_a_block = 4;
constexpr int most_pairs = 4;  // A lane's, of a head of 256.

template <class T>
__global__ void rotate_append_kernel(Rows rows, Heads heads, const T* bias, const T* q_norm, const T* k_norm, float eps, const float* cos,
                                     const float* sin, T* qkv, T* keys, T* values) {
    const int row = static_cast<int>(blockIdx.x);
    const int head = static_cast<int>(blockIdx.y * heads_a_block + threadIdx.y);
    const int position = rows.positions[row], size = heads.size, half = size / 2;
    const bool query = head < heads.heads, key = !query && head < heads.heads + heads.kv_heads;
    if (position < 0 || head >= heads.heads + 2 * heads.kv_heads) return;  // The whole warp.
    const std::size_t angle = static_cast<std::size_t>(position) * half;
    const Turn<T> turn{bias ? bias + head * size : nullptr, query ? q_norm : key ? k_norm : nullptr, eps,
                       query || key ? cos + angle : nullptr, sin + angle};
    T *const mine = qkv + static_cast<std::size_t>(row) * heads.width() + head * size, *to = mine;
    if (!query) {
        const int kv = (head - heads.heads) % heads.kv_heads;
        to = (key ? keys : values) + static_cast<std::size_t>(page_line(rows, row, heads, kv, position)) * size;
    }
    turn_head<most_pairs>(size, turn, mine, to);
}

}  // namespace

template <class T>
void rotate_append(cudaStream_t stream, const Rows& rows, const Heads& heads, const HeadWeights& weights, T* qkv, T* keys, T* values) {
    const int all = heads.heads + 2 * heads.kv_heads;
    const dim3 blocks(static_cast<unsigned>(rows.count), static_cast<unsigned>((all + heads_a_block - 1) / heads_a_block));
    rotate_append_kernel<T><<<blocks, dim3(warp, heads_a_block), 0, stream>>>(
        rows, heads, static_cast<const T*>(weights.bias), static_cast<const T*>(weights.q_norm), static_cast<const T*>(weights.k_norm),
        weights.eps, weights.cos, weights.sin, qkv, keys, values);
}

template void rotate_append(cudaStream_t, const Rows&, const Heads&, const HeadWeights&, float*, float*, float*);
template void rotate_append(cudaStream_t, const Rows&, const Heads&, const HeadWeights&, bf16*, bf16*, bf16*);

}  // namespace foothold::device
