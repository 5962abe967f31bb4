// SPDX-License-Identifier: GPL-3.0-or-later
// Forward and backward of a model on a processor, written out: what autograd does in many small steps.
#pragma once
#include <span>
#include <vector>

#include "engine/engine.h"
#include "engine/libtorch/packed.h"

namespace foothold {

/// One worker's passes over sequences that lie one after the other, without padding.
class CpuPasses {
public:
    CpuPasses(const Model& model, const PackedWeights& weights);

    /// Log-probs of all scored tokens, sequence after sequence. Keeps what backward() needs until the next call.
    std::span<const float> forward(std::span<const ScoredSequence* const> sequences);

    /// Adds to `gradient`, flat in the layout of Model::flat, for d loss / d log-prob in the order of forward()'s.
    void backward(std::span<const float> slopes, float* gradient);

private:
    struct Layer {
        std::vector<float> x, normed, qkv, log_sums, y, middle, middle_normed, gate_up, inner;
    };
    struct Sequence {
        int begin, length;  ///< Its rows.
    };
    void attention(Layer& layer);
    void attention_backward(const Layer& layer);

    const Model& model_;
    const PackedWeights& weights_;
    int hidden_, mlp_, heads_, kv_heads_, size_, width_;
    float eps_;

    int rows_ = 0;
    std::vector<Sequence> sequences_;
    std::vector<Token> tokens_;     // [rows]
    std::vector<int> scored_rows_;  // [scored] the row that predicts each
    std::vector<Token> targets_;    // [scored]
    std::vector<Layer> layers_;
    std::vector<float> x_, normed_;  // [rows, hidden] after the last layer, and normed
    std::vector<float> selected_;    // [scored, hidden] the rows of normed_ that predict
    std::vector<float> chances_;     // [scored, vocabulary] probabilities
    std::vector<float> logprobs_;    // [scored]
    // Scratch of the passes.
    std::vector<float> dx_, dnormed_, dqkv_, dy_, dwide_, packed_a_, packed_b_;
    std::vector<float> keys_, keys_across_, values_, values_across_, dkeys_, dvalues_, scratch_;
};

}  // namespace foothold
