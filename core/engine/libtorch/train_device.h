// SPDX-License-Identifier: GPL-3.0-or-later
// Forward and backward of a model by the ops of the CUDA module: packed sequences with a group's prompt once, weights and
// what passes between layers in the ops' numbers, the residual and all sums in floats, and never more than a piece of
// [tokens, vocabulary].
#pragma once
#include <vector>

#include "engine/cuda/train_ops.h"
#include "engine/libtorch/flash_attention.h"
#include "engine/libtorch/model.h"
#include "engine/libtorch/passes.h"
#include "engine/packed_rows.h"

namespace foothold {

class DevicePasses final : public Passes {
public:
    /// Logits that are there at a time: half a GiB of them.
    static constexpr std::int64_t most_logits = std::int64_t{1} << 27;

    /// `weights`: those of the model as the ops read them, in the layout of Model::flat. All outlive the passes.
    /// With `recompute` a layer keeps its input alone and is computed once more on the way back: a third more arithmetic, and
    /// the same numbers to the bit.
    DevicePasses(const Model& model, const at::Tensor& weights, TrainOps& ops, bool recompute);

    /// Whether the kernels are written for a model's shape.
    static bool supports(const ModelConfig& config) { return config.head_size() <= 256 && config.hidden_size <= 8192; }

    std::span<const float> forward(std::span<const ScoredSequence* const> sequences) override;
    void backward(std::span<const float> slopes, const at::Tensor& sum) override;

private:
    /// What a layer keeps for the way back. Rows are those of the packed sequences.
    struct Layer {
        at::Tensor x, inverse, normed;                // [rows, hidden], [rows], [rows, hidden]
        at::Tensor qkv, raw;                          // [rows, width]; queries and keys before their norms
        at::Tensor keys, values;                      // [keys, kv heads, head] sequence after sequence
        at::Tensor y, log_sums, seed, unused;         // [rows, heads, head], and what attention hands to its way back
        at::Tensor middle, middle_inverse, middle_normed;
        at::Tensor gate_up;                           // [rows, 2 x mlp]
    };
    /// Lists in the memory of the device.
    struct DeviceLists {
        at::Tensor begins, which;
        Lists view() const { return {begins.const_data_ptr<int>(), which.const_data_ptr<int>()}; }
    };

    void lay_out();
    /// What add_rms_norm() makes of x and delta (undefined: nothing is added).
    at::Tensor norm(const at::Tensor& x, const at::Tensor& delta, const at::Tensor& weight, at::Tensor& sum, at::Tensor& inverse) const;
    /// A layer from its own x and normed on, as far as gate_up.
    void run(const Model::Layer& model, Layer& layer) const;
    /// The layer as run() leaves it, from x alone.
    void run_again(const Model::Layer& model, Layer& layer) const;
    FlashInputs flash_inputs(const Layer& layer) const;
    PackedAttention attention(const Layer& layer) const;
    void attend(Layer& layer) const;
    at::Tensor attend_back(const Model::Layer& model, const Layer& layer, const at::Tensor& dy);
    void norm_heads(const Model::Layer& model, Layer& layer) const;
    void norm_heads_back(const Model::Layer& model, const Layer& layer, const at::Tensor& dqkv);
    /// The logits of predictions first to first + count - 1, into `logits_`.
    void read_logits(std::int64_t first, std::int64_t count);

    at::Tensor numbers(std::int64_t rows, std::int64_t columns) const { return at::empty({rows, columns}, weights_.options()); }
    at::Tensor floats(at::IntArrayRef sizes) const { return at::empty(sizes, weights_.options().dtype(at::kFloat)); }
    at::Tensor indices(const std::vector<int>& values, at::ScalarType type = at::kInt) const;
    DeviceLists lists(std::span<const int> owners, int count) const;  ///< List i: the places where `owners` says i.
    const void* pointer(const at::Tensor& weight) const;  ///< Of the model's weight, as the ops read it; null for none.
    at::Tensor multiply(const at::Tensor& x, const at::Tensor& weight) const;
    at::Tensor multiply_back(const at::Tensor& dy, const at::Tensor& weight) const;
    void add_gradient(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight);
    float* gradient_of(const at::Tensor& weight) const;  ///< Null where it is not trained.

    const Model& model_;
    const at::Tensor& weights_;
    TrainOps& ops_;
    const std::int64_t hidden_, mlp_, width_;
    const Heads heads_;
    const float eps_;
    const bool recompute_;
    const bool flash_;  ///< libtorch's flash attention does that part.

    PackedRows packed_;
    std::int64_t rows_ = 0;
    at::Tensor tokens_, positions_, targets_;        // [rows], [rows], [scored]
    at::Tensor scored_rows_, key_rows_;              // [scored], [keys] which rows they are
    at::Tensor query_begins_, key_begins_;           // [sequences + 1]
    at::Tensor sequence_of_row_, sequence_of_key_;   // [rows], [keys]
    std::int64_t most_queries_ = 0, most_keys_ = 0;  ///< Of one sequence.
    DeviceLists readers_, predictions_;              ///< Of each row: keys that are copies of its own, scored tokens it predicts.
    at::Tensor distinct_;                            // [distinct tokens]
    DeviceLists token_rows_;                         ///< Of each distinct token.
    std::vector<Layer> layers_;
    at::Tensor last_, last_inverse_;  // [rows, hidden] before the last norm
    at::Tensor selected_;             // [scored, hidden] after it, where something is predicted
    at::Tensor logits_, log_sums_;    // [pieces, vocabulary], [scored]
    at::Tensor logprobs_;             // [scored] on the host
    at::Tensor sum_;                  // Where gradients are added to.
};

}  // namespace foothold
