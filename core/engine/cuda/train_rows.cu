// SPDX-License-Identifier: GPL-3.0-or-later
// An update's kernels on rows: embedding, norms, rotation, gate. Bound by memory, like those of pointwise.cu.
#include "engine/cuda/train_kernels.cuh"

namespace foothold::device {
namespace {

__device__ inline std::size_t line(int row, int size) { return static_cast<std::size_t>(row) * static_cast<std::size_t>(size); }
__device__ inline int first_of(int width) { return static_cast<int>(threadIdx.x) * width; }
__device__ inline int stride_of(int width) { return static_cast<int>(blockDim.x) * width; }

template <class T, int Width>
__global__ void embed_tokens_kernel(int size, const Token* tokens, const T* table, float* x) {
    const int row = static_cast<int>(blockIdx.x);
    const T* from = table + line(tokens[row], size);
    for (int i = first_of(Width); i < size; i += stride_of(Width)) {
        float values[Width];
        load<Width>(from + i, values);
        store<Width>(x + line(row, size) + i, values);
    }
}

/// One block a list: to [size] (+)= the sum of its lines.
template <class From, class To, int Width>
__device__ void sum_list(int size, int begin, int end, const int* which, const From* from, To* to, bool add) {
    for (int i = first_of(Width); i < size; i += stride_of(Width)) {
        float sum[Width] = {};
        if (add) load<Width>(to + i, sum);
#pragma unroll 4
        for (int k = begin; k < end; ++k) {
            float values[Width];
            load<Width>(from + line(which[k], size) + i, values);
            for (int j = 0; j < Width; ++j) sum[j] += values[j];
        }
        store<Width>(to + i, sum);
    }
}

template <int Width>
__global__ void embedding_gradient_kernel(int size, const Token* tokens, Lists lists, const float* dx, float* dtable) {
    const int i = static_cast<int>(blockIdx.x);
    sum_list<float, float, Width>(size, lists.begins[i], lists.begins[i + 1], lists.which, dx, dtable + line(tokens[i], size), true);
}

template <class T, int Width>
__global__ void sum_lines_kernel(int size, Lists lists, const T* from, T* to) {
    const int row = static_cast<int>(blockIdx.x);
    sum_list<T, T, Width>(size, lists.begins[row], lists.begins[row + 1], lists.which, from, to + line(row, size), false);
}

/// parts [gridDim.y, columns]: block y sums its share of the rows.
template <class T>
__global__ void column_parts_kernel(int rows, int columns, const T* x, float* parts) {
    const int column = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (column >= columns) return;
    const int share = (rows + static_cast<int>(gridDim.y) - 1) / static_cast<int>(gridDim.y);
    const int begin = static_cast<int>(blockIdx.y) * share, end = min(rows, begin + share);
    float sum = 0;
#pragma unroll 8
    for (int row = begin; row < end; ++row) sum += load(x + line(row, columns) + column);
    parts[line(static_cast<int>(blockIdx.y), columns) + column] = sum;
}

/// to [columns] += the sum of parts [count, columns]. A block has a warp's columns; its warps take turns at the parts.
__global__ void __launch_bounds__(1024) add_parts_kernel(int count, int columns, const float* parts, float* to) {
    __shared__ float sums[warp][warp];
    const int lane = static_cast<int>(threadIdx.x), own = static_cast<int>(threadIdx.y);
    const int column = static_cast<int>(blockIdx.x) * warp + lane;
    float sum = 0;
    if (column < columns)
#pragma unroll 8
        for (int part = own; part < count; part += warp) sum += parts[line(part, columns) + column];
    sums[own][lane] = sum;
    __syncthreads();
    if (own != 0 || column >= columns) return;
    float all = to[column];
    for (int w = 0; w < warp; ++w) all += sums[w][lane];
    to[column] = all;
}

void add_parts(cudaStream_t stream, int count, int columns, const float* parts, float* to) {
    add_parts_kernel<<<(columns + warp - 1) / warp, dim3(warp, warp), 0, stream>>>(count, columns, parts, to);
}

/// A block takes every gridDim.x-th row; a thread sums the weight's gradient for the columns that are its own.
template <class T, int Width>
__global__ void rms_norm_backward_kernel(int rows, int size, const T* dy, const float* x, const float* inverse, const T* weight,
                                         float* dx, T* rounded, float* parts) {
    extern __shared__ float sums[];  // [size]
    for (int i = first_of(1); i < size; i += stride_of(1)) sums[i] = 0;
    __syncthreads();
    for (int row = static_cast<int>(blockIdx.x); row < rows; row += static_cast<int>(gridDim.x)) {
        const std::size_t begin = line(row, size);
        float dot = 0;
        for (int i = first_of(Width); i < size; i += stride_of(Width)) {
            float slopes[Width], weights[Width], values[Width];
            load<Width>(dy + begin + i, slopes);
            load<Width>(weight + i, weights);
            load<Width>(x + begin + i, values);
            for (int k = 0; k < Width; ++k) dot += slopes[k] * weights[k] * values[k];
        }
        const float r = inverse[row], pull = block_sum(dot) * r * r * r / static_cast<float>(size);
        for (int i = first_of(Width); i < size; i += stride_of(Width)) {
            float slopes[Width], weights[Width], values[Width], to[Width];
            load<Width>(dy + begin + i, slopes);
            load<Width>(weight + i, weights);
            load<Width>(x + begin + i, values);
            load<Width>(dx + begin + i, to);
            for (int k = 0; k < Width; ++k) {
                to[k] += slopes[k] * weights[k] * r - values[k] * pull;
                sums[i + k] += slopes[k] * values[k] * r;
            }
            store<Width>(dx + begin + i, to);
            store<Width>(rounded + begin + i, to);
        }
    }
    if (!parts) return;
    __syncthreads();
    for (int i = first_of(1); i < size; i += stride_of(1)) parts[line(static_cast<int>(blockIdx.x), size) + i] = sums[i];
}

constexpr int heads_a_block = 4;

/// Numbers i and size / 2 + i of a head, turned.
__device__ inline void turn(float& a, float& b, float cos, float sin) {
    const float first = a;
    a = first * cos - b * sin;
    b = b * cos + first * sin;
}

/// One warp a head.
template <class T>
__global__ void rotate_kernel(Heads heads, const int* positions, const T* bias, const float* cos, const float* sin, T* qkv) {
    const int row = static_cast<int>(blockIdx.x), head = static_cast<int>(blockIdx.y * heads_a_block + threadIdx.y);
    const int size = heads.size, half = size / 2;
    const bool turned = head < heads.heads + heads.kv_heads;
    if (head >= heads.heads + 2 * heads.kv_heads || (!turned && !bias)) return;
    T* mine = qkv + line(row, heads.width()) + head * size;
    const std::size_t angle = line(positions[row], half);
    for (int i = static_cast<int>(threadIdx.x); i < half; i += warp) {
        float a = load(mine + i), b = load(mine + half + i);
        if (bias) {
            a += load(bias + head * size + i);
            b += load(bias + head * size + half + i);
        }
        if (turned) turn(a, b, cos[angle + i], sin[angle + i]);
        store(mine + i, a);
        store(mine + half + i, b);
    }
}

template <class T>
__global__ void rotate_back_kernel(Heads heads, const int* positions, Lists readers, const float* cos, const float* sin, const T* dq,
                                   const T* dk, const T* dv, T* dqkv) {
    const int row = static_cast<int>(blockIdx.x), head = static_cast<int>(blockIdx.y * heads_a_block + threadIdx.y);
    const int size = heads.size, half = size / 2;
    const bool query = head < heads.heads, key = !query && head < heads.heads + heads.kv_heads;
    if (head >= heads.heads + 2 * heads.kv_heads) return;
    const int kv = query ? 0 : (head - heads.heads) % heads.kv_heads;
    const T* from = query ? dq + line(row, heads.heads * size) + head * size : (key ? dk : dv) + kv * size;
    T* to = dqkv + line(row, heads.width()) + head * size;
    const std::size_t angle = line(positions[row], half);
    for (int i = static_cast<int>(threadIdx.x); i < half; i += warp) {
        float a = 0, b = 0;
        if (query) {
            a = load(from + i);
            b = load(from + half + i);
        } else {
            const int end = readers.begins[row + 1];
#pragma unroll 2
            for (int k = readers.begins[row]; k < end; ++k) {
                const T* copy = from + line(readers.which[k], heads.kv_heads * size);
                a += load(copy + i);
                b += load(copy + half + i);
            }
        }
        if (query || key) turn(a, b, cos[angle + i], -sin[angle + i]);
        store(to + i, a);
        store(to + half + i, b);
    }
}

dim3 head_blocks(int rows, const Heads& heads) {
    const int all = heads.heads + 2 * heads.kv_heads;
    return dim3(static_cast<unsigned>(rows), static_cast<unsigned>((all + heads_a_block - 1) / heads_a_block));
}

template <class T, int Width>
__global__ void silu_times_backward_kernel(int size, T* dy, T* gate_up) {
    const int i = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x) * Width, row = static_cast<int>(blockIdx.x);
    if (i >= size) return;
    T *gate = gate_up + line(row, 2 * size) + i, *slope = dy + line(row, size) + i;
    float gates[Width], ups[Width], slopes[Width], inner[Width];
    load<Width>(gate, gates);
    load<Width>(gate + size, ups);
    load<Width>(slope, slopes);
    for (int k = 0; k < Width; ++k) {
        const float sigmoid = 1 / (1 + expf(-gates[k])), silu = gates[k] * sigmoid;
        inner[k] = silu * ups[k];
        gates[k] = slopes[k] * ups[k] * sigmoid * (1 + gates[k] * (1 - sigmoid));
        ups[k] = slopes[k] * silu;
    }
    store<Width>(gate, gates);
    store<Width>(gate + size, ups);
    store<Width>(slope, inner);
}

}  // namespace

