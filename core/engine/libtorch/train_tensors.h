// SPDX-License-Identifier: GPL-3.0-or-later
// Forward by libtorch's operations, backward by its autograd: for every device and type of number, over padded sequences.
#pragma once
#include "engine/libtorch/model.h"
#include "engine/libtorch/passes.h"

namespace foothold {

class TensorPasses final : public Passes {
public:
    /// Logits that are there at a time.
    static constexpr std::int64_t most_logits = std::int64_t{1} << 26;

    explicit TensorPasses(const Model& model) : model_(model) {}
    std::span<const float> forward(std::span<const ScoredSequence* const> sequences) override;
    void backward(std::span<const float> slopes, const at::Tensor& sum) override;

private:
    /// Calls work(first, hidden, targets, log-probs of the vocabulary) for as many predictions at a time as have room:
    /// [scored, vocabulary] as a whole would be by far the largest tensor of a real model.
    template <class Work>
    void by_pieces(Work&& work) const;

    const Model& model_;
    at::Tensor hidden_;    // [scored, hidden] where something is predicted, with its history unless gradients are off
    at::Tensor targets_;   // [scored, 1]
    at::Tensor logprobs_;  // [scored] on the host
};

}  // namespace foothold
