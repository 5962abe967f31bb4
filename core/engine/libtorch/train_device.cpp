// SPDX-License-Identifier: GPL-3.0-or-later
// d<name> is the derivative of the loss by <name>.
#include "engine/libtorch/train_device.h"

#include <algorithm>
#include <numeric>

#include "engine/libtorch/adapter.h"

namespace foothold {

DevicePasses::DevicePasses(const Model& model, const at::Tensor& weights, TrainOps& ops, bool recompute)
    : model_(model),
      weights_(weights),
      ops_(ops),
      hidden_(model.config.hidden_size),
      mlp_(model.config.intermediate_size),
      width_((model.heads() + 2 * model.kv_heads()) * model.head_size()),
      heads_{model.heads(), model.kv_heads(), model.head_size()},
      eps_(static_cast<float>(model.config.rms_norm_eps)),
      recompute_(recompute),
      flash_(weights.is_cuda() && ops.number() == Number::bf16 && flash_attention_takes(heads_.size)),
      layers_(model.layers.size()) {}

at::Tensor DevicePasses::indices(const std::vector<int>& values, at::ScalarType type) const {
    return at::tensor(values, at::kInt).to(weights_.device(), type);
}

DevicePasses::DeviceLists DevicePasses::lists(std::span<const int> owners, int count) const {
    std::vector<int> begins(static_cast<std::size_t>(count) + 1), which(owners.size());
    for (const int owner : owners) ++begins[static_cast<std::size_t>(owner) + 1];
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    std::vector<int> next(begins.begin(), begins.end() - 1);
    for (std::size_t i = 0; i < owners.size(); ++i) which[static_cast<std::size_t>(next[static_cast<std::size_t>(owners[i])]++)] = static_cast<int>(i);
    return {indices(begins), indices(which)};
}

const void* DevicePasses::pointer(const at::Tensor& weight) const {
    if (!weight.defined()) return nullptr;
    return static_cast<const char*>(weights_.const_data_ptr()) + model_.offset(weight) * static_cast<std::int64_t>(weights_.element_size());
}

float* DevicePasses::gradient_of(const at::Tensor& weight) const {
    return model_.adapter ? nullptr : sum_.data_ptr<float>() + model_.offset(weight);
}

at::Tensor DevicePasses::multiply(const at::Tensor& x, const at::Tensor& weight) const {
    at::Tensor y = numbers(x.size(0), weight.size(0));
    ops_.multiply(static_cast<int>(x.size(0)), static_cast<int>(weight.size(1)), static_cast<int>(weight.size(0)), x.const_data_ptr(),
                  pointer(weight), y.data_ptr(), false);
    return y;
}

at::Tensor DevicePasses::multiply_back(const at::Tensor& dy, const at::Tensor& weight) const {
    at::Tensor dx = numbers(dy.size(0), weight.size(1));
    ops_.multiply_back(static_cast<int>(dy.size(0)), static_cast<int>(weight.size(1)), static_cast<int>(weight.size(0)), dy.const_data_ptr(),
                       pointer(weight), dx.data_ptr());
    return dx;
}

void DevicePasses::add_gradient(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight) {
    if (model_.adapter)
        model_.adapter->add_gradient(dy.to(at::kFloat), x.to(at::kFloat), weight, sum_);
    else
        ops_.add_weight_gradient(static_cast<int>(dy.size(0)), static_cast<int>(weight.size(1)), static_cast<int>(weight.size(0)),
                                 dy.const_data_ptr(), x.const_data_ptr(), gradient_of(weight));
}

void DevicePasses::lay_out() {
    rows_ = packed_.count();
    std::vector<int> key_rows, query_begins{0}, key_begins{0}, sequence_of_row, sequence_of_key;
    most_queries_ = most_keys_ = 0;
    for (std::size_t i = 0; i < packed_.sequences.size(); ++i) {
        const PackedRows::Sequence& sequence = packed_.sequences[i];
        for (int key = 0; key < sequence.keys(); ++key) key_rows.push_back(sequence.row(key));
        sequence_of_row.insert(sequence_of_row.end(), static_cast<std::size_t>(sequence.length), static_cast<int>(i));
        sequence_of_key.insert(sequence_of_key.end(), static_cast<std::size_t>(sequence.keys()), static_cast<int>(i));
        query_begins.push_back(query_begins.back() + sequence.length);
        key_begins.push_back(static_cast<int>(key_rows.size()));
        most_queries_ = std::max<std::int64_t>(most_queries_, sequence.length);
        most_keys_ = std::max<std::int64_t>(most_keys_, sequence.keys());
    }
    std::vector<Token> distinct = packed_.tokens;
    std::ranges::sort(distinct);
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::vector<int> which_token;
    for (const Token token : packed_.tokens)
        which_token.push_back(static_cast<int>(std::ranges::lower_bound(distinct, token) - distinct.begin()));
    tokens_ = indices(packed_.tokens);
    positions_ = indices(packed_.positions);
    targets_ = indices(packed_.targets);
    scored_rows_ = indices(packed_.scored_rows, at::kLong);
    key_rows_ = indices(key_rows, at::kLong);
    query_begins_ = indices(query_begins);
    key_begins_ = indices(key_begins);
    sequence_of_row_ = indices(sequence_of_row);
    sequence_of_key_ = indices(sequence_of_key);
    readers_ = lists(key_rows, packed_.count());
    predictions_ = lists(packed_.scored_rows, packed_.count());
    distinct_ = indices(distinct);
    token_rows_ = lists(which_token, static_cast<int>(distinct.size()));
}

std::span<const float> DevicePasses::forward(std::span<const ScoredSequence* const> sequences) {
    const at::NoGradGuard no_grad;
    packed_ = PackedRows(sequences);
    lay_out();
    const int rows = static_cast<int>(rows_), hidden = static_cast<int>(hidden_);
    at::Tensor x = floats({rows_, hidden_}), delta;
    ops_.embed(rows, hidden, tokens_.const_data_ptr<int>(), pointer(model_.embedding), x.data_ptr<float>());
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const Model::Layer& model = model_.layers[i];
        Layer& layer = layers_[i] = Layer{};
        layer.normed = norm(x, delta, model.input_norm, layer.x, layer.inverse);
        run(model, layer);
        const at::Tensor inner = numbers(rows_, mlp_);
        ops_.silu_times(rows, static_cast<int>(mlp_), layer.gate_up.const_data_ptr(), inner.data_ptr());
        delta = multiply(inner, model.down);
        x = layer.middle;
        if (recompute_) {
            const at::Tensor kept = layer.x;
            layer = Layer{};
            layer.x = kept;
        }
    }
    selected_ = norm(x, delta, model_.norm, last_, last_inverse_).index_select(0, scored_rows_);

