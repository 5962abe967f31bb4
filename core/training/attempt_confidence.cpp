// SPDX-License-Identifier: GPL-3.0-or-later
// The confidence of a recorded attempt.
#include "training/attempt_confidence.h"

#include <algorithm>

namespace foothold {

TraceConfidence confidence_of(const Attempt& attempt, const Tokenizer& tokenizer) {
    const std::int32_t equals = tokenizer.find("=").value_or(-1);  // No token's id where there is none.
    TraceConfidence out;
    std::size_t begin = 0;
    for (std::size_t t = 0; t < attempt.entropies.size(); ++t) {
        out.confidence.push_back(-attempt.entropies[t]);
        const bool result = t > 0 && attempt.tokens[t - 1] == equals;
        out.counts.push_back(result);
        if (result) out.steps.emplace_back(begin, t + 1), begin = t + 1;
    }
    if (out.steps.empty()) {
        std::fill(out.counts.begin(), out.counts.end(), 1);
        out.steps.emplace_back(0, out.confidence.size());
    }
    out.answer = attempt.extracted;
    out.correct = attempt.verdict == Verdict::correct;
    return out;
}

}  // namespace foothold