template <class T>
void embed_tokens(cudaStream_t stream, int rows, int size, const Token* tokens, const T* table, float* x) {
    if (fours(size, table, x))
        embed_tokens_kernel<T, 4><<<rows, threads_for(size / 4), 0, stream>>>(size, tokens, table, x);
    else
        embed_tokens_kernel<T, 1><<<rows, threads_for(size), 0, stream>>>(size, tokens, table, x);
}

void add_embedding_gradient(cudaStream_t stream, int distinct, int size, const Token* tokens, const Lists& lists, const float* dx,
                            float* dtable) {
    if (fours(size, dx, dtable))
        embedding_gradient_kernel<4><<<distinct, threads_for(size / 4), 0, stream>>>(size, tokens, lists, dx, dtable);
    else
        embedding_gradient_kernel<1><<<distinct, threads_for(size), 0, stream>>>(size, tokens, lists, dx, dtable);
}

template <class T>
void add_column_sums(cudaStream_t stream, int rows, int columns, const T* x, float* scratch, float* to) {
    constexpr int threads = 128, parts = 128;
    column_parts_kernel<T><<<dim3(static_cast<unsigned>((columns + threads - 1) / threads), parts), threads, 0, stream>>>(rows, columns, x, scratch);
    add_parts(stream, parts, columns, scratch, to);
}

