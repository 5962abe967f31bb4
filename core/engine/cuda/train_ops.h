// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of an update over packed sequences, beside attention and what is shared with no kernel: one virtual
// function a kernel. train_reference.h does it with plain loops on the host, the CUDA module on a GPU. Every function is a
// fixed order of sums: the same input gives the same bits.
#pragma once
#include <cstdint>
#include <memory>

#include "engine/cuda/ops.h"

namespace foothold {

/// Lists of numbers: list i is which[begins[i] .. begins[i + 1] - 1].
struct Lists {
    const int* begins = nullptr;
    const int* which = nullptr;
};

/// Sequences that lie one after the other, their queries and their keys apart: a sequence that follows a context has the
/// context's keys before its own, and no queries for them.
struct PackedBounds {
    const int *query_begins = nullptr, *key_begins = nullptr;        ///< [sequences + 1]
    const int *sequence_of_row = nullptr, *sequence_of_key = nullptr;  ///< [rows], [keys]
};

/// Queries [rows, heads, size], lines q_stride apart; keys and values [keys, kv_heads, size], kv_stride apart. The last query
/// of a sequence sees all its keys, each one before it one key less.
struct PackedAttention {
    int rows = 0, keys = 0;
    PackedBounds bounds;
    Heads heads;
    const void *q = nullptr, *k = nullptr, *v = nullptr;
    int q_stride = 0, kv_stride = 0;
};

/// One step of AdamW (OptimizerSettings), its corrections worked out.
struct AdamWStep {
    float lr = 0, beta1 = 0, beta2 = 0, eps = 0, weight_decay = 0;
    float correction1 = 1, correction2 = 1;  ///< 1 - beta^step.
    float scale = 1;                         ///< The gradient is multiplied by it first: clipping.
};

/// Pointers are to memory that the ops can read, that of libtorch on the same device. `void*` numbers are of the type
/// number(); the residual, logits, what is summed over rows and all that is trained are floats. Work is queued on the
/// stream that libtorch uses unless it is told otherwise. Throws RunError when the device gives out. One thread at a time.
class TrainOps {
public:
    virtual ~TrainOps() = default;
    virtual Number number() const = 0;

    /// x [rows, size] = the lines of table [vocabulary, size] that tokens [rows] name.
    virtual void embed(int rows, int size, const Token* tokens, const void* table, float* x) = 0;
    /// dtable's lines tokens[i] += the sum of dx's lines in list i, for i < distinct.
    virtual void add_embedding_gradient(int distinct, int size, const Token* tokens, const Lists& lists, const float* dx,
                                        float* dtable) = 0;

    /// y [rows, outputs] = x [rows, inputs] weight [outputs, inputs]^T; floats with `to_float`, else number().
    virtual void multiply(int rows, int inputs, int outputs, const void* x, const void* weight, void* y, bool to_float) = 0;
    /// dx [rows, inputs] = dy [rows, outputs] weight.
    virtual void multiply_back(int rows, int inputs, int outputs, const void* dy, const void* weight, void* dx) = 0;
    /// dweight [outputs, inputs] += dy^T x.
    virtual void add_weight_gradient(int rows, int inputs, int outputs, const void* dy, const void* x, float* dweight) = 0;
    /// to [columns] += the sum of the rows of x [rows, columns].
    virtual void add_column_sums(int rows, int columns, const void* x, float* to) = 0;

    /// sum [rows, size] = x + delta (x where delta is null; sum may be x), y = sum x inverse x weight with inverse [rows] =
    /// 1 / sqrt(mean(sum^2) + eps).
    virtual void add_rms_norm(int rows, int size, const float* x, const void* delta, const void* weight, float eps, float* sum,
                              void* y, float* inverse) = 0;
    /// dx [rows, size] += what comes back through y = x inverse weight; rounded = the new dx as number(); dweight [size] +=
    /// its gradient, unless null.
    virtual void rms_norm_backward(int rows, int size, const void* dy, const float* x, const float* inverse, const void* weight,
                                   float* dx, void* rounded, float* dweight) = 0;

    /// Bias (unless null) on all of qkv [rows, heads.width()], rotation of queries and keys; cos, sin [positions, size / 2].
    virtual void rotate(int rows, const Heads& heads, const int* positions, const void* bias, const float* cos, const float* sin,
                        void* qkv) = 0;
    /// The way back: dqkv from dq [rows, heads, size] and dk, dv [keys, kv_heads, size], where the readers of a row are the
    /// keys that are copies of its own.
    virtual void rotate_back(int rows, const Heads& heads, const int* positions, const Lists& readers, const float* cos,
                             const float* sin, const void* dq, const void* dk, const void* dv, void* dqkv) = 0;
    /// y [rows, heads, size]; log_sums [rows, heads] = log of the sum of exponentials of the scores.
    virtual void attend(const PackedAttention& a, void* y, float* log_sums) = 0;
    /// dq, dk, dv like q, k, v without gaps; dots [rows, heads] is room for what is between.
    virtual void attend_back(const PackedAttention& a, const void* y, const void* dy, const float* log_sums, float* dots, void* dq,
                             void* dk, void* dv) = 0;

    /// to [rows, size]: line i = the sum of the lines of `from` in list i.
    virtual void sum_lines(int rows, int size, const Lists& lists, const void* from, void* to) = 0;

    /// y [rows, size] = silu(gate) x up of rows [gate | up].
    virtual void silu_times(int rows, int size, const void* gate_up, void* y) = 0;
    /// gate_up becomes its gradient, dy [rows, size] what silu_times() gave.
    virtual void silu_times_backward(int rows, int size, void* dy, void* gate_up) = 0;

    /// Of logits [rows, vocabulary]: log_sums [rows] = log of the sum of exponentials, logprobs [rows] = those of targets.
    virtual void logprobs(int rows, int vocabulary, const float* logits, const Token* targets, float* logprobs, float* log_sums) = 0;
    /// dlogits [rows, vocabulary] = slope x (1[target] - probability).
    virtual void logprobs_backward(int rows, int vocabulary, const float* logits, const Token* targets, const float* log_sums,
                                   const float* slopes, void* dlogits) = 0;

    /// The sum of squares, in double. Waits for all that was queued.
    virtual double sum_of_squares(std::int64_t count, const float* x) = 0;
    /// One pass over weights, gradient and both moments; `rounded` = the new weights as number(), unless null.
    virtual void adamw(std::int64_t count, const AdamWStep& step, const float* gradient, float* weights, float* first_moment,
                       float* second_moment, void* rounded) = 0;
};

/// Makes the ops of the CUDA module, as MakeDecodeOps does.
using MakeTrainOps = TrainOps*(Number number);
inline constexpr const char* make_train_ops_symbol = "foothold_make_train_ops_2";

/// As open_cuda_ops().
std::unique_ptr<TrainOps> open_cuda_train_ops(Number number);

}  // namespace foothold
