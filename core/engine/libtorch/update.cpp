// SPDX-License-Identifier: GPL-3.0-or-later
// Scoring and learning: micro-batches over the workers, log-probs, back-propagation, AdamW.
#include <ATen/ATen.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/libtorch/engine_module.h"
#include "engine/libtorch/errors.h"
#include "engine/libtorch/train_cpu.h"
#include "engine/libtorch/train_device.h"
#include "engine/libtorch/train_tensors.h"

namespace foothold {
namespace {

constexpr std::int64_t most_kept = std::int64_t{64} << 20;  ///< Bytes of a worker's passes that stay between updates.

/// Indices of the sequences that go through the model together.
using MicroBatch = std::vector<std::size_t>;

/// Inputs of a sequence: its last token is predicted, never read.
std::int64_t inputs(const ScoredSequence& sequence) { return static_cast<std::int64_t>(sequence.tokens.size()) - 1; }

/// Cuts the sequences with something to score into micro-batches, for each worker, by what they cost. Padded ones come
/// together with others of like length; those that `share` what is common to neighbours, with others of their context.
/// `most_tokens`: of a micro-batch, by the length of the context of the sequence that may still go with it.
template <class Most>
std::vector<std::vector<MicroBatch>> cut(std::span<const ScoredSequence> sequences, int workers, Most most_tokens, bool share) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sequences.size(); ++i)
        if (sequences[i].scored() > 0) order.push_back(i);
    const auto context = [&](std::size_t i) { return std::span(sequences[i].tokens).first(sequences[i].first); };
    if (share)
        std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
            return std::ranges::lexicographical_compare(context(a), context(b));
        });
    else
        std::ranges::stable_sort(order, {}, [&](std::size_t i) { return sequences[i].tokens.size(); });
    // Rows that a sequence adds to those of the one before it.
    const auto added = [&](std::size_t at, bool first) {
        const ScoredSequence& sequence = sequences[order[at]];
        const bool shared = share && !first && shared_context(sequences[order[at - 1]], sequence) > 0;
        return inputs(sequence) - (shared ? static_cast<std::int64_t>(sequence.first) : 0);
    };
    std::vector<std::int64_t> costs;
    for (std::size_t at = 0; at < order.size(); ++at) costs.push_back(added(at, at == 0));
    const auto cuts = split_evenly(costs, workers);
    std::vector<std::vector<MicroBatch>> plan(static_cast<std::size_t>(workers));
    for (std::size_t worker = 0; worker < plan.size(); ++worker) {
        MicroBatch batch;
        std::int64_t rows = 0;
        for (std::size_t at = cuts[worker]; at < cuts[worker + 1]; ++at) {
            // Padded ones are sorted, so that this is the longest so far.
            const std::int64_t all = share ? rows + added(at, batch.empty())
                                           : inputs(sequences[order[at]]) * static_cast<std::int64_t>(batch.size() + 1);
            if (!batch.empty() && all > most_tokens(sequences[order[at]].first)) plan[worker].push_back(std::exchange(batch, {}));
            rows = batch.empty() ? inputs(sequences[order[at]]) : all;
            batch.push_back(order[at]);
        }
        if (!batch.empty()) plan[worker].push_back(std::move(batch));
    }
    return plan;
}

void check_finite(std::span<const float> values, const char* what) {
    for (const float value : values)
        if (!std::isfinite(value))
            throw RunError(fmt::format("{}: the model's output is not finite (have its weights diverged?)", what));
}

/// Rows of the largest micro-batch, at most.
std::int64_t longest_of(const std::vector<std::vector<MicroBatch>>& plan, std::span<const ScoredSequence> sequences) {
    std::int64_t longest = 0;
    for (const auto& batches : plan)
        for (const MicroBatch& batch : batches) {
            std::int64_t rows = 0;
            for (const std::size_t i : batch) rows += inputs(sequences[i]);
            longest = std::max(longest, rows);
        }
    return longest;
}

std::vector<const ScoredSequence*> chosen(std::span<const ScoredSequence> sequences, const MicroBatch& batch) {
    std::vector<const ScoredSequence*> pointers;
    for (const std::size_t i : batch) pointers.push_back(&sequences[i]);
    return pointers;
}

/// Asks for the gradient of each row of a micro-batch, all in one array.
std::vector<float> ask(const LogprobGradient& gradient, std::span<const ScoredSequence> sequences,
                       const MicroBatch& batch, std::span<const float> logprobs) {
    check_finite(logprobs, "update");
    std::vector<float> slopes(logprobs.size());
    std::size_t at = 0;
    for (const std::size_t i : batch) {
        const std::size_t scored = sequences[i].scored();
        gradient(i, logprobs.subspan(at, scored), std::span(slopes).subspan(at, scored));
        at += scored;
    }
    return slopes;
}

}  // namespace