template <class T>
void rms_norm_backward(cudaStream_t stream, int rows, int size, const T* dy, const float* x, const float* inverse, const T* weight,
                       float* dx, T* rounded, float* scratch, float* dweight) {
    const int blocks = rows < sum_parts ? rows : sum_parts;
    const std::size_t shared = static_cast<std::size_t>(size) * sizeof(float);
    float* parts = dweight ? scratch : nullptr;
    if (fours(size, dy, x, weight, dx, rounded))
        rms_norm_backward_kernel<T, 4><<<blocks, threads_for(size / 4), shared, stream>>>(rows, size, dy, x, inverse, weight, dx, rounded, parts);
    else
        rms_norm_backward_kernel<T, 1><<<blocks, threads_for(size), shared, stream>>>(rows, size, dy, x, inverse, weight, dx, rounded, parts);
    if (dweight) add_parts(stream, blocks, size, scratch, dweight);
}

template <class T>
void rotate(cudaStream_t stream, int rows, const Heads& heads, const int* positions, const T* bias, const float* cos, const float* sin,
            T* qkv) {
    rotate_kernel<T><<<head_blocks(rows, heads), dim3(warp, heads_a_block), 0, stream>>>(heads, positions, bias, cos, sin, qkv);
}

template <class T>
void rotate_back(cudaStream_t stream, int rows, const Heads& heads, const int* positions, const Lists& readers, const float* cos,
                 const float* sin, const T* dq, const T* dk, const T* dv, T* dqkv) {
    rotate_back_kernel<T><<<head_blocks(rows, heads), dim3(warp, heads_a_block), 0, stream>>>(heads, positions, readers, cos, sin, dq, dk, dv, dqkv);
}

template <class T>
void sum_lines(cudaStream_t stream, int rows, int size, const Lists& lists, const T* from, T* to) {
    if (fours(size, from, to))
        sum_lines_kernel<T, 4><<<rows, threads_for(size / 4), 0, stream>>>(size, lists, from, to);
    else
        sum_lines_kernel<T, 1><<<rows, threads_for(size), 0, stream>>>(size, lists, from, to);
}

template <class T>
void silu_times_backward(cudaStream_t stream, int rows, int size, T* dy, T* gate_up) {
    constexpr int threads = 128;
    const auto blocks = [&](int width) {
        return dim3(static_cast<unsigned>(rows), static_cast<unsigned>((size / width + threads - 1) / threads));
    };
    if (fours(size, dy, gate_up))
        silu_times_backward_kernel<T, 4><<<blocks(4), threads, 0, stream>>>(size, dy, gate_up);
    else
        silu_times_backward_kernel<T, 1><<<blocks(1), threads, 0, stream>>>(size, dy, gate_up);
}

#define FOOTHOLD_INSTANTIATE(T)                                                                                                           \
    template void embed_tokens(cudaStream_t, int, int, const Token*, const T*, float*);                                                   \
    template void add_column_sums(cudaStream_t, int, int, const T*, float*, float*);                                                      \
    template void rms_norm_backward(cudaStream_t, int, int, const T*, const float*, const float*, const T*, float*, T*, float*, float*); \
    template void rotate(cudaStream_t, int, const Heads&, const int*, const T*, const float*, const float*, T*);                          \
    template void rotate_back(cudaStream_t, int, const Heads&, const int*, const Lists&, const float*, const float*, const T*, const T*,  \
                              const T*, T*);                                                                                              \
    template void sum_lines(cudaStream_t, int, int, const Lists&, const T*, T*);                                                          \
    template void silu_times_backward(cudaStream_t, int, int, T*, T*);
FOOTHOLD_INSTANTIATE(float)
FOOTHOLD_INSTANTIATE(bf16)

}  // namespace foothold::device
