// SPDX-License-Identifier: GPL-3.0-or-later
// What decoders hand on.
#include "engine/batch.h"

#include <cmath>
#include <numeric>

#include "record/error.h"

namespace foothold {

bool append(const Batch& batch, const Row& row, Token token, float logprob, float entropy, float confidence) {
    Completion& completion = *row.completion;
    if (!std::isfinite(logprob) || !std::isfinite(entropy) || !std::isfinite(confidence))
        throw RunError("generate: the model's output is not finite (have its weights diverged?)");
    completion.tokens.push_back(token);
    completion.logprobs.push_back(logprob);
    completion.entropies.push_back(entropy);
    completion.confidence.push_back(confidence);
    if (token == batch.end_token) {
        completion.ended = true;
        return false;
    }
    const std::size_t length = completion.tokens.size();
    if (length >= static_cast<std::size_t>(row.request->max_new_tokens)) return false;
    if (const auto& rule = batch.rules->stop;
        rule && rule->window > 0 && length >= static_cast<std::size_t>(rule->window)) {
        const double sum =
            std::accumulate(completion.confidence.end() - rule->window, completion.confidence.end(), 0.0);
        if (sum / rule->window < rule->threshold) return false;
    }
    return true;
}

}  // namespace foothold
