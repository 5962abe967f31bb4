// SPDX-License-Identifier: GPL-3.0-or-later
// Attention over packed sequences by libtorch's flash attention (Dao 2023, arXiv 2307.08691): on a GPU, in bf16.
#pragma once
#include <ATen/ATen.h>

#include <tuple>

namespace foothold {

/// Queries [rows, heads, head]; keys and values [keys, kv heads, head]. Where each sequence's queries and keys begin, int
/// [sequences + 1], and the most of one. The last query of a sequence sees all its keys, each one before it one key less.
struct FlashInputs {
    at::Tensor q, k, v, query_begins, key_begins;
    std::int64_t most_queries, most_keys;
};

/// Values, the logs of the sums of exponentials, and two tensors that the way back wants.
using FlashOutputs = std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

inline bool flash_attention_takes(std::int64_t head_size) { return head_size % 8 == 0 && head_size <= 256; }

FlashOutputs flash_attention(const FlashInputs& inputs);
/// dq, dk and dv, without gaps, added up in a fixed order.
std::tuple<at::Tensor, at::Tensor, at::Tensor> flash_attention_back(const FlashInputs& inputs, const FlashOutputs& outputs, const at::Tensor& dy);

}  // namespace foothold
