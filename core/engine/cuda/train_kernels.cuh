// SPDX-License-Identifier: GPL-3.0-or-later
// The launches of the kernels of an update; arguments as in train_ops.h, T is float or bf16. What is summed over many rows
// is summed in parts first, `scratch` holds them: sum_parts of as many numbers as a row has.
#pragma once
#include "engine/cuda/device.cuh"
#include "engine/cuda/train_ops.h"

namespace foothold::device {

constexpr int sum_parts = 1024;  ///< A number of its own, not the GPU's: sums are the same on every one.

template <class T>
void embed_tokens(cudaStream_t stream, int rows, int size, const Token* tokens, const T* table, float* x);
void add_embedding_gradient(cudaStream_t stream, int distinct, int size, const Token* tokens, const Lists& lists, const float* dx,
                            float* dtable);
template <class T>
void add_column_sums(cudaStream_t stream, int rows, int columns, const T* x, float* scratch, float* to);
template <class T>
void rms_norm_backward(cudaStream_t stream, int rows, int size, const T* dy, const float* x, const float* inverse, const T* weight,
                       float* dx, T* rounded, float* scratch, float* dweight);
template <class T>
void rotate(cudaStream_t stream, int rows, const Heads& heads, const int* positions, const T* bias, const float* cos, const float* sin,
            T* qkv);
template <class T>
void rotate_back(cudaStream_t stream, int rows, const Heads& heads, const int* positions, const Lists& readers, const float* cos,
                 const float* sin, const T* dq, const T* dk, const T* dv, T* dqkv);
/// dots [rows, heads] is scratch.
template <class T>
void attend_packed(cudaStream_t stream, int rows, const PackedBounds& bounds, const Heads& heads, const T* q, int q_stride, const T* k,
                   const T* v, int kv_stride, T* y, float* log_sums);
template <class T>
void attend_packed_back(cudaStream_t stream, int rows, int keys, const PackedBounds& bounds, const Heads& heads, const T* q, int q_stride,
                        const T* k, const T* v, int kv_stride, const T* y, const T* dy, const float* log_sums, float* dots, T* dq, T* dk,
                        T* dv);
template <class T>
void sum_lines(cudaStream_t stream, int rows, int size, const Lists& lists, const T* from, T* to);
template <class T>
void silu_times_backward(cudaStream_t stream, int rows, int size, T* dy, T* gate_up);
void logprobs(cudaStream_t stream, int rows, int vocabulary, const float* logits, const Token* targets, float* logprobs, float* log_sums);
template <class T>
void logprobs_backward(cudaStream_t stream, int rows, int vocabulary, const float* logits, const Token* targets, const float* log_sums,
                       const float* slopes, T* dlogits);
/// The sum in sum_parts parts.
void squares(cudaStream_t stream, std::int64_t count, const float* x, double* parts);
template <class T>
void adamw(cudaStream_t stream, std::int64_t count, const AdamWStep& step, const float* gradient, float* weights, float* first_moment,
           float* second_moment, T* rounded);

}  // namespace foothold::device
