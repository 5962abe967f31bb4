// SPDX-License-Identifier: GPL-3.0-or-later
// The ops of an update as plain loops over floats on the host: what the kernels are held against.
#pragma once
#include "engine/cuda/train_ops.h"

namespace foothold {

class ReferenceTrainOps final : public TrainOps {
public:
    Number number() const override { return Number::f32; }
    void embed(int rows, int size, const Token* tokens, const void* table, float* x) override;
    void add_embedding_gradient(int distinct, int size, const Token* tokens, const Lists& lists, const float* dx, float* dtable) override;
    void multiply(int rows, int inputs, int outputs, const void* x, const void* weight, void* y, bool to_float) override;
    void multiply_back(int rows, int inputs, int outputs, const void* dy, const void* weight, void* dx) override;
    void add_weight_gradient(int rows, int inputs, int outputs, const void* dy, const void* x, float* dweight) override;
    void add_column_sums(int rows, int columns, const void* x, float* to) override;
    void add_rms_norm(int rows, int size, const float* x, const void* delta, const void* weight, float eps, float* sum, void* y,
                      float* inverse) override;
    void rms_norm_backward(int rows, int size, const void* dy, const float* x, const float* inverse, const void* weight, float* dx,
                           void* rounded, float* dweight) override;
    void rotate(int rows, const Heads& heads, const int* positions, const void* bias, const float* cos, const float* sin,
                void* qkv) override;
    void rotate_back(int rows, const Heads& heads, const int* positions, const Lists& readers, const float* cos, const float* sin,
                     const void* dq, const void* dk, const void* dv, void* dqkv) override;
    void attend(const PackedAttention& a, void* y, float* log_sums) override;
    void attend_back(const PackedAttention& a, const void* y, const void* dy, const float* log_sums, float* dots, void* dq, void* dk,
                     void* dv) override;
    void sum_lines(int rows, int size, const Lists& lists, const void* from, void* to) override;
    void silu_times(int rows, int size, const void* gate_up, void* y) override;
    void silu_times_backward(int rows, int size, void* dy, void* gate_up) override;
    void logprobs(int rows, int vocabulary, const float* logits, const Token* targets, float* logprobs, float* log_sums) override;
    void logprobs_backward(int rows, int vocabulary, const float* logits, const Token* targets, const float* log_sums,
                           const float* slopes, void* dlogits) override;
    double sum_of_squares(std::int64_t count, const float* x) override;
    void adamw(std::int64_t count, const AdamWStep& step, const float* gradient, float* weights, float* first_moment,
               float* second_moment, void* rounded) override;
};

}  // namespace foothold