    const std::int64_t scored = packed_.scored(), at_once = std::max<std::int64_t>(1, most_logits / model_.config.vocab_size);
    logits_ = floats({std::min(scored, at_once), model_.config.vocab_size});
    log_sums_ = floats({scored});
    at::Tensor logprobs = floats({scored});
    for (std::int64_t first = 0; first < scored; first += at_once) {
        const std::int64_t count = std::min(at_once, scored - first);
        read_logits(first, count);
        ops_.logprobs(static_cast<int>(count), model_.config.vocab_size, logits_.const_data_ptr<float>(),
                      targets_.const_data_ptr<int>() + first, logprobs.data_ptr<float>() + first, log_sums_.data_ptr<float>() + first);
    }
    logprobs_ = logprobs.to(at::kCPU);
    return numbers_of(logprobs_);
}

at::Tensor DevicePasses::norm(const at::Tensor& x, const at::Tensor& delta, const at::Tensor& weight, at::Tensor& sum, at::Tensor& inverse) const {
    at::Tensor y = numbers(rows_, hidden_);
    sum = delta.defined() ? floats({rows_, hidden_}) : x;
    inverse = floats({rows_});
    ops_.add_rms_norm(static_cast<int>(rows_), static_cast<int>(hidden_), x.const_data_ptr<float>(),
                      delta.defined() ? delta.const_data_ptr() : nullptr, pointer(weight), eps_, sum.data_ptr<float>(), y.data_ptr(),
                      inverse.data_ptr<float>());
    return y;
}

void DevicePasses::run(const Model::Layer& model, Layer& layer) const {
    layer.qkv = multiply(layer.normed, model.qkv);
    if (model.q_norm.defined()) norm_heads(model, layer);
    ops_.rotate(static_cast<int>(rows_), heads_, positions_.const_data_ptr<int>(), pointer(model.qkv_bias), model_.cos.const_data_ptr<float>(),
                model_.sin.const_data_ptr<float>(), layer.qkv.data_ptr());
    attend(layer);
    const at::Tensor delta = multiply(layer.y.flatten(1), model.o);
    layer.middle_normed = norm(layer.x, delta, model.attention_norm, layer.middle, layer.middle_inverse);
    layer.gate_up = multiply(layer.middle_normed, model.gate_up);
}

void DevicePasses::run_again(const Model::Layer& model, Layer& layer) const {
    layer.normed = norm(layer.x, {}, model.input_norm, layer.x, layer.inverse);
    run(model, layer);
}

