// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/libtorch/train_tensors.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "engine/libtorch/adapter.h"

namespace foothold {

template <class Work>
void TensorPasses::by_pieces(Work&& work) const {
    const at::NoGradGuard no_grad;
    const std::int64_t scored = targets_.size(0), most = std::max<std::int64_t>(1, most_logits / model_.config.vocab_size);
    for (std::int64_t first = 0; first < scored; first += most) {
        const std::int64_t count = std::min(most, scored - first);
        const at::Tensor hidden = hidden_.narrow(0, first, count).detach();
        work(first, hidden, targets_.narrow(0, first, count), at::log_softmax(model_.logits(hidden), 1));
    }
}

std::span<const float> TensorPasses::forward(std::span<const ScoredSequence* const> sequences) {
    const auto inputs = [](const ScoredSequence& sequence) { return static_cast<std::int64_t>(sequence.tokens.size()) - 1; };
    std::int64_t width = 0;
    for (const ScoredSequence* sequence : sequences) width = std::max(width, inputs(*sequence));
    at::Tensor ids = at::zeros({std::ssize(sequences), width}, at::kLong);
    std::vector<std::int64_t> places, targets;  // Where in [rows x width] a prediction is made, and of what.
    for (std::size_t row = 0; row < sequences.size(); ++row) {
        const ScoredSequence& sequence = *sequences[row];
        const auto begin = static_cast<std::int64_t>(row) * width;
        std::copy_n(sequence.tokens.begin(), inputs(sequence), ids.data_ptr<std::int64_t>() + begin);
        for (std::size_t t = sequence.first; t < sequence.tokens.size(); ++t) {
            places.push_back(begin + static_cast<std::int64_t>(t) - 1);
            targets.push_back(sequence.tokens[t]);
        }
    }
    const auto device = model_.flat.device();
    hidden_ = model_.forward(ids.to(device)).flatten(0, 1).index_select(0, at::tensor(places, at::kLong).to(device));
    targets_ = at::tensor(targets, at::kLong).to(device).unsqueeze(1);
    std::vector<at::Tensor> pieces;
    by_pieces([&](std::int64_t, const at::Tensor&, const at::Tensor& some, const at::Tensor& all) {
        pieces.push_back(all.gather(1, some).squeeze(1));
    });
    logprobs_ = at::cat(pieces).to(at::kCPU, at::kFloat).contiguous();
    return numbers_of(logprobs_);
}

void TensorPasses::backward(std::span<const float> given, const at::Tensor& sum) {
    const at::NoGradGuard no_grad;
    const at::Tensor slopes =
        at::from_blob(const_cast<float*>(given.data()), {std::ssize(given)}, at::kFloat).to(sum.options(), false, true);
    at::Tensor dhidden = at::empty_like(hidden_);
    const Adapter* adapter = model_.adapter;
    by_pieces([&](std::int64_t first, const at::Tensor& hidden, const at::Tensor& targets, at::Tensor all) {
        const at::Tensor slope = slopes.narrow(0, first, targets.size(0)).unsqueeze(1);
        // d logits = slope x (1[target] - probability)
        const at::Tensor dlogits = all.exp_().mul_(slope.neg()).scatter_add_(1, targets, slope);
        dhidden.narrow(0, first, targets.size(0)).copy_(at::mm(dlogits, model_.head));
        if (adapter)
            adapter->add_gradient(dlogits, hidden, model_.head, sum);
        else
            sum.narrow(0, model_.offset(model_.head), model_.head.numel()).view_as(model_.head).addmm_(dlogits.t(), hidden);
    });
    if (!hidden_.requires_grad()) return;  // An adapter on the head alone.
    // grad() hands the gradients out instead of adding them to the shared leaves, so that workers never meet. A head of
    // its own is no part of the history.
    const auto& leaves = adapter ? adapter->leaves : model_.leaves;
    const auto gradients = torch::autograd::grad({hidden_}, leaves, {dhidden}, std::nullopt, false, true);
    hidden_.reset();  // And its history.
    for (std::size_t i = 0; i < gradients.size(); ++i)
        if (gradients[i].defined())
            sum.narrow(0, adapter ? adapter->offset(leaves[i]) : model_.offset(leaves[i]), gradients[i].numel())
                .add_(gradients[i].reshape(-1));
}

}  // namespace foothold
