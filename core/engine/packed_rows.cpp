// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/packed_rows.h"

#include <algorithm>

namespace foothold {

std::size_t shared_context(const ScoredSequence& a, const ScoredSequence& b) {
    const auto length = static_cast<std::ptrdiff_t>(a.first);
    return a.first == b.first && std::equal(a.tokens.begin(), a.tokens.begin() + length, b.tokens.begin()) ? a.first : 0;
}

PackedRows::PackedRows(std::span<const ScoredSequence* const> of) {
    const auto add = [&](std::span<const Token> more, int before_begin, int before) {
        sequences.push_back({count(), static_cast<int>(more.size()), before_begin, before});
        tokens.insert(tokens.end(), more.begin(), more.end());
        for (int t = 0; t < static_cast<int>(more.size()); ++t) positions.push_back(before + t);
    };
    int context_begin = 0;
    for (std::size_t i = 0; i < of.size(); ++i) {
        const ScoredSequence& sequence = *of[i];
        if (sequence.scored() == 0) continue;
        const std::span<const Token> all(sequence.tokens);
        const int context = static_cast<int>(sequence.first);
        if (i == 0 || shared_context(*of[i - 1], sequence) == 0) {
            context_begin = count();
            add(all.first(sequence.first), 0, 0);
        }
        // The context's last token predicts the first scored one.
        scored_rows.push_back(context_begin + context - 1);
        const int begin = count();
        if (sequence.scored() > 1) add(all.subspan(sequence.first, sequence.scored() - 1), context_begin, context);
        for (std::size_t t = 1; t < sequence.scored(); ++t) scored_rows.push_back(begin + static_cast<int>(t) - 1);
        targets.insert(targets.end(), all.begin() + context, all.end());
    }
}

}  // namespace foothold