void DevicePasses::read_logits(std::int64_t first, std::int64_t count) {
    ops_.multiply(static_cast<int>(count), static_cast<int>(hidden_), model_.config.vocab_size,
                  selected_.narrow(0, first, count).const_data_ptr(), pointer(model_.head), logits_.data_ptr(), true);
}

void DevicePasses::backward(std::span<const float> given, const at::Tensor& sum) {
    const at::NoGradGuard no_grad;
    sum_ = sum;
    const int rows = static_cast<int>(rows_), hidden = static_cast<int>(hidden_), mlp = static_cast<int>(mlp_),
              vocabulary = model_.config.vocab_size;
    const std::int64_t scored = packed_.scored(), at_once = logits_.size(0);
    const at::Tensor slopes =
        at::from_blob(const_cast<float*>(given.data()), {scored}, at::kFloat).to(weights_.device(), at::kFloat, false, true);
    at::Tensor dselected = numbers(scored, hidden_);
    {
        const at::Tensor dlogits = numbers(at_once, vocabulary);
        for (std::int64_t first = 0; first < scored; first += at_once) {
            const std::int64_t count = std::min(at_once, scored - first);
            if (at_once < scored) read_logits(first, count);  // Else they are still there.
            ops_.logprobs_backward(static_cast<int>(count), vocabulary, logits_.const_data_ptr<float>(),
                                   targets_.const_data_ptr<int>() + first, log_sums_.const_data_ptr<float>() + first,
                                   slopes.const_data_ptr<float>() + first, dlogits.data_ptr());
            const at::Tensor piece = dlogits.narrow(0, 0, count);
            ops_.multiply_back(static_cast<int>(count), hidden, vocabulary, piece.const_data_ptr(), pointer(model_.head),
                               dselected.narrow(0, first, count).data_ptr());
            add_gradient(piece, selected_.narrow(0, first, count), model_.head);
        }
    }
    logits_.reset();

    at::Tensor dx = at::zeros({rows_, hidden_}, weights_.options().dtype(at::kFloat)), rounded = numbers(rows_, hidden_);
    const auto norm_back = [&](const at::Tensor& dy, const at::Tensor& x, const at::Tensor& inverse, const at::Tensor& weight) {
        ops_.rms_norm_backward(rows, hidden, dy.const_data_ptr(), x.const_data_ptr<float>(), inverse.const_data_ptr<float>(), pointer(weight),
                               dx.data_ptr<float>(), rounded.data_ptr(), gradient_of(weight));
    };
    const at::Tensor dlast = numbers(rows_, hidden_);
    ops_.sum_lines(rows, hidden, predictions_.view(), dselected.const_data_ptr(), dlast.data_ptr());
    norm_back(dlast, last_, last_inverse_, model_.norm);

    for (std::size_t i = layers_.size(); i-- > 0;) {
        const Model::Layer& model = model_.layers[i];
        Layer& layer = layers_[i];
        if (recompute_) run_again(model, layer);
        const at::Tensor inner = multiply_back(rounded, model.down);  // Its gradient, then itself.
        ops_.silu_times_backward(rows, mlp, inner.data_ptr(), layer.gate_up.data_ptr());
        add_gradient(rounded, inner, model.down);
        const at::Tensor& dgate_up = layer.gate_up;
        norm_back(multiply_back(dgate_up, model.gate_up), layer.middle, layer.middle_inverse, model.attention_norm);
        add_gradient(dgate_up, layer.middle_normed, model.gate_up);
        const at::Tensor dqkv = attend_back(model, layer, multiply_back(rounded, model.o));
        add_gradient(rounded, layer.y.flatten(1), model.o);
        norm_back(multiply_back(dqkv, model.qkv), layer.x, layer.inverse, model.input_norm);
        add_gradient(dqkv, layer.normed, model.qkv);
        layer = Layer{};
    }
    if (!model_.adapter)
        ops_.add_embedding_gradient(static_cast<int>(distinct_.numel()), hidden, distinct_.const_data_ptr<int>(), token_rows_.view(),
                                    dx.const_data_ptr<float>(), gradient_of(model_.embedding));
    sum_.reset();
}

FlashInputs DevicePasses::flash_inputs(const Layer& layer) const {
    return {layer.qkv.unflatten(1, {-1, heads_.size}).narrow(1, 0, heads_.heads), layer.keys, layer.values, query_begins_, key_begins_,
            most_queries_, most_keys_};
}

PackedAttention DevicePasses::attention(const Layer& layer) const {
    const PackedBounds bounds{query_begins_.const_data_ptr<int>(), key_begins_.const_data_ptr<int>(), sequence_of_row_.const_data_ptr<int>(),
                              sequence_of_key_.const_data_ptr<int>()};
    return {static_cast<int>(rows_), static_cast<int>(layer.keys.size(0)), bounds, heads_, layer.qkv.const_data_ptr(),
            layer.keys.const_data_ptr(), layer.values.const_data_ptr(), static_cast<int>(width_), static_cast<int>(layer.keys.stride(0))};
}

