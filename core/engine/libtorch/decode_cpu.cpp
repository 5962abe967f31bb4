// SPDX-License-Identifier: GPL-3.0-or-later
// The decoder for processors: few large calls instead of many small ones, a context's keys and values read where they
// are by all rows that share it, and finished rows gone at once.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/libtorch/decode.h"
#include "engine/libtorch/kernels.h"
#include "engine/libtorch/packed.h"
#include "record/random.h"

namespace foothold {
namespace {

std::size_t size_of(int a) { return static_cast<std::size_t>(a); }

/// Keys and values of one sequence: for each layer and head, keys as kernels::pack() lays them out, [capacity / 16, head,
/// 16], and then values [capacity, head].
class Past {
public:
    Past(const Model& model, std::size_t tokens)
        : size_(model.head_size()),
          kv_heads_(model.kv_heads()),
          capacity_((static_cast<int>(tokens) + kernels::panel - 1) / kernels::panel * kernels::panel),
          numbers_(size_of(model.config.num_hidden_layers * kv_heads_) * 2 * size_of(size_) * size_of(capacity_)) {}

    kernels::Span span(int layer, int head, int length) const {
        const float* keys = numbers_.data() + place(layer, head);
        return {keys, keys + size_of(size_) * size_of(capacity_), length};
    }
    /// Puts a token's keys and values [kv heads, head] at a position.
    void put(int layer, int position, const float* keys, const float* values) {
        for (int head = 0; head < kv_heads_; ++head, keys += size_, values += size_) {
            float* to = numbers_.data() + place(layer, head);
            float* key = to + size_of(position / kernels::panel * size_ * kernels::panel + position % kernels::panel);
            for (int d = 0; d < size_; ++d) key[d * kernels::panel] = keys[d];
            std::copy_n(values, size_, to + size_of(size_) * size_of(capacity_) + size_of(position) * size_of(size_));
        }
    }

private:
    std::size_t place(int layer, int head) const {
        return size_of(layer * kv_heads_ + head) * 2 * size_of(size_) * size_of(capacity_);
    }
    int size_, kv_heads_, capacity_;
    std::vector<float> numbers_;
};

/// One token on its way through the model: where its keys and values go, and what came before that.
struct Step {
    Token token = 0;
    const Past* context = nullptr;  ///< Shared with others; null while the context itself is read.
    int context_length = 0;
    Past* own = nullptr;
    int position = 0;  ///< In `own`; the position in the text is context_length + position.
};

/// The model applied to any number of tokens at once.
class Forward {
public:
    Forward(const Model& model, const PackedWeights& weights) : model_(model), weights_(weights) {}

    /// Logits [steps, vocabulary] of the token after each step; empty when they are not wanted.
    std::span<const float> operator()(std::span<const Step> steps, bool want_logits) {
        const ModelConfig& shape = model_.config;
        const int rows = static_cast<int>(steps.size()), hidden = shape.hidden_size, mlp = shape.intermediate_size;
        const int heads = model_.heads(), kv_heads = model_.kv_heads(), size = model_.head_size(),
                  width = (heads + 2 * kv_heads) * size;
        const auto eps = static_cast<float>(shape.rms_norm_eps);
        const float scale = 1 / std::sqrt(static_cast<float>(size));
        const auto room = [&](std::vector<float>& numbers, int columns) {
            if (numbers.size() < steps.size() * size_of(columns)) numbers.resize(steps.size() * size_of(columns));
            return numbers.data();
        };
        float *x = room(x_, hidden), *normed = room(normed_, hidden), *qkv = room(qkv_, width),
              *y = room(y_, heads * size);
        float *gate_up = room(gate_up_, 2 * mlp), *inner = room(inner_, mlp);
        if (scratch_.empty()) scratch_.resize(size_of(shape.max_position_embeddings) + 64);
        const float *embedding = model_.embedding.const_data_ptr<float>(), *cos = model_.cos.const_data_ptr<float>(),
                    *sin = model_.sin.const_data_ptr<float>();
        for (int row = 0; row < rows; ++row)
            std::copy_n(embedding + size_of(steps[size_of(row)].token) * size_of(hidden), hidden, x + row * hidden);
        for (int i = 0; i < shape.num_hidden_layers; ++i) {
            const Model::Layer& layer = model_.layers[size_of(i)];
            const PackedWeights::Layer& packed = weights_.layers[size_of(i)];
            kernels::rms_norm(x, rows, hidden, layer.input_norm.const_data_ptr<float>(), eps, normed);
            kernels::multiply(normed, rows, hidden, packed.qkv.forward.data(), width, qkv, false);
            for (int row = 0; row < rows; ++row) {
                const Step& step = steps[size_of(row)];
                float* q = qkv + row * width;
                prepare_heads(layer, q);
                const auto angle = size_of(step.context_length + step.position) * size_of(size / 2);
                kernels::rotate(q, heads + kv_heads, size, cos + angle, sin + angle);
                step.own->put(i, step.position, q + heads * size, q + (heads + kv_heads) * size);
            }
            // Only now, since the tokens of a context see each other.
            for (int row = 0; row < rows; ++row) {
                const Step& step = steps[size_of(row)];
                for (int head = 0; head < heads; ++head) {
                    const int kv = head * kv_heads / heads;
                    const kernels::Span own = step.own->span(i, kv, step.position + 1);
                    const kernels::Span context =
                        step.context ? step.context->span(i, kv, step.context_length) : kernels::Span{};
                    kernels::attend(qkv + row * width + head * size, size, scale, context, own, scratch_.data(),
                                    y + (row * heads + head) * size);
                }
            }
            kernels::multiply(y, rows, heads * size, packed.o.forward.data(), hidden, x, true);
            kernels::rms_norm(x, rows, hidden, layer.attention_norm.const_data_ptr<float>(), eps, normed);
            kernels::multiply(normed, rows, hidden, packed.gate_up.forward.data(), 2 * mlp, gate_up, false);
            kernels::silu_times(gate_up, rows, mlp, inner);
            kernels::multiply(inner, rows, mlp, packed.down.forward.data(), hidden, x, true);
        }
        if (!want_logits) return {};
        float* logits = room(logits_, shape.vocab_size);
        kernels::rms_norm(x, rows, hidden, model_.norm.const_data_ptr<float>(), eps, normed);
        kernels::multiply(normed, rows, hidden, weights_.head.forward.data(), shape.vocab_size, logits, false);
        return {logits, steps.size() * size_of(shape.vocab_size)};
    }

private:
    /// What some types do to a token's queries and keys before the rotation.
    void prepare_heads(const Model::Layer& layer, float* qkv) const {
        const int heads = model_.heads(), kv_heads = model_.kv_heads(), size = model_.head_size();
        if (layer.qkv_bias.defined()) {
            const float* bias = layer.qkv_bias.const_data_ptr<float>();
            for (int i = 0; i < (heads + 2 * kv_heads) * size; ++i) qkv[i] += bias[i];
        }
        if (layer.q_norm.defined()) {
            const auto eps = static_cast<float>(model_.config.rms_norm_eps);
            kernels::rms_norm(qkv, heads, size, layer.q_norm.const_data_ptr<float>(), eps, qkv);
            float* keys = qkv + heads * size;
            kernels::rms_norm(keys, kv_heads, size, layer.k_norm.const_data_ptr<float>(), eps, keys);
        }
    }

