// SPDX-License-Identifier: GPL-3.0-or-later
// Attention over packed sequences: by libtorch's flash attention on a GPU in bf16 (Dao 2023, arXiv 2307.08691), and in
// plain operations, sequence by sequence, elsewhere. Queries [rows, heads, head]; keys and values [keys, kv heads, head];
// query i of a sequence sees all but the last (queries - 1 - i) of its keys.
#pragma once
#include <ATen/ATen.h>

#include <tuple>

#include "engine/packed_rows.h"

namespace foothold {

/// Where each sequence's queries and keys begin, int [sequences + 1], and the most of one.
struct SequenceBounds {
    const at::Tensor &queries, &keys;
    std::int64_t most_queries, most_keys;
};

/// Values, and three tensors for the way back.
using FlashAttention = std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor>;
/// Gradients of queries, keys and values, contiguous.
using AttentionGradient = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

FlashAttention flash_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const SequenceBounds& bounds);
AttentionGradient flash_attention_back(const at::Tensor& dy, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                       const FlashAttention& forward, const SequenceBounds& bounds);

at::Tensor plain_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PackedRows& rows);
AttentionGradient plain_attention_back(const at::Tensor& dy, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                       const PackedRows& rows);

}  // namespace foothold
