// SPDX-License-Identifier: GPL-3.0-or-later
// Attention of an update and its way back, in floats of any precision and for heads of any size: exact and in a fixed
// order, for models whose heads flash attention does not take. One warp a query and head; on the way back also one a key,
// which goes through the queries that see it, so that nothing is added by two.
#include "engine/cuda/train_kernels.cuh"

namespace foothold::device {
namespace {

constexpr int warps = 4;
constexpr int most_size = 256;
constexpr int most_parts = most_size / warp;  // Numbers of a head that are one lane's.

/// A warp's numbers of one line, as floats where all lanes can read them.
template <class T>
__device__ inline void stage(const T* from, int size, float scale, float* to) {
    for (int i = static_cast<int>(threadIdx.x); i < size; i += warp) to[i] = load(from + i) * scale;
    __syncwarp();
}

template <class T>
__device__ inline float dot(const float* staged, const T* line, int size) {
    float sum = 0;
    int i = 0;
    if (size % 4 == 0 && reinterpret_cast<std::uintptr_t>(line) % (4 * sizeof(T)) == 0)
        for (; i < size; i += 4) {
            float four[4];
            load<4>(line + i, four);
            for (int k = 0; k < 4; ++k) sum += staged[i + k] * four[k];
        }
    for (; i < size; ++i) sum += staged[i] * load(line + i);
    return sum;
}

/// sums [a lane's numbers] += weight of lane t x line t, t < count; line 0 begins at `first`, the others `stride` apart.
template <class T>
__device__ inline void gather(float weight, const T* first, std::size_t stride, int count, int size, float (&sums)[most_parts]) {
    for (int t = 0; t < count; ++t) {
        const float of_line = __shfl_sync(all_lanes, weight, t);
        const T* line = first + t * stride;
#pragma unroll
        for (int part = 0; part < most_parts; ++part) {
            const int i = static_cast<int>(threadIdx.x) + part * warp;
            if (i < size) sums[part] += of_line * load(line + i);
        }
    }
}

template <class T>
__device__ inline void put(const float (&sums)[most_parts], float scale, int size, T* to) {
#pragma unroll
    for (int part = 0; part < most_parts; ++part) {
        const int i = static_cast<int>(threadIdx.x) + part * warp;
        if (i < size) store(to + i, sums[part] * scale);
    }
}

/// What a query sees.
struct Seen {
    __device__ Seen(const PackedBounds& bounds, int row) {
        const int sequence = bounds.sequence_of_row[row];
        first_key = bounds.key_begins[sequence];
        const int keys = bounds.key_begins[sequence + 1] - first_key, begin = bounds.query_begins[sequence];
        count = keys - (bounds.query_begins[sequence + 1] - begin) + row - begin + 1;
    }
    int first_key, count;
};

template <class T>
__global__ void attend_kernel(int rows, PackedBounds bounds, Heads heads, float scale, const T* q, int q_stride, const T* k, const T* v,
                              int kv_stride, T* y, float* log_sums) {
    __shared__ float staged[warps][most_size];
    const int row = static_cast<int>(blockIdx.x * warps + threadIdx.y), head = static_cast<int>(blockIdx.y), size = heads.size;
    if (row >= rows) return;  // The whole warp.
    const int lane = static_cast<int>(threadIdx.x), kv = head / (heads.heads / heads.kv_heads);
    float* query = staged[threadIdx.y];
    stage(q + static_cast<std::size_t>(row) * q_stride + head * size, size, scale, query);
    const Seen seen(bounds, row);
    const std::size_t stride = kv_stride, first = seen.first_key * stride + kv * size;
    float largest = -INFINITY, total = 0, sums[most_parts] = {};
    for (int begin = 0; begin < seen.count; begin += warp) {
        const int count = min(warp, seen.count - begin);
        const float score = lane < count ? dot(query, k + first + (begin + lane) * stride, size) : -INFINITY;
        const float now = fmaxf(largest, warp_max(score)), fade = expf(largest - now), weight = expf(score - now);
        largest = now;
        total = total * fade + warp_sum(weight);
#pragma unroll
        for (float& sum : sums) sum *= fade;
        gather(weight, v + first + begin * stride, stride, count, size, sums);
    }
    const std::size_t place = static_cast<std::size_t>(row) * heads.heads + head;
    put(sums, 1 / total, size, y + place * size);
    if (lane == 0) log_sums[place] = largest + logf(total);
}

/// dq, and dots [rows, heads] = dy . y.
template <class T>
__global__ void attend_queries_back_kernel(int rows, PackedBounds bounds, Heads heads, float scale, const T* q, int q_stride, const T* k,
                                           const T* v, int kv_stride, const T* y, const T* dy, const float* log_sums, float* dots, T* dq) {
    __shared__ float staged[2][warps][most_size];
    const int row = static_cast<int>(blockIdx.x * warps + threadIdx.y), head = static_cast<int>(blockIdx.y), size = heads.size;
    if (row >= rows) return;
    const int lane = static_cast<int>(threadIdx.x), kv = head / (heads.heads / heads.kv_heads);
    float *query = staged[0][threadIdx.y], *slope = staged[1][threadIdx.y];
    const std::size_t place = static_cast<std::size_t>(row) * heads.heads + head;
    stage(q + static_cast<std::size_t>(row) * q_stride + head * size, size, scale, query);
    stage(dy + place * size, size, 1, slope);
    float own = 0;
    for (int i = lane; i < size; i += warp) own += slope[i] * load(y + place * size + i);
    const float all = warp_sum(own), log_sum = log_sums[place];
    const Seen seen(bounds, row);
    const std::size_t stride = kv_stride, first = seen.first_key * stride + kv * size;
    float sums[most_parts] = {};
    for (int begin = 0; begin < seen.count; begin += warp) {
        const int count = min(warp, seen.count - begin);
        float dscore = 0;
        if (lane < count) {
            const std::size_t line = first + (begin + lane) * stride;
            dscore = expf(dot(query, k + line, size) - log_sum) * (dot(slope, v + line, size) - all);
        }
        gather(dscore, k + first + begin * stride, stride, count, size, sums);
    }
    put(sums, scale, size, dq + place * size);
    if (lane == 0) dots[place] = all;
}

/// dk and dv [keys, kv heads, size].
template <class T>
__global__ void attend_keys_back_kernel(int keys, PackedBounds bounds, Heads heads, float scale, const T* q, int q_stride, const T* k,
                                        const T* v, int kv_stride, const T* dy, const float* log_sums, const float* dots, T* dk, T* dv) {
    __shared__ float staged[2][warps][most_size];
    const int key = static_cast<int>(blockIdx.x * warps + threadIdx.y), kv = static_cast<int>(blockIdx.y), size = heads.size;
    if (key >= keys) return;
    const int lane = static_cast<int>(threadIdx.x), group = heads.heads / heads.kv_heads;
    float *own_key = staged[0][threadIdx.y], *own_value = staged[1][threadIdx.y];
    stage(k + static_cast<std::size_t>(key) * kv_stride + kv * size, size, scale, own_key);
    stage(v + static_cast<std::size_t>(key) * kv_stride + kv * size, size, 1, own_value);
    const int sequence = bounds.sequence_of_key[key], end = bounds.query_begins[sequence + 1];
    const int queries = end - bounds.query_begins[sequence], all_keys = bounds.key_begins[sequence + 1] - bounds.key_begins[sequence];
    // The first query that sees it.
    const int first = end - queries + max(0, key - bounds.key_begins[sequence] - (all_keys - queries));
    float of_key[most_parts] = {}, of_value[most_parts] = {};
    const std::size_t y_stride = static_cast<std::size_t>(heads.heads) * size;
    for (int head = kv * group; head < (kv + 1) * group; ++head)
        for (int begin = first; begin < end; begin += warp) {
            const int count = min(warp, end - begin), row = begin + lane;
            float chance = 0, dscore = 0;
            if (lane < count) {
                const std::size_t place = static_cast<std::size_t>(row) * heads.heads + head;
                chance = expf(dot(own_key, q + static_cast<std::size_t>(row) * q_stride + head * size, size) - log_sums[place]);
                dscore = chance * (dot(own_value, dy + place * size, size) - dots[place]);
            }
            gather(dscore, q + static_cast<std::size_t>(begin) * q_stride + head * size, static_cast<std::size_t>(q_stride), count, size, of_key);
            gather(chance, dy + begin * y_stride + head * size, y_stride, count, size, of_value);
        }
    const std::size_t place = (static_cast<std::size_t>(key) * heads.kv_heads + kv) * size;
    put(of_key, scale, size, dk + place);
    put(of_value, 1, size, dv + place);
}

dim3 blocks_of(int lines, int heads) { return dim3(static_cast<unsigned>((lines + warps - 1) / warps), static_cast<unsigned>(heads)); }
float scale_of(const Heads& heads) { return 1 / sqrtf(static_cast<float>(heads.size)); }

}  // namespace

template <class T>
void attend_packed(cudaStream_t stream, int rows, const PackedBounds& bounds, const Heads& heads, const T* q, int q_stride, const T* k,
                   const T* v, int kv_stride, T* y, float* log_sums) {
    attend_kernel<T><<<blocks_of(rows, heads.heads), dim3(warp, warps), 0, stream>>>(rows, bounds, heads, scale_of(heads), q, q_stride, k, v,
                                                                                    kv_stride, y, log_sums);
}

template <class T>
void attend_packed_back(cudaStream_t stream, int rows, int keys, const PackedBounds& bounds, const Heads& heads, const T* q, int q_stride,
                        const T* k, const T* v, int kv_stride, const T* y, const T* dy, const float* log_sums, float* dots, T* dq, T* dk,
                        T* dv) {
    const float scale = scale_of(heads);
    const dim3 threads(warp, warps);
    attend_queries_back_kernel<T><<<blocks_of(rows, heads.heads), threads, 0, stream>>>(rows, bounds, heads, scale, q, q_stride, k, v, kv_stride,
                                                                                       y, dy, log_sums, dots, dq);
    attend_keys_back_kernel<T><<<blocks_of(keys, heads.kv_heads), threads, 0, stream>>>(keys, bounds, heads, scale, q, q_stride, k, v, kv_stride,
                                                                                       dy, log_sums, dots, dk, dv);
}

#define FOOTHOLD_INSTANTIATE(T)                                                                                                     \
    template void attend_packed(cudaStream_t, int, const PackedBounds&, const Heads&, const T*, int, const T*, const T*, int, T*, float*); \
    template void attend_packed_back(cudaStream_t, int, int, const PackedBounds&, const Heads&, const T*, int, const T*, const T*, int,   \
                                     const T*, const T*, const float*, float*, T*, T*, T*);
FOOTHOLD_INSTANTIATE(float)
FOOTHOLD_INSTANTIATE(bf16)

}  // namespace foothold::device
