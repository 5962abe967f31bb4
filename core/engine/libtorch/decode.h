// SPDX-License-Identifier: GPL-3.0-or-later
// Sampling one batch of attempts: what all decoders share, and the decoders.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/libtorch/model.h"
#include "engine/libtorch/packed.h"

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

/// Rows that share a batch. On a processor few enough that their keys and values stay in its cache (on an EPYC a
/// thread that went from 7 to 14 MiB lost a third), or as large as the weights, which have to be read once a token
/// anyway. On a GPU as many as fit 2 GiB of keys and values, whatever card it is: which rows share a batch must not
/// depend on the machine. `all_tokens`: of the longest row, context included.
std::size_t rows_at_once(const ModelConfig& config, std::int64_t new_tokens, std::int64_t all_tokens, bool cuda);

/// How many of the most likely tokens the confidence looks at.
inline int confidence_tokens(const ModelConfig& config) { return std::min(5, config.vocab_size); }

/// Appends one token and what was recorded of it; false once the attempt is finished. Throws RunError for numbers that
/// are not finite.
bool append(const Batch& batch, const Row& row, Token token, float logprob, float entropy, float confidence);

/// The contexts of a batch, each once: lengths and, for each row, which one is its own.
struct Contexts {
    explicit Contexts(std::span<const Row> rows);
    std::vector<const GenerateRequest*> requests;
    std::vector<std::size_t> of_row;
    std::size_t longest = 0;
    at::Tensor tokens() const;  ///< [contexts, longest] int64, padded on the right.
};

/// Samples a batch by tensor operations alone: any device, float or double.
void decode_by_tensors(const Model& model, const Batch& batch);

/// Samples a batch with kernels.h: floats, on a processor, by one worker alone or several together. A completion is the
/// same to the bit in whatever batch it is sampled, and by however many.
class CpuDecoding {
public:
    /// All that is given has to stay until the end.
    CpuDecoding(const Model& model, const PackedWeights& weights, const Batch& batch, int workers);
    ~CpuDecoding();
    /// Called once by every worker, 0 to workers - 1; worker 0 reports what was sampled. Throws on the worker that failed.
    void run(int worker);

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace foothold
