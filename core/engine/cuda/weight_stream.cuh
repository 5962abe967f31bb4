// SPDX-License-Identifier: GPL-3.0-or-later
// A small model's matrices as one block goes through them again and again: always in the same order, so that what comes
// next is copied to shared memory while the block is busy with what is there, also across layers and steps.
#pragma once
#include <cuda_pipeline_primitives.h>

#include "engine/cuda/device.cuh"

namespace foothold::device {

constexpr int decode_threads = 512;
constexpr int stages = 4;                      ///< Tiles in shared memory: one in use, the others on their way.
constexpr int most_stage_bytes = 96 * 96 * 4;  ///< Of a tile.
constexpr int most_layers = 16;
/// In a product the threads before this one multiply, those from it on copy.
constexpr int first_copier = decode_threads / 2;

/// The matrices of a layer in their order; the head comes after the last layer.
enum Matrix { matrix_qkv, matrix_o, matrix_gate_up, matrix_down, matrix_head, matrices };

/// [outputs, inputs], read in tiles of so many outputs.
struct MatrixShape {
    int inputs, outputs, tile;
};

/// The model as the kernel's parameter.
template <class T>
struct SmallModel {
    struct Layer {
        const T *input_norm, *attention_norm, *qkv_bias, *q_norm, *k_norm;
        const T* matrix[matrix_head];
        T *keys, *values;
    };
    int layers, hidden, mlp, vocabulary, stage_bytes;
    float eps;
    Heads heads;
    MatrixShape shapes[matrices];
    const T *embedding, *norm, *head;
    const float *cos, *sin;
    Layer layer[most_layers];
};

/// Staged: through shared memory, where all matrices have rows of whole 16 bytes. Otherwise a tile is the matrix itself.
/// All threads of the block call everything.
template <class T, bool Staged>
class WeightStream {
public:
    /// `ring` has stages x stage_bytes.
    __device__ WeightStream(const SmallModel<T>& model, unsigned char* ring) : model_(model), ring_(ring) {
        if constexpr (Staged)
#pragma unroll 1
            for (int i = 0; i < stages - 1; ++i) fetch();
    }

    /// The next tile, which is one of `matrix`. What threads wrote to shared memory before is seen by all afterwards.
    __device__ const T* next(const T* matrix) {
        if constexpr (!Staged) {
            __syncthreads();
            return matrix;
        } else {
            __pipeline_wait_prior(stages - 2);  // This thread's part of the tile is there,
            __syncthreads();                    // and everybody's; the tile before is done with, and its place is free.
            fetch();
            const unsigned char* tile = ring_ + used_ * model_.stage_bytes;
            used_ = used_ + 1 == stages ? 0 : used_ + 1;
            return reinterpret_cast<const T*>(tile);
        }
    }

    /// Nothing is on its way any more.
    __device__ void finish() {
        if constexpr (Staged) __pipeline_wait_prior(0);
    }

private:
    __device__ void fetch() {
        const int thread = static_cast<int>(threadIdx.x) - first_copier;
        if (thread < 0) return;
        const bool of_head = layer_ == model_.layers;
        const MatrixShape& shape = model_.shapes[of_head ? static_cast<int>(matrix_head) : matrix_];
        const T* matrix = of_head ? model_.head : model_.layer[layer_].matrix[matrix_];
        const int outputs = min(shape.tile, shape.outputs - output_);
        const auto* from = reinterpret_cast<const unsigned char*>(matrix + output_ * shape.inputs);
        unsigned char* to = ring_ + free_ * model_.stage_bytes;
        const int bytes = outputs * shape.inputs * static_cast<int>(sizeof(T));
#pragma unroll 3
        for (int at = thread * 16; at < bytes; at += (decode_threads - first_copier) * 16) __pipeline_memcpy_async(to + at, from + at, 16);
        __pipeline_commit();
        free_ = free_ + 1 == stages ? 0 : free_ + 1;
        output_ += outputs;
        if (output_ < shape.outputs) return;
        output_ = 0;
        if (of_head) {
            layer_ = 0;
        } else if (++matrix_ == matrix_head) {
            matrix_ = 0;
            ++layer_;
        }
    }

