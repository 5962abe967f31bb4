// SPDX-License-Identifier: GPL-3.0-or-later
// The forward pass of the decoder for processors: any number of tokens at once, by one worker or by several that share
// each product, so that the weights of a model too large for a cache are read once a token and not once a worker.
#pragma once
#include <barrier>
#include <span>
#include <vector>

#include "engine/libtorch/kernels.h"
#include "engine/libtorch/large_pages.h"
#include "engine/libtorch/model.h"
#include "engine/libtorch/packed.h"

namespace foothold {

/// Keys and values of one sequence: for each layer and head, keys as kernels::pack() lays them out, [capacity / 16, head,
/// 16], and then values [capacity, head].
class Past {
public:
    Past(const Model& model, std::size_t tokens);
    /// What follows the first `length` tokens of a context, of which it reads whole() there and holds the rest itself: sums
    /// over keys then run as over a single piece.
    Past(const Model& model, const Past& context, int length, std::size_t tokens);
    /// How many of a context's tokens are read where they are.
    static int whole(int length) { return length / kernels::panel * kernels::panel; }
    /// Of all key/value heads of a layer.
    kernels::Span span(int layer, int length) const;
    /// Puts a token's keys and values [kv heads, head] at a position.
    void put(int layer, int position, const float* keys, const float* values);

private:
    std::size_t place(int layer, int head) const;
    int size_, kv_heads_, capacity_;
    Floats numbers_;
};

/// One token on its way through the model: where its keys and values go, and what came before that.
struct Step {
    Token token = 0;
    const Past* context = nullptr;  ///< Shared with others; null while the context itself is read.
    int context_length = 0;
    Past* own = nullptr;
    int position = 0;  ///< In `own`; the position in the text is context_length + position.
};

/// The model applied to tokens. A row's numbers are the same to the bit whoever computes them.
class Forward {
public:
    Forward(const Model& model, const PackedWeights& weights, int workers);
    /// What the next run() is about; called by one worker while the others wait. `steps` stays until then.
    void begin(std::span<const Step> steps, bool want_logits);
    /// Called by every worker, 0 to workers - 1; when it returns to one, the pass is done.
    void run(int worker);
    /// [steps, vocabulary] of the token after each step, if they were wanted.
    std::span<const float> logits() const { return {logits_.data(), steps_.size() * static_cast<std::size_t>(model_.config.vocab_size)}; }
    /// A worker's share of `count` things, [first, second).
    std::pair<int, int> share(int count, int worker) const { return {part(count, worker), part(count, worker + 1)}; }

private:
    int part(int count, int worker) const { return static_cast<int>(static_cast<std::int64_t>(count) * worker / workers_); }
    void prepare_heads(const Model::Layer& layer, float* qkv) const;
    void attend(int layer, int worker);
    /// This worker's columns of c [rows, outputs].
    void multiply(int worker, const float* a, const PackedWeights::Matrix& matrix, float* c, bool add) const;

    const Model& model_;
    const PackedWeights& weights_;
    int workers_, rows_ = 0;
    bool want_logits_ = false;
    std::span<const Step> steps_;
    std::barrier<> meet_;
    Floats x_, normed_, qkv_, y_, gate_up_, inner_, logits_;
    std::vector<Floats> scratch_;  ///< One a worker.
};

}  // namespace foothold
