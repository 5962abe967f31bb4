// SPDX-License-Identifier: GPL-3.0-or-later
// Forward and backward of a model on a processor, written out: what autograd does in many small steps.
#pragma once
#include <span>
#include <vector>

#include "engine/libtorch/packed.h"
#include "engine/libtorch/passes.h"
#include "engine/packed_rows.h"

namespace foothold {

/// One worker's passes over sequences that lie one after the other, without padding. What neighbours share before their
/// scored tokens, such as a group's prompt, goes through the model once.
class CpuPasses final : public Passes {
public:
    /// Logits that are there at a time, 64 MiB of them: more than a token's for the largest vocabularies, all for small
    /// ones.
    static constexpr int most_logits = 1 << 24;

    CpuPasses(const Model& model, const PackedWeights& weights);

    std::span<const float> forward(std::span<const ScoredSequence* const> sequences) override;
    void backward(std::span<const float> slopes, const at::Tensor& sum) override;
    std::int64_t bytes() const override;

private:
    struct Layer {
        Floats x, normed, qkv, raw, log_sums, y, middle, middle_normed, gate_up, inner;
    };
    using Sequence = PackedRows::Sequence;
    void lay_out(std::span<const ScoredSequence* const> sequences);
    void prepare_heads(const Model::Layer& model, Layer& layer) const;
    void prepare_heads_backward(const Model::Layer& model, const Layer& layer);
    /// Through y = x weight^T: the gradient of the weight, or of the adapter on it, and dx = dy weight.
    void through(const PackedWeights::Matrix& matrix, const at::Tensor& weight, const float* dy, const float* x,
                 int rows, float* dx);
    void add_product(const float* a, int a_columns, const float* b, int b_columns, int rows, float* to);
    void add_adapter_gradient(const at::Tensor& weight, const float* dy, int outputs, const float* x, int inputs,
                              int rows);
    /// Where the gradient of a weight that is no matrix is added to; somewhere unread if it is not trained.
    float* gradient_of(const at::Tensor& parameter);
    void rotate(float* qkv, bool back);
    void gather(const Sequence& sequence, const float* qkv, int kv_head);
    void attention(Layer& layer);
    void attention_backward(const Layer& layer);
    /// Probabilities of the whole vocabulary for scored tokens first to first + count - 1 into chances_, and their
    /// log-probs.
    void read_chances(int first, int count);
    int scored() const { return packed_.scored(); }

    const Model& model_;
    const PackedWeights& weights_;
    int hidden_, mlp_, heads_, kv_heads_, size_;
    int inner_, width_;  ///< All query heads; queries, keys and values.
    float eps_;

    int rows_ = 0;
    PackedRows packed_;
    std::vector<Layer> layers_;
    Floats x_, normed_;  // [rows, hidden] after the last layer, and normed
    Floats selected_;    // [scored, hidden] the rows of normed_ that predict
    Floats chances_;     // [scored_at_once_, vocabulary] probabilities
    std::vector<float> logprobs_;    // [scored]
    int scored_at_once_ = 0;         ///< Of how many tokens there are logits at a time; all of them where they are few.
    float* gradient_ = nullptr;      ///< That backward() adds to.
    // Scratch of the passes.
    Floats dx_, dnormed_, dqkv_, dy_, dwide_, packed_a_, packed_b_, part_, low_, unread_;
    Floats keys_, values_, packed_keys_, packed_values_, key_columns_, dkeys_, dvalues_, scratch_, draw_;
};

}  // namespace foothold
