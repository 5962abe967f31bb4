// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/libtorch/flash_attention.h"

#include <ATen/Context.h>

namespace foothold {
namespace {

/// Makes libtorch choose ways that add in a fixed order while it lives.
class InOrder {
public:
    InOrder() {
        at::globalContext().setDeterministicAlgorithms(true, false);
        at::globalContext().setDeterministicFillUninitializedMemory(false);
    }
    ~InOrder() { at::globalContext().setDeterministicAlgorithms(false, false); }
    InOrder(const InOrder&) = delete;
    InOrder& operator=(const InOrder&) = delete;
};

}  // namespace

FlashOutputs flash_attention(const FlashInputs& in) {
    auto [y, log_sums, seed, unused, mask] =
        at::_flash_attention_forward(in.q, in.k, in.v, in.query_begins, in.key_begins, in.most_queries, in.most_keys, 0.0, true, false);
    return {y, log_sums, seed, unused};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> flash_attention_back(const FlashInputs& in, const FlashOutputs& outputs, const at::Tensor& dy) {
    const InOrder in_order;
    const auto& [y, log_sums, seed, unused] = outputs;
    const auto [dq, dk, dv] = at::_flash_attention_backward(dy, in.q, in.k, in.v, y, log_sums, in.query_begins, in.key_begins, in.most_queries,
                                                            in.most_keys, 0.0, true, seed, unused);
    return {dq.contiguous(), dk.contiguous(), dv.contiguous()};
}

}  // namespace foothold