void LibtorchEngine::check(std::span<const ScoredSequence> sequences) const {
    const ModelConfig& shape = model().config;
    for (const ScoredSequence& sequence : sequences) {
        if (sequence.first < 1 || sequence.first > sequence.tokens.size())
            throw UserError(fmt::format("score: the first scored token, {}, is not within 1 and the sequence's {}",
                                        sequence.first, sequence.tokens.size()));
        if (inputs(sequence) > shape.max_position_embeddings)
            throw UserError(fmt::format("score: a sequence of {} tokens is longer than the model's {} positions",
                                        sequence.tokens.size(), shape.max_position_embeddings));
        for (const Token token : sequence.tokens)
            if (token < 0 || token >= shape.vocab_size)
                throw UserError(
                    fmt::format("score: token {} is not in the model's vocabulary of {}", token, shape.vocab_size));
    }
}

std::vector<std::vector<float>> LibtorchEngine::score(std::span<const ScoredSequence> sequences, bool reference,
                                                      std::stop_token stop) {
    check(sequences);
    if (reference && !reference_) throw RunError("score: no reference model was kept");
    const Model& model = reference ? *reference_ : *model_;
    std::vector<std::vector<float>> scores(sequences.size());
    const auto plan = cut(sequences, workers_.count(), [this](std::size_t context) { return tokens_at_once(static_cast<std::int64_t>(context)); }, fused_ || trains_by_ops());
    // What is made of the reference's weights is let go afterwards.
    std::optional<PackedWeights> of_reference;
    if (fused_ && reference) of_reference.emplace(model, workers_);
    const PackedWeights* packed = of_reference ? &*of_reference : this->packed(false);
    const at::Tensor weights = reference ? as_read(model) : read_weights();
    const auto work = [&](int worker) {
        const at::NoGradGuard no_grad;
        const auto passes = this->passes(model, weights, packed, true);  // There is no way back.
        for (const MicroBatch& batch : plan[static_cast<std::size_t>(worker)]) {
            if (stop.stop_requested()) throw Stopped{};
            const std::span<const float> values = passes->forward(chosen(sequences, batch));
            check_finite(values, "score");
            auto from = values.begin();
            for (const std::size_t i : batch) {
                const auto end = from + static_cast<std::ptrdiff_t>(sequences[i].scored());
                scores[i].assign(from, end);
                from = end;
            }
        }
    };
    translate_errors("score", [&] { workers_.run(work); });
    return scores;
}

std::unique_ptr<Passes> LibtorchEngine::passes(const Model& model, const at::Tensor& weights, const PackedWeights* packed, bool recompute) const {
    if (trains_by_ops()) return std::make_unique<DevicePasses>(model, weights, *train_ops_, recompute);
    if (packed) return std::make_unique<CpuPasses>(model, *packed);
    return std::make_unique<TensorPasses>(model);
}

bool LibtorchEngine::trains_by_ops() const { return train_ops_ && DevicePasses::supports(model().config); }

bool LibtorchEngine::recomputes(std::int64_t tokens) const {
    if (!trains_by_ops() || settings_.recompute) return settings_.recompute;
    if (!device_.is_cuda()) return false;
    // What libtorch holds and does not use is free too; the gradient comes, and the first time both moments.
    const auto stats = c10::getDeviceAllocator(at::kCUDA)->getDeviceStats(0);
    const std::int64_t unused = stats.reserved_bytes[0].current - stats.allocated_bytes[0].current;
    const std::int64_t to_come = (first_moment_.defined() ? 1 : 3) * static_cast<std::int64_t>(trained().nbytes());
    return pass_bytes(model().config, tokens, false) + to_come > free_memory(device_) + unused;
}

std::int64_t LibtorchEngine::tokens_at_once(std::int64_t context, int asked) const {
    const std::int64_t most = asked > 0 ? asked : settings_.tokens_per_microbatch;
    if (!fused_ || train_ops_) return most;
    // The kernels need no large batches, and what they keep for the way back should stay in the processor's cache. But
    // each micro-batch computes its context anew, so that a long one is followed by at least twice as many rows.
    constexpr std::int64_t own = 384;
    return std::min(most, context + std::max(own, 2 * context));
}

at::Tensor LibtorchEngine::accumulate(std::span<const ScoredSequence> sequences, const LogprobGradient& gradient,
                                      std::stop_token stop) {
    const Model& model = *model_;
    const auto plan = cut(sequences, workers_.count(), [this](std::size_t context) { return tokens_at_once(static_cast<std::int64_t>(context)); }, fused_ || trains_by_ops());
    std::vector<at::Tensor> sums(plan.size());
    passes_.resize(plan.size());
    for (std::size_t i = 0; i < sequences.size(); ++i)
        if (sequences[i].scored() == 0) gradient(i, {}, {});
    const PackedWeights* packed = this->packed(true);
    const at::Tensor weights = read_weights();
    const bool recompute = recomputes(longest_of(plan, sequences));
    const auto work = [&](int worker) {
        const auto& batches = plan[static_cast<std::size_t>(worker)];
        if (batches.empty()) return;
        at::Tensor& sum = sums[static_cast<std::size_t>(worker)] = at::zeros_like(trained());
        // A small model's are kept: to ask for their memory anew would take a twentieth of an update.
        auto& kept = passes_[static_cast<std::size_t>(worker)];
        auto passes = kept ? std::move(kept) : this->passes(model, weights, packed, recompute);
        for (const MicroBatch& batch : batches) {
            if (stop.stop_requested()) throw Stopped{};
            passes->backward(ask(gradient, sequences, batch, passes->forward(chosen(sequences, batch))), sum);
        }
        if (packed && passes->bytes() <= most_kept) kept = std::move(passes);
    };
    translate_errors("update", [&] { workers_.run(work); });
    at::Tensor total;
    for (const at::Tensor& sum : sums)
        if (sum.defined()) total = total.defined() ? total.add_(sum) : sum;
    return total.defined() ? total : at::zeros_like(trained());
}

