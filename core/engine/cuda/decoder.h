// SPDX-License-Identifier: GPL-3.0-or-later
// Sampling with paged keys and values: rows come and go while others go on, a group's prompt is there once, and whole
// steps are queued without waiting for any of them. Written against the ops, so that it is the same code on a GPU and in
// the tests on the host.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/batch.h"
#include "engine/cuda/forward.h"

namespace foothold {

/// What the decoder may take. A function of these and the requests, never of the machine or of time, who is sampled with
/// whom.
struct DecoderLimits {
    int rows = 1024;  ///< Sampled at once, at most.
    std::int64_t cache_bytes = std::int64_t{2} << 30;    ///< Keys and values; more where one row alone needs more.
    std::int64_t logits_bytes = std::int64_t{1} << 29;   ///< Bounds the rows where the vocabulary is large.
    int prefill_rows = 2048;                             ///< Tokens of contexts read in one pass.
    int steps = 8;                                       ///< Queued between two looks at the results.
    bool in_one_call = true;                             ///< Small models take all these steps in one kernel.
};

/// How many rows a step is captured for when `rows` are there: 1, 2, 4, 8 and from there on by a third or a half more.
int decoder_bucket(int rows);

class PagedDecoder {
public:
    /// The ops and the weights outlive the decoder; the weights' numbers may change between calls.
    PagedDecoder(DecodeOps& ops, ModelConfig config, DecoderWeights weights, DecoderLimits limits = {});
    ~PagedDecoder();

    /// Samples every row of a batch; rows with no new tokens are left alone. Throws RunError for numbers that are not
    /// finite, and Stopped.
    void decode(const Batch& batch);

    bool fits(const Batch& batch) const;  ///< In the memory that is held already.
    std::int64_t bytes() const;  ///< Held in the memory of the ops, also between calls.
    /// What that is at most after `rows` attempts of up to `tokens` tokens, contexts included.
    static std::int64_t bytes_for(const ModelConfig& config, Number number, std::int64_t rows, int tokens, const DecoderLimits& limits = {});

private:
    class Run;  // One call of decode().
    /// Sizes of what is held.
    struct Sizes {
        int seats = 0, pages = 0, table_width = 0, recent_width = 0, forced = 0;
        bool covers(const Sizes& other) const;
    };
    /// What the rows in flight keep in the memory of the ops, one seat a row.
    struct Seats;

    Sizes sizes_for(const Batch& batch) const;
    void grow(const Sizes& sizes);
    void set_rules(const DecodingRules& rules, Token end_token);
    void step(int bucket);           ///< Queues the kernels of one step, or all steps up to the next look.
    StepGraph& graph(int bucket);    ///< The same, captured; no row may be in flight when it is made.

    DecodeOps& ops_;
    const ModelConfig config_;
    const DecoderWeights weights_;
    const DecoderLimits limits_;
    const bool in_one_call_;
    Sizes sizes_;
    std::optional<DecoderForward> forward_;
    std::unique_ptr<Seats> seats_;
    std::map<int, std::unique_ptr<StepGraph>> graphs_;  ///< By bucket.
};

}  // namespace foothold
