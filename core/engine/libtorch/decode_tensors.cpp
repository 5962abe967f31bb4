// SPDX-License-Identifier: GPL-3.0-or-later
// The decoder made of tensor operations: any device and type. Nothing waits for the device between two looks at the
// results.
#include <cmath>

#include "engine/libtorch/decode.h"
#include "record/random.h"

namespace foothold {
namespace {

/// Keys, values and positions of the rows that are being decoded.
class Cache {
public:
    Cache(const Model& model, const Contexts& contexts, std::int64_t capacity) : model_(model), capacity_(capacity) {
        const auto options = model.flat.options();
        const auto device = model.flat.device();
        std::vector<KeysValues> prefilled;
        const at::Tensor hidden =
            model.forward(contexts.tokens().to(device), &prefilled);  // [contexts, longest, hidden]
        std::vector<std::int64_t> lengths, of_row, row_lengths;
        for (const auto* request : contexts.requests)
            lengths.push_back(static_cast<std::int64_t>(request->context.size()));
        for (const std::size_t context : contexts.of_row) {
            of_row.push_back(static_cast<std::int64_t>(context));
            row_lengths.push_back(lengths[context]);
        }
        const at::Tensor last = at::tensor(lengths, at::kLong).to(device) - 1,
                         owner = at::tensor(of_row, at::kLong).to(device);
        const at::Tensor each = at::arange(hidden.size(0), last.options());
        logits = model.logits(hidden.index({each, last})).index_select(0, owner);
        position_ = at::tensor(row_lengths, at::kLong).to(device);
        longest_ = hidden.size(1);
        for (const KeysValues& from : prefilled) {
            KeysValues to;
            for (const auto& [source, target] :
                 {std::pair(&from.keys, &to.keys), std::pair(&from.values, &to.values)}) {
                *target = at::zeros({owner.size(0), model.kv_heads(), capacity, model.head_size()}, options);
                target->narrow(2, 0, longest_).copy_(source->index_select(0, owner));
            }
            layers_.push_back(std::move(to));
        }
    }

    /// One token a row [rows] in, the logits of the next one out.
    void step(const at::Tensor& tokens) {
        const auto rows = tokens.size(0);
        const auto heads = model_.heads(), kv_heads = model_.kv_heads(), size = model_.head_size();
        const double eps = model_.config.rms_norm_eps;
        longest_ = std::min(longest_ + 1, capacity_);
        const at::Tensor c = model_.cos.index_select(0, position_).unsqueeze(1),
                         s = model_.sin.index_select(0, position_).unsqueeze(1);
        const at::Tensor seen =
            (at::arange(longest_, position_.options()) <= position_.unsqueeze(1)).view({rows, 1, 1, longest_});
        const at::Tensor place = position_.view({rows, 1, 1, 1}).expand({rows, kv_heads, 1, size});
        at::Tensor x = at::embedding(model_.embedding, tokens);  // [rows, hidden]
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            const Model::Layer& layer = model_.layers[i];
            const auto qkv = model_.project(rms_norm(x, layer.input_norm, eps), layer);
            const auto qk = rotate(qkv.narrow(1, 0, heads + kv_heads), c, s);
            layers_[i].keys.scatter_(2, place, qk.narrow(1, heads, kv_heads).unsqueeze(2));
            layers_[i].values.scatter_(2, place, qkv.narrow(1, heads + kv_heads, kv_heads).unsqueeze(2));
            const auto y = at::scaled_dot_product_attention(
                qk.narrow(1, 0, heads).unsqueeze(2), layers_[i].keys.narrow(2, 0, longest_),
                layers_[i].values.narrow(2, 0, longest_), seen, 0.0, false, std::nullopt, heads != kv_heads);
            x = x + model_.linear(y.reshape({rows, heads * size}), layer.o);
            x = x + model_.feed_forward(rms_norm(x, layer.attention_norm, eps), layer);
        }
        logits = model_.logits(rms_norm(x, model_.norm, eps));
        // A finished row that is still here writes to its last place again and again: nobody looks at it.
        position_ = (position_ + 1).clamp_max(capacity_ - 1);
    }

    void keep(const at::Tensor& rows) {
        logits = logits.index_select(0, rows);
        position_ = position_.index_select(0, rows);
        for (KeysValues& layer : layers_) {
            layer.keys = layer.keys.index_select(0, rows);
            layer.values = layer.values.index_select(0, rows);
        }
    }

    at::Tensor logits;  // [rows, vocabulary]

private:
    const Model& model_;
    std::vector<KeysValues> layers_;  // [rows, kv heads, capacity, head]
    at::Tensor position_;             // [rows] where the next token goes
    std::int64_t longest_ = 0, capacity_ = 0;
};

/// Chooses tokens by the rules, for all rows at once.
class Chooser {
public:
    Chooser(const Batch& batch, const Model& model, std::int64_t rows) : rules_(*batch.rules) {
        if (!rules_.penalty || rules_.penalty->tokens.empty()) return;
        at::Tensor marks = at::zeros({model.config.vocab_size}, at::kFloat);
        for (const Token token : rules_.penalty->tokens) marks[token] = 1;
        penalised_ = marks.to(model.flat.device(), model.flat.scalar_type());
        since_ = at::zeros({rows}, model.flat.options().dtype(at::kLong));
    }