UpdateResult LibtorchEngine::update(std::span<const ScoredSequence> sequences, const LogprobGradient& gradient,
                                    const OptimizerSettings& optimizer, std::stop_token stop) {
    check(sequences);
    UpdateResult result;
    for (const ScoredSequence& sequence : sequences) result.tokens += static_cast<std::int64_t>(sequence.scored());
    const at::Tensor slopes = accumulate(sequences, gradient, stop);
    return translate_errors("update", [&] {
        const at::NoGradGuard no_grad;
        result.grad_norm = train_ops_ ? std::sqrt(train_ops_->sum_of_squares(slopes.numel(), slopes.const_data_ptr<float>()))
                                      : at::linalg_vector_norm(slopes, 2, {}, false, at::kDouble).item<double>();
        if (!std::isfinite(result.grad_norm))
            throw RunError("update: the gradient is not finite; the weights were left as they were");
        if (result.grad_norm == 0 && optimizer.weight_decay == 0 &&
            !(first_moment_.defined() && first_moment_.any().item<bool>()))
            return result;
        for (at::Tensor* moment : {&first_moment_, &second_moment_})
            if (!moment->defined()) *moment = at::zeros_like(trained());
        const bool clipped = optimizer.max_grad_norm > 0 && result.grad_norm > optimizer.max_grad_norm;
        const at::Tensor before = optimizer.update_norm > 0 ? trained().clone() : at::Tensor();
        step(slopes, optimizer, clipped ? optimizer.max_grad_norm / (result.grad_norm + 1e-6) : 1);
        if (before.defined()) hold_update(before, optimizer.update_norm);
        if (adapter_) adapter_->merge(workers_, fused_);
        ++optimizer_steps_;
        return result;
    });
}

void LibtorchEngine::step(const at::Tensor& slopes, const OptimizerSettings& optimizer, double scale) {
    const auto step = static_cast<double>(optimizer_steps_ + 1);
    packed_stale_ = true;
    if (!train_ops_) {
        if (scale != 1) slopes.mul_(scale);
        at::_fused_adamw_({trained()}, {slopes}, {first_moment_}, {second_moment_}, {}, {at::full({}, step, options().dtype(at::kFloat))},
                          optimizer.lr, optimizer.beta1, optimizer.beta2, optimizer.weight_decay, optimizer.eps, false, false);
        return;
    }
    const auto number = [](double value) { return static_cast<float>(value); };
    const AdamWStep numbers{number(optimizer.lr),  number(optimizer.beta1),        number(optimizer.beta2),
                            number(optimizer.eps), number(optimizer.weight_decay), number(1 - std::pow(optimizer.beta1, step)),
                            number(1 - std::pow(optimizer.beta2, step)), number(scale)};
    // Under an adapter it is W0 + B A that is read, which comes later.
    const bool rounds = rounded_.defined() && !adapter_;
    train_ops_->adamw(trained().numel(), numbers, slopes.const_data_ptr<float>(), trained().data_ptr<float>(), first_moment_.data_ptr<float>(),
                      second_moment_.data_ptr<float>(), rounds ? rounded_.data_ptr() : nullptr);
    rounded_stale_ = !rounds;
}

void LibtorchEngine::hold_update(const at::Tensor& before, double norm) {
    const at::Tensor change = trained() - before;
    const auto taken = at::linalg_vector_norm(change, 2, {}, false, at::kDouble).item<double>();
    if (taken > 0) trained().copy_(before + change * (norm / taken));
    rounded_stale_ = true;
}

std::vector<float> LibtorchEngine::gradient(std::span<const ScoredSequence> sequences,
                                            const LogprobGradient& gradient) {
    check(sequences);
    const at::Tensor flat = accumulate(sequences, gradient, {}).to(at::kCPU, at::kFloat);
    if (adapter_) return {numbers_of(flat).begin(), numbers_of(flat).end()};  // In the order of the names as it is.
    std::vector<float> named;
    named.reserve(static_cast<std::size_t>(flat.numel()));
    for (const Placement& place : place_parameters(model_->config)) {
        const float* from = flat.data_ptr<float>() + place.offset;
        named.insert(named.end(), from, from + place.size);
    }
    return named;
}

}  // namespace foothold
