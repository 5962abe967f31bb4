// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/libtorch/train_attention.h"

#include <ATen/Context.h>

#include <cmath>
#include <functional>

namespace foothold {
namespace {

/// Makes libtorch choose ways that add in a fixed order while it lives.
class InOrder {
public:
    InOrder() {
        at::globalContext().setDeterministicAlgorithms(true, true);
        at::globalContext().setDeterministicFillUninitializedMemory(false);
    }
    ~InOrder() { at::globalContext().setDeterministicAlgorithms(false, false); }
    InOrder(const InOrder&) = delete;
    InOrder& operator=(const InOrder&) = delete;
};

/// One sequence's [heads, queries or keys, head]; keys and values once for every query head.
struct One {
    at::Tensor q, k, v, chances;
    double scale;
};

/// Calls work(sequence, its tensors, first key).
void each(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PackedRows& rows,
          const std::function<void(const PackedRows::Sequence&, const One&, std::int64_t)>& work) {
    const std::int64_t group = q.size(1) / k.size(1);
    std::int64_t first_key = 0;
    for (const PackedRows::Sequence& sequence : rows.sequences) {
        const auto of_keys = [&](const at::Tensor& all) {
            return all.narrow(0, first_key, sequence.keys()).repeat_interleave(group, 1).transpose(0, 1);
        };
        One one{q.narrow(0, sequence.begin, sequence.length).transpose(0, 1), of_keys(k), of_keys(v), {}, 1 / std::sqrt(static_cast<double>(q.size(2)))};
        const at::Tensor hidden = at::ones({sequence.length, sequence.keys()}, q.options().dtype(at::kBool)).triu(sequence.before + 1);
        one.chances = (at::matmul(one.q, one.k.transpose(1, 2)) * one.scale).masked_fill(hidden, -INFINITY).softmax(-1);
        work(sequence, one, first_key);
        first_key += sequence.keys();
    }
}

}  // namespace

FlashAttention flash_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const SequenceBounds& bounds) {
    auto [y, log_sums, seed, unused, mask] = at::_flash_attention_forward(q, k, v, bounds.queries, bounds.keys, bounds.most_queries,
                                                                         bounds.most_keys, 0.0, true, false);
    return {y, log_sums, seed, unused};
}

AttentionGradient flash_attention_back(const at::Tensor& dy, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                       const FlashAttention& forward, const SequenceBounds& bounds) {
    const InOrder in_order;
    const auto& [y, log_sums, seed, unused] = forward;
    const auto [dq, dk, dv] = at::_flash_attention_backward(dy, q, k, v, y, log_sums, bounds.queries, bounds.keys, bounds.most_queries,
                                                            bounds.most_keys, 0.0, true, seed, unused);
    return {dq.contiguous(), dk.contiguous(), dv.contiguous()};
}

at::Tensor plain_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PackedRows& rows) {
    at::Tensor y = at::empty(q.sizes(), q.options());
    each(q, k, v, rows, [&](const PackedRows::Sequence& sequence, const One& one, std::int64_t) {
        y.narrow(0, sequence.begin, sequence.length).copy_(at::matmul(one.chances, one.v).transpose(0, 1));
    });
    return y;
}

AttentionGradient plain_attention_back(const at::Tensor& dy, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                       const PackedRows& rows) {
    at::Tensor dq = at::empty(q.sizes(), q.options()), dk = at::empty(k.sizes(), k.options()), dv = at::empty(v.sizes(), v.options());
    each(q, k, v, rows, [&](const PackedRows::Sequence& sequence, const One& one, std::int64_t first_key) {
        const at::Tensor slope = dy.narrow(0, sequence.begin, sequence.length).transpose(0, 1);
        const at::Tensor dchances = at::matmul(slope, one.v.transpose(1, 2));
        const at::Tensor dscores = one.chances * (dchances - (dchances * one.chances).sum(-1, true)) * one.scale;
        const auto to_keys = [&](at::Tensor& to, const at::Tensor& of_heads) {  // [heads, keys, head]
            to.narrow(0, first_key, sequence.keys()).copy_(of_heads.unflatten(0, {k.size(1), -1}).sum(1).transpose(0, 1));
        };
        dq.narrow(0, sequence.begin, sequence.length).copy_(at::matmul(dscores, one.k).transpose(0, 1));
        to_keys(dk, at::matmul(dscores.transpose(1, 2), one.q));
        to_keys(dv, at::matmul(one.chances.transpose(1, 2), slope));
    });
    return {dq, dk, dv};
}

}  // namespace foothold