    /// Logits [rows, vocabulary] and uniform numbers [rows] to tokens [rows].
    at::Tensor choose(at::Tensor logits, const at::Tensor& uniform, std::size_t position) {
        if (position < rules_.forced_prefix.size())
            return reset(
                at::full({logits.size(0)}, rules_.forced_prefix[position], uniform.options().dtype(at::kLong)));
        if (since_.defined())
            logits = logits - (since_ < rules_.penalty->duration).to(logits.scalar_type()).unsqueeze(1) *
                                  (penalised_ * rules_.penalty->strength);
        if (rules_.temperature <= 0) return reset(logits.argmax(1));
        at::Tensor chances = at::softmax(logits / rules_.temperature, 1), tokens;
        if (rules_.top_p < 1) std::tie(chances, tokens) = chances.sort(1, true);
        at::Tensor sums = chances.cumsum(1);
        if (rules_.top_p < 1) sums = (chances * (sums - chances < rules_.top_p)).cumsum(1);
        const at::Tensor total = sums.select(1, -1);
        // Just below the total at most, so that the token found has a chance above zero.
        const at::Tensor target = at::minimum(uniform * total, total * (1 - 1e-6)).unsqueeze(1);
        at::Tensor found = (sums <= target).sum(1, true).clamp_max(logits.size(1) - 1);
        if (tokens.defined()) found = tokens.gather(1, found);
        return reset(found.squeeze(1));
    }

    void keep(const at::Tensor& rows) {
        if (since_.defined()) since_ = since_.index_select(0, rows);
    }

private:
    /// A penalised token begins a thought: count from there.
    at::Tensor reset(at::Tensor tokens) {
        if (since_.defined())
            since_ = at::where(penalised_.index_select(0, tokens) > 0, at::zeros_like(since_), since_ + 1);
        return tokens;
    }
    const DecodingRules& rules_;
    at::Tensor penalised_;  // [vocabulary] 0 or 1
    at::Tensor since_;      // [rows] tokens since the thought began
};

}  // namespace

void decode_by_tensors(const Model& model, const Batch& batch) {
    const Contexts contexts(batch.rows);
    const auto device = model.flat.device();
    std::int64_t capacity = 0;
    for (const Row& row : batch.rows)
        capacity =
            std::max(capacity, static_cast<std::int64_t>(row.request->context.size()) + row.request->max_new_tokens);
    Cache cache(model, contexts, capacity);
    Chooser chooser(batch, model, static_cast<std::int64_t>(batch.rows.size()));
    std::vector<Row> rows(batch.rows.begin(),
                          batch.rows.end());  // Those in the cache; finished ones stay until the next keep().
    std::vector<bool> going(rows.size(), true);
    const std::int64_t stride = device.is_cuda() ? 8 : 2;  // Tokens between two looks at the results.
    const int top = confidence_tokens(model.config);

    for (std::int64_t position = 0; !rows.empty(); position += stride) {
        if (batch.stop.stop_requested()) throw Stopped{};
        const auto width = static_cast<std::int64_t>(rows.size());
        at::Tensor uniform = at::empty({stride, width}, at::kFloat);
        float* number = uniform.data_ptr<float>();
        for (std::int64_t t = 0; t < stride; ++t)
            for (const Row& row : rows)
                *number++ = static_cast<float>(uniform_at(row.key, static_cast<std::uint64_t>(position + t)));
        uniform = uniform.to(device);
        std::vector<at::Tensor> records;  // [4, rows] each: token, log-prob, entropy, confidence
        for (std::int64_t t = 0; t < stride; ++t) {
            const at::Tensor logprobs = at::log_softmax(cache.logits, 1);
            const at::Tensor tokens = chooser.choose(cache.logits, uniform[t], static_cast<std::size_t>(position + t));
            records.push_back(at::stack(
                {tokens.to(logprobs.scalar_type()), logprobs.gather(1, tokens.unsqueeze(1)).squeeze(1),
                 (logprobs.exp() * logprobs).sum(1).neg(), std::get<0>(logprobs.topk(top, 1)).mean(1).neg()}));
            cache.step(tokens);
        }
        // [4, stride, rows]; a token's number is exact in float, vocabularies are smaller than 2^24.
        const at::Tensor seen = at::stack(records, 1).to(at::kCPU, at::kFloat).contiguous();
        const float* value = seen.data_ptr<float>();
        std::int64_t sampled = 0;
        std::vector<std::int64_t> left;
        for (std::int64_t r = 0; r < width; ++r) {
            const auto index = static_cast<std::size_t>(r);
            for (std::int64_t t = 0; t < stride && going[index]; ++t, ++sampled) {
                const auto at = [&](std::int64_t what) { return value[(what * stride + t) * width + r]; };
                going[index] = append(batch, rows[index], static_cast<Token>(at(0)), at(1), at(2), at(3));
            }
            if (going[index]) left.push_back(r);
        }
        if (batch.sampled) batch.sampled(sampled);
        if (left.size() * 4 > rows.size() * 3) continue;
        const at::Tensor kept = at::tensor(left, at::kLong).to(device);
        cache.keep(kept);
        chooser.keep(kept);
        std::vector<Row> fewer;
        for (const std::int64_t r : left) fewer.push_back(rows[static_cast<std::size_t>(r)]);
        rows = std::move(fewer);
        going.assign(rows.size(), true);
    }
}

}  // namespace foothold
