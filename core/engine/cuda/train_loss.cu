// SPDX-License-Identifier: GPL-3.0-or-later
// An update's kernels on logits and on all weights at once: log-probs and their gradient, the gradient's norm, AdamW.
#include "engine/cuda/train_kernels.cuh"

namespace foothold::device {
namespace {

/// A sum of exponentials, as sum x exp(largest).
struct LogSum {
    float largest, sum;
    __device__ void add(const LogSum& other) {
        if (other.sum == 0) return;
        const float most = fmaxf(largest, other.largest);
        sum = (sum == 0 ? 0 : sum * expf(largest - most)) + other.sum * expf(other.largest - most);
        largest = most;
    }
};

/// One block a row, which reads it once.
template <int Width>
__global__ void __launch_bounds__(1024)
    logprobs_kernel(int vocabulary, const float* logits, const Token* targets, float* logprobs, float* log_sums) {
    __shared__ LogSum parts[warp];
    const int row = static_cast<int>(blockIdx.x);
    const float* mine = logits + static_cast<std::size_t>(row) * vocabulary;
    LogSum all{-INFINITY, 0};
#pragma unroll 4
    for (int i = static_cast<int>(threadIdx.x) * Width; i < vocabulary; i += static_cast<int>(blockDim.x) * Width) {
        float values[Width];
        load<Width>(mine + i, values);
        float most = values[0];
        for (int k = 1; k < Width; ++k) most = fmaxf(most, values[k]);
        if (most > all.largest) {
            all.sum *= expf(all.largest - most);  // The first time 0 x 0.
            all.largest = most;
        }
        for (int k = 0; k < Width; ++k) all.sum += expf(values[k] - all.largest);
    }
    for (int away = warp / 2; away > 0; away /= 2) {
        const LogSum other{__shfl_down_sync(all_lanes, all.largest, away), __shfl_down_sync(all_lanes, all.sum, away)};
        all.add(other);
    }
    if (threadIdx.x % warp == 0) parts[threadIdx.x / warp] = all;
    __syncthreads();
    if (threadIdx.x != 0) return;
    for (unsigned w = 1; w < blockDim.x / warp; ++w) all.add(parts[w]);
    const float log_sum = all.largest + logf(all.sum);
    log_sums[row] = log_sum;
    logprobs[row] = mine[targets[row]] - log_sum;
}

template <class T, int Width>
__global__ void logprobs_backward_kernel(int vocabulary, const float* logits, const Token* targets, const float* log_sums,
                                         const float* slopes, T* dlogits) {
    const int row = static_cast<int>(blockIdx.x), i = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x) * Width;
    if (i >= vocabulary) return;
    const std::size_t begin = static_cast<std::size_t>(row) * vocabulary;
    const float slope = slopes[row], log_sum = log_sums[row];
    const int target = targets[row];
    float values[Width];
    load<Width>(logits + begin + i, values);
    for (int k = 0; k < Width; ++k) values[k] = slope * ((i + k == target ? 1.0f : 0.0f) - expf(values[k] - log_sum));
    store<Width>(dlogits + begin + i, values);
}

constexpr int wide_threads = 256;

template <int Width>
__global__ void squares_kernel(std::int64_t count, const float* x, double* parts) {
    double sum = 0;
    const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x * Width;
    for (std::int64_t i = (static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * Width; i < count; i += stride) {
        float values[Width];
        load<Width>(x + i, values);
        float four = 0;
        for (int k = 0; k < Width; ++k) four += values[k] * values[k];
        sum += static_cast<double>(four);
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

template <class T, int Width>
__global__ void adamw_kernel(std::int64_t count, AdamWStep step, const float* gradient, float* weights, float* first_moment,
                             float* second_moment, T* rounded) {
    const std::int64_t i = (static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * Width;
    if (i >= count) return;
    float slopes[Width], values[Width], first[Width], second[Width];
    load<Width>(gradient + i, slopes);
    load<Width>(weights + i, values);
    load<Width>(first_moment + i, first);
    load<Width>(second_moment + i, second);
    const float root = sqrtf(step.correction2);
    for (int k = 0; k < Width; ++k) {
        const float slope = slopes[k] * step.scale;
        first[k] += (slope - first[k]) * (1 - step.beta1);
        second[k] = step.beta2 * second[k] + (1 - step.beta2) * slope * slope;
        values[k] *= 1 - step.lr * step.weight_decay;
        values[k] -= step.lr / step.correction1 * first[k] / (sqrtf(second[k]) / root + step.eps);
    }
    store<Width>(weights + i, values);
    store<Width>(first_moment + i, first);
    store<Width>(second_moment + i, second);
    if (rounded) store<Width>(rounded + i, values);
}

}  // namespace

void logprobs(cudaStream_t stream, int rows, int vocabulary, const float* logits, const Token* targets, float* logprobs, float* log_sums) {
    if (fours(vocabulary, logits))
        logprobs_kernel<4><<<rows, threads_for(vocabulary / 4), 0, stream>>>(vocabulary, logits, targets, logprobs, log_sums);
    else
        logprobs_kernel<1><<<rows, threads_for(vocabulary), 0, stream>>>(vocabulary, logits, targets, logprobs, log_sums);
}

template <class T>
void logprobs_backward(cudaStream_t stream, int rows, int vocabulary, const float* logits, const Token* targets, const float* log_sums,
                       const float* slopes, T* dlogits) {
    const auto blocks = [&](int width) {
        return dim3(static_cast<unsigned>(rows), static_cast<unsigned>((vocabulary / width + wide_threads - 1) / wide_threads));
    };
    if (fours(vocabulary, logits, dlogits))
        logprobs_backward_kernel<T, 4><<<blocks(4), wide_threads, 0, stream>>>(vocabulary, logits, targets, log_sums, slopes, dlogits);
    else
        logprobs_backward_kernel<T, 1><<<blocks(1), wide_threads, 0, stream>>>(vocabulary, logits, targets, log_sums, slopes, dlogits);
}

void squares(cudaStream_t stream, std::int64_t count, const float* x, double* parts) {
    if (count % 4 == 0 && aligned(x))
        squares_kernel<4><<<sum_parts, wide_threads, 0, stream>>>(count, x, parts);
    else
        squares_kernel<1><<<sum_parts, wide_threads, 0, stream>>>(count, x, parts);
}

template <class T>
void adamw(cudaStream_t stream, std::int64_t count, const AdamWStep& step, const float* gradient, float* weights, float* first_moment,
           float* second_moment, T* rounded) {
    const auto blocks = [&](int width) {
        const std::int64_t each = static_cast<std::int64_t>(wide_threads) * width;
        return static_cast<unsigned>((count + each - 1) / each);
    };
    if (count % 4 == 0 && aligned(gradient) && aligned(weights) && aligned(first_moment) && aligned(second_moment) && aligned(rounded))
        adamw_kernel<T, 4><<<blocks(4), wide_threads, 0, stream>>>(count, step, gradient, weights, first_moment, second_moment, rounded);
    else
        adamw_kernel<T, 1><<<blocks(1), wide_threads, 0, stream>>>(count, step, gradient, weights, first_moment, second_moment, rounded);
}

template void logprobs_backward(cudaStream_t, int, int, const float*, const Token*, const float*, const float*, float*);
template void logprobs_backward(cudaStream_t, int, int, const float*, const Token*, const float*, const float*, bf16*);
template void adamw(cudaStream_t, std::int64_t, const AdamWStep&, const float*, float*, float*, float*, float*);
template void adamw(cudaStream_t, std::int64_t, const AdamWStep&, const float*, float*, float*, float*, bf16*);

}  // namespace foothold::device