void DevicePasses::attend(Layer& layer) const {
    at::Tensor keys_values = layer.qkv.unflatten(1, {-1, heads_.size}).narrow(1, heads_.heads, 2 * heads_.kv_heads);
    if (key_rows_.size(0) != rows_) keys_values = keys_values.index_select(0, key_rows_);
    layer.keys = keys_values.narrow(1, 0, heads_.kv_heads);
    layer.values = keys_values.narrow(1, heads_.kv_heads, heads_.kv_heads);
    if (flash_) {
        std::tie(layer.y, layer.log_sums, layer.seed, layer.unused) = flash_attention(flash_inputs(layer));
    } else {
        layer.y = numbers(rows_, std::int64_t{heads_.heads} * heads_.size).unflatten(1, {heads_.heads, heads_.size});
        layer.log_sums = floats({rows_, heads_.heads});
        ops_.attend(attention(layer), layer.y.data_ptr(), layer.log_sums.data_ptr<float>());
    }
}

at::Tensor DevicePasses::attend_back(const Model::Layer& model, const Layer& layer, const at::Tensor& dy) {
    at::Tensor dq, dk, dv;
    if (flash_) {
        std::tie(dq, dk, dv) = flash_attention_back(flash_inputs(layer), {layer.y, layer.log_sums, layer.seed, layer.unused}, dy.view_as(layer.y));
    } else {
        dq = at::empty_like(layer.y);
        dk = at::empty(layer.keys.sizes(), weights_.options());
        dv = at::empty_like(dk);
        at::Tensor dots = floats({rows_, heads_.heads});
        ops_.attend_back(attention(layer), layer.y.const_data_ptr(), dy.const_data_ptr(), layer.log_sums.const_data_ptr<float>(),
                         dots.data_ptr<float>(), dq.data_ptr(), dk.data_ptr(), dv.data_ptr());
    }
    at::Tensor dqkv = numbers(rows_, width_);
    ops_.rotate_back(static_cast<int>(rows_), heads_, positions_.const_data_ptr<int>(), readers_.view(), model_.cos.const_data_ptr<float>(),
                     model_.sin.const_data_ptr<float>(), dq.const_data_ptr(), dk.const_data_ptr(), dv.const_data_ptr(), dqkv.data_ptr());
    if (model.q_norm.defined()) norm_heads_back(model, layer, dqkv);
    if (model.qkv_bias.defined() && !model_.adapter)
        ops_.add_column_sums(static_cast<int>(rows_), static_cast<int>(width_), dqkv.const_data_ptr(), gradient_of(model.qkv_bias));
    return dqkv;
}

void DevicePasses::norm_heads(const Model::Layer& model, Layer& layer) const {
    const at::Tensor heads = layer.qkv.unflatten(1, {-1, heads_.size});
    layer.raw = heads.narrow(1, 0, heads_.heads + heads_.kv_heads).clone();
    const auto norm = [&](std::int64_t first, std::int64_t count, const at::Tensor& weight) {
        const at::Tensor own = weights_.narrow(0, model_.offset(weight), heads_.size);
        heads.narrow(1, first, count).copy_(rms_norm(layer.raw.narrow(1, first, count), own, model_.config.rms_norm_eps));
    };
    norm(0, heads_.heads, model.q_norm);
    norm(heads_.heads, heads_.kv_heads, model.k_norm);
}

void DevicePasses::norm_heads_back(const Model::Layer& model, const Layer& layer, const at::Tensor& dqkv) {
    const at::Tensor heads = dqkv.unflatten(1, {-1, heads_.size});
    const auto back = [&](std::int64_t first, std::int64_t count, const at::Tensor& weight) {
        const at::Tensor own = weights_.narrow(0, model_.offset(weight), heads_.size).to(at::kFloat);
        const at::Tensor x = layer.raw.narrow(1, first, count).to(at::kFloat), to = heads.narrow(1, first, count);
        const at::Tensor dy = to.to(at::kFloat), inverse = (x.square().mean(-1, true) + model_.config.rms_norm_eps).rsqrt(), slope = dy * own;
        if (!model_.adapter) sum_.narrow(0, model_.offset(weight), heads_.size).add_((dy * x * inverse).sum(at::IntArrayRef{0, 1}));
        to.copy_(slope * inverse - x * ((slope * x).mean(-1, true) * inverse.pow(3)));
    };
    back(0, heads_.heads, model.q_norm);
    back(heads_.heads, heads_.kv_heads, model.k_norm);
}

}  // namespace foothold