    const SmallModel<T>& model_;
    unsigned char* ring_;
    int used_ = 0, free_ = 0;                  // Places in the ring: of the next tile, and for the next copy.
    int layer_ = 0, matrix_ = 0, output_ = 0;  // What is copied next.
};

constexpr int output_lanes = 8;                               ///< Share an output's inputs.
constexpr int outputs_at_once = first_copier / output_lanes;  ///< Of a block.

/// Adds up what each of eight lanes has for each of R rows; the sum of row `lane / (8 / R)` is returned. Every row's sum is
/// made in the same order, however many there are.
template <int R>
__device__ inline float sum_of_lanes(const float (&values)[R], int lane) {
    float sum;
    if constexpr (R == 4) {
        const bool upper = lane & 4;
        float first = upper ? values[2] : values[0], second = upper ? values[3] : values[1];
        first += __shfl_xor_sync(all_lanes, upper ? values[0] : values[2], 4);
        second += __shfl_xor_sync(all_lanes, upper ? values[1] : values[3], 4);
        const bool odd = lane & 2;
        sum = odd ? second : first;
        sum += __shfl_xor_sync(all_lanes, odd ? first : second, 2);
    } else if constexpr (R == 2) {
        const bool upper = lane & 4;
        sum = upper ? values[1] : values[0];
        sum += __shfl_xor_sync(all_lanes, upper ? values[0] : values[1], 4);
        sum += __shfl_xor_sync(all_lanes, sum, 2);
    } else {
        sum = values[0];
        sum += __shfl_xor_sync(all_lanes, sum, 4);
        sum += __shfl_xor_sync(all_lanes, sum, 2);
    }
    return sum + __shfl_xor_sync(all_lanes, sum, 1);
}

/// Where a product's numbers go: to [R, stride], added to what is there or in its place.
struct Target {
    float* to;
    int stride;
    bool add;
};

/// U outputs of every eight lanes: `output` and each 32nd after it.
template <int U, int Width, int R, class T>
__device__ inline void multiply_outputs(const T* tile, int inputs, int outputs, int output, const float* x, int stride, const Target& target) {
    const int lane = static_cast<int>(threadIdx.x) % output_lanes;
    const T* weight[U];
#pragma unroll
    for (int u = 0; u < U; ++u) weight[u] = tile + min(output + u * outputs_at_once, outputs - 1) * inputs;
    float sums[U][R] = {};
#pragma unroll 3
    for (int i = lane * Width; i < inputs; i += output_lanes * Width) {
        float w[U][Width];
#pragma unroll
        for (int u = 0; u < U; ++u) load<Width>(weight[u] + i, w[u]);
#pragma unroll
        for (int r = 0; r < R; ++r) {
            float numbers[Width];
            load<Width>(x + r * stride + i, numbers);
#pragma unroll
            for (int u = 0; u < U; ++u)
#pragma unroll
                for (int k = 0; k < Width; ++k) sums[u][r] = fmaf(w[u][k], numbers[k], sums[u][r]);
        }
    }
    const int row = lane / (output_lanes / R);
#pragma unroll
    for (int u = 0; u < U; ++u) {
        const float sum = sum_of_lanes<R>(sums[u], lane);
        const int at = output + u * outputs_at_once;
        if (lane % (output_lanes / R) != 0 || at >= outputs) continue;
        float& place = target.to[row * target.stride + at];
        place = target.add ? place + sum : sum;
    }
}

/// x [R, stride] times the next matrix of the stream. Begins with a barrier and ends with none.
template <int Width, int R, class T, bool Staged>
__device__ inline void multiply(WeightStream<T, Staged>& stream, const MatrixShape& shape, const T* matrix, const float* x, int stride, Target target) {
    const int thread = static_cast<int>(threadIdx.x), of_warp = thread / warp * (warp / output_lanes), own = thread % warp / output_lanes;
    for (int done = 0; done < shape.outputs; done += shape.tile, target.to += shape.tile) {
        const T* tile = stream.next(matrix);
        if (thread >= first_copier) continue;
        // A warp stays together: it goes by the first of its four outputs.
        const int outputs = min(shape.tile, shape.outputs - done);
        for (int first = of_warp; first < outputs; first += 3 * outputs_at_once) {
            const auto some = [&]<int U>() { multiply_outputs<U, Width, R>(tile, shape.inputs, outputs, first + own, x, stride, target); };
            if (outputs - first > 2 * outputs_at_once)
                some.template operator()<3>();
            else if (outputs - first > outputs_at_once)
                some.template operator()<2>();
            else
                some.template operator()<1>();
        }
    }
}

}  // namespace foothold::device