    const Model& model_;
    const PackedWeights& weights_;
    std::vector<float> x_, normed_, qkv_, y_, gate_up_, inner_, logits_, scratch_;
};

/// Chooses a token and appends it with what is recorded of it.
class Chooser {
public:
    Chooser(const Batch& batch, const ModelConfig& shape)
        : batch_(batch),
          rules_(*batch.rules),
          top_(confidence_tokens(shape)),
          chances_(size_of(shape.vocab_size)),
          changed_(size_of(shape.vocab_size)),
          best_(size_of(top_)) {}

    /// False once the attempt is finished. `since` counts the tokens of the present thought.
    bool operator()(const Row& row, std::span<const float> logits, int& since) {
        const std::size_t position = row.completion->tokens.size();
        const int size = static_cast<int>(logits.size());
        const float largest = *std::ranges::max_element(logits);
        const double total = kernels::exponentials(logits.data(), size, largest, 1, chances_.data());
        if (!std::isfinite(total))
            return append(batch_, row, 0, std::numeric_limits<float>::quiet_NaN(), 0, 0);  // Throws.
        // Sum of p log p = sum of e (l - largest) / total - log(total).
        double weighted = 0;
        for (std::size_t i = 0; i < logits.size(); ++i)
            weighted += static_cast<double>(chances_[i]) * (logits[i] - largest);
        const double log_total = std::log(total), entropy = log_total - weighted / total;
        std::partial_sort_copy(logits.begin(), logits.end(), best_.begin(), best_.end(), std::greater<>());
        const double mean = std::accumulate(best_.begin(), best_.end(), 0.0) / top_;
        const Token token = position < rules_.forced_prefix.size()
                                ? rules_.forced_prefix[position]
                                : choose(logits, uniform_at(row.key, position), since, largest, total);
        since = begins_thought(token) ? 0 : since + 1;
        return append(batch_, row, token, static_cast<float>(logits[size_of(token)] - largest - log_total),
                      static_cast<float>(std::max(0.0, entropy)), static_cast<float>(largest + log_total - mean));
    }

private:
    bool begins_thought(Token token) const {
        return rules_.penalty && std::ranges::find(rules_.penalty->tokens, token) != rules_.penalty->tokens.end();
    }
    Token choose(std::span<const float> logits, double uniform, int since, float largest, double total) {
        if (rules_.penalty && since < rules_.penalty->duration) {
            std::ranges::copy(logits, changed_.begin());
            for (const Token token : rules_.penalty->tokens)
                changed_[size_of(token)] = logits[size_of(token)] - static_cast<float>(rules_.penalty->strength);
            logits = changed_;
            largest = *std::ranges::max_element(logits);
        }
        if (rules_.temperature <= 0) return static_cast<Token>(std::ranges::max_element(logits) - logits.begin());
        if (logits.data() == changed_.data() || rules_.temperature != 1)
            total = kernels::exponentials(logits.data(), static_cast<int>(logits.size()), largest,
                                          static_cast<float>(1 / rules_.temperature), chances_.data());
        return rules_.top_p < 1 ? filtered(uniform, total) : inverse(uniform * total);
    }
    /// The first token at which the sum of the chances goes beyond the target.
    Token inverse(double target) const {
        double sum = 0;
        std::size_t last = 0;
        for (std::size_t i = 0; i < chances_.size(); ++i) {
            if (chances_[i] <= 0) continue;
            sum += static_cast<double>(chances_[i]);
            last = i;
            if (sum > target) break;
        }
        return static_cast<Token>(last);
    }
    /// The same among the most likely tokens that together reach top_p.
    Token filtered(double uniform, double total) {
        // All below this share together hold less than 1 - top_p: none of them is needed, and a large vocabulary has many.
        const double least = 0.5 * (1 - rules_.top_p) * total / static_cast<double>(chances_.size());
        order_.clear();
        for (std::size_t i = 0; i < chances_.size(); ++i)
            if (static_cast<double>(chances_[i]) >= least) order_.push_back(i);
        std::ranges::stable_sort(order_, std::greater<>(), [&](std::size_t i) { return chances_[i]; });
        double reached = 0;
        std::size_t kept = 0;
        while (kept < order_.size() && reached < rules_.top_p * total)
            reached += static_cast<double>(chances_[order_[kept++]]);
        double sum = 0;
        for (std::size_t i = 0; i < kept; ++i) {
            sum += static_cast<double>(chances_[order_[i]]);
            if (sum > uniform * reached) return static_cast<Token>(order_[i]);
        }
        return static_cast<Token>(order_[kept - 1]);
    }

