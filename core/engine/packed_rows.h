// SPDX-License-Identifier: GPL-3.0-or-later
// Sequences that lie one after the other, without padding, for a forward and backward pass. What neighbours share before
// their scored tokens, such as a group's prompt, is there once.
#pragma once
#include <span>
#include <vector>

#include "engine/engine.h"

namespace foothold {

/// How many tokens `b` shares with `a` before the first scored one of both, or 0: all or none of them.
std::size_t shared_context(const ScoredSequence& a, const ScoredSequence& b);

struct PackedRows {
    PackedRows() = default;
    explicit PackedRows(std::span<const ScoredSequence* const> sequences);

    /// Rows of its own, after those of another sequence that it follows; a context is a sequence that follows none.
    struct Sequence {
        int begin = 0, length = 0, before_begin = 0, before = 0;
        int keys() const { return before + length; }
        /// The row of a key.
        int row(int key) const { return key < before ? before_begin + key : begin + key - before; }
    };
    int count() const { return static_cast<int>(tokens.size()); }
    int scored() const { return static_cast<int>(targets.size()); }

    std::vector<Sequence> sequences;
    std::vector<Token> tokens;     ///< [rows]
    std::vector<int> positions;    ///< [rows]
    std::vector<int> scored_rows;  ///< [scored] the row that predicts each
    std::vector<Token> targets;    ///< [scored] sequence after sequence
};

}  // namespace foothold
