// SPDX-License-Identifier: GPL-3.0-or-later
// A batch of attempts to be sampled: what every decoder is given and how it hands on what it samples.
#pragma once
#include <algorithm>
#include <functional>
#include <span>
#include <stop_token>

#include "engine/engine.h"

namespace foothold {

/// One attempt to be sampled, and where its completion goes.
struct Row {
    const GenerateRequest* request = nullptr;
    std::uint64_t key = 0;  ///< Position t uses uniform_at(key, t).
    Completion* completion = nullptr;
};

/// A batch: rows of the same request are neighbours, so that their context is computed once.
struct Batch {
    std::span<const Row> rows;
    const DecodingRules* rules = nullptr;
    Token end_token = 0;
    std::stop_token stop;
    std::function<void(std::int64_t)> sampled;  ///< Told how many tokens were sampled since the last call.
};

/// How many of the most likely tokens the confidence looks at.
inline int confidence_tokens(const ModelConfig& config) { return std::min(5, config.vocab_size); }

/// Appends one token and what was recorded of it; false once the attempt is finished. Throws RunError for numbers that
/// are not finite.
bool append(const Batch& batch, const Row& row, Token token, float logprob, float entropy, float confidence);

}  // namespace foothold