    const Batch& batch_;
    const DecodingRules& rules_;
    int top_;
    std::vector<float> chances_, changed_;
    std::vector<std::size_t> order_;
    std::vector<float> best_;
};

/// Reads a context, a piece at a time so that memory stays small; returns the logits after it.
std::vector<float> read_context(Forward& forward, const std::vector<Token>& tokens, Past& past, const Batch& batch) {
    constexpr std::size_t piece = 256;
    std::vector<Step> steps;
    std::span<const float> logits;
    for (std::size_t begin = 0; begin < tokens.size(); begin += piece) {
        if (batch.stop.stop_requested()) throw Stopped{};
        const std::size_t end = std::min(begin + piece, tokens.size());
        const bool last = end == tokens.size();
        steps.clear();
        for (std::size_t t = begin; t < end; ++t) steps.push_back({tokens[t], nullptr, 0, &past, static_cast<int>(t)});
        logits = forward(steps, last);
    }
    const std::size_t vocabulary = logits.size() / steps.size();
    const auto after = logits.last(vocabulary);
    return {after.begin(), after.end()};
}

}  // namespace

void decode_on_cpu(const Model& model, const PackedWeights& weights, const Batch& batch) {
    struct Going {
        const Row* row;
        std::size_t context;
        Past past;
        int since = 0;
    };
    const Contexts contexts(batch.rows);
    Forward forward(model, weights);
    Chooser choose(batch, model.config);
    std::vector<Past> pasts;
    std::vector<std::vector<float>> after;
    for (const GenerateRequest* request : contexts.requests) {
        pasts.emplace_back(model, request->context.size());
        after.push_back(read_context(forward, request->context, pasts.back(), batch));
    }
    std::vector<Going> going;
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
        Going row{&batch.rows[i], contexts.of_row[i], Past(model, size_of(batch.rows[i].request->max_new_tokens - 1)),
                  0};
        if (choose(*row.row, after[row.context], row.since)) going.push_back(std::move(row));
    }
    if (batch.sampled) batch.sampled(static_cast<std::int64_t>(batch.rows.size()));
    std::vector<Step> steps;
    while (!going.empty()) {
        if (batch.stop.stop_requested()) throw Stopped{};
        steps.clear();
        for (Going& row : going) {
            const auto& tokens = row.row->completion->tokens;
            steps.push_back({tokens.back(), &pasts[row.context], static_cast<int>(row.row->request->context.size()),
                             &row.past, static_cast<int>(tokens.size()) - 1});
        }
        const auto logits = forward(steps, true);
        const std::size_t vocabulary = size_of(model.config.vocab_size), rows = going.size();
        std::size_t kept = 0;
        for (std::size_t i = 0; i < rows; ++i) {
            if (!choose(*going[i].row, logits.subspan(i * vocabulary, vocabulary), going[i].since)) continue;
            if (kept != i) going[kept] = std::move(going[i]);
            ++kept;
        }
        going.erase(going.begin() + static_cast<std::ptrdiff_t>(kept), going.end());
        if (batch.sampled) batch.sampled(static_cast<std::int64_t>(rows));
    }
}

}  // namespace foothold
