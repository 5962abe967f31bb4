// SPDX-License-Identifier: GPL-3.0-or-later
// Embedding, the residual's norm, and the feed-forward's gate. All are bound by memory: one pass, four numbers a load.
#include "engine/cuda/device.cuh"

namespace foothold::device {
namespace {

template <class T, int Width>
__global__ void embed_kernel(Rows rows, const T* table, int size, float* x) {
    const int row = static_cast<int>(blockIdx.x);
    const bool nobody = rows.positions[row] < 0;
    const T* from = table + static_cast<std::size_t>(nobody ? 0 : rows.tokens[row]) * size;
    float* to = x + static_cast<std::size_t>(row) * size;
    for (int i = static_cast<int>(threadIdx.x) * Width; i < size; i += static_cast<int>(blockDim.x) * Width) {
        float values[Width] = {};
        if (!nobody) load<Width>(from + i, values);
        store<Width>(to + i, values);
    }
}

/// One block a row. The parts of delta are gridDim.x rows apart.
template <class T, class Delta, int Width>
__global__ void add_rms_norm_kernel(int size, const float* x, const Delta* delta, int parts, const T* weight, float eps, float* sum, T* y,
                                    float* inverse) {
    const std::size_t row = static_cast<std::size_t>(blockIdx.x) * size;
    x += row;
    sum += row;
    float squares = 0;
    for (int i = static_cast<int>(threadIdx.x) * Width; i < size; i += static_cast<int>(blockDim.x) * Width) {
        float values[Width];
        load<Width>(x + i, values);
        for (int part = 0; part < parts; ++part) {
            float more[Width];
            load<Width>(delta + part * (static_cast<std::size_t>(gridDim.x) * size) + row + i, more);
            for (int k = 0; k < Width; ++k) values[k] += more[k];
        }
        if (parts || sum != x) store<Width>(sum + i, values);
        for (int k = 0; k < Width; ++k) squares += values[k] * values[k];
    }
    const float scale = 1 / sqrtf(block_sum(squares) / static_cast<float>(size) + eps);
    if (inverse && threadIdx.x == 0) inverse[blockIdx.x] = scale;
    // Every thread reads again what it wrote itself, and nothing else.
    for (int i = static_cast<int>(threadIdx.x) * Width; i < size; i += static_cast<int>(blockDim.x) * Width) {
        float values[Width], weights[Width];
        load<Width>(sum + i, values);
        load<Width>(weight + i, weights);
        for (int k = 0; k < Width; ++k) values[k] *= scale * weights[k];
        store<Width>(y + row + i, values);
    }
}

template <class T, int Width>
__global__ void silu_times_kernel(int size, const T* gate_up, T* y) {
    const int i = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x) * Width;
    if (i >= size) return;
    const T* gate = gate_up + static_cast<std::size_t>(blockIdx.x) * 2 * size + i;
    float gates[Width], ups[Width];
    load<Width>(gate, gates);
    load<Width>(gate + size, ups);
    for (int k = 0; k < Width; ++k) gates[k] = gates[k] / (1 + expf(-gates[k])) * ups[k];
    store<Width>(y + static_cast<std::size_t>(blockIdx.x) * size + i, gates);
}

}  // namespace

template <class T>
void embed(cudaStream_t stream, const Rows& rows, const T* table, int size, float* x) {
    if (fours(size, table, x))
        embed_kernel<T, 4><<<rows.count, threads_for(size / 4), 0, stream>>>(rows, table, size, x);
    else
        embed_kernel<T, 1><<<rows.count, threads_for(size), 0, stream>>>(rows, table, size, x);
}

template <class T, class Delta>
void add_rms_norm(cudaStream_t stream, int rows, int size, const float* x, const Delta* delta, int parts, const T* weight, float eps,
                  float* sum, T* y, float* inverse) {
    if (fours(size, x, delta, weight, sum, y))
        add_rms_norm_kernel<T, Delta, 4><<<rows, threads_for(size / 4), 0, stream>>>(size, x, delta, parts, weight, eps, sum, y, inverse);
    else
        add_rms_norm_kernel<T, Delta, 1><<<rows, threads_for(size), 0, stream>>>(size, x, delta, parts, weight, eps, sum, y, inverse);
}

template <class T>
void silu_times(cudaStream_t stream, int rows, int size, const T* gate_up, T* y) {
    constexpr int threads = 128;
    const auto blocks = [&](int width) {
        return dim3(static_cast<unsigned>(rows), static_cast<unsigned>((size / width + threads - 1) / threads));
    };
    if (fours(size, gate_up, y))
        silu_times_kernel<T, 4><<<blocks(4), threads, 0, stream>>>(size, gate_up, y);
    else
        silu_times_kernel<T, 1><<<blocks(1), threads, 0, stream>>>(size, gate_up, y);
}

template void embed(cudaStream_t, const Rows&, const float*, int, float*);
template void embed(cudaStream_t, const Rows&, const bf16*, int, float*);
template void add_rms_norm(cudaStream_t, int, int, const float*, const float*, int, const float*, float, float*, float*, float*);
template void add_rms_norm(cudaStream_t, int, int, const float*, const float*, int, const bf16*, float, float*, bf16*, float*);
template void add_rms_norm(cudaStream_t, int, int, const float*, const bf16*, int, const bf16*, float, float*, bf16*, float*);
template void silu_times(cudaStream_t, int, int, const float*, float*);
template void silu_times(cudaStream_t, int, int, const bf16*, bf16*);

}  // namespace foothold::device
