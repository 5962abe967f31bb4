// SPDX-License-Identifier: GPL-3.0-or-later
// A group on its way through a step.
#pragma once
#include "tasks/hint.h"
#include "training/trainer.h"

namespace foothold {

/// One group on its way through the rounds of a step.
struct Trainer::Group {
    GroupView view;
    GroupSummary summary;
    Hint hint;
    std::int64_t variant = 0;       ///< Of the trace that the hint was cut from.
    std::vector<Attempt> attempts;  ///< Of the round that counts so far.
    std::vector<Attempt> earlier;   ///< Of the rounds before.
    std::vector<Attempt> plain;     ///< The round without a hint, where assembly "one" may need it again.
    bool set_aside = false;         ///< Drawn, but not trained on: no spread, and others took its place.
    bool has_spread() const { return view.has_spread(); }
};

/// A random word from parts, for random_key.
inline std::uint64_t word(std::int64_t x) { return static_cast<std::uint64_t>(x); }
inline std::uint64_t word(Stream s) { return static_cast<std::uint64_t>(s); }

}  // namespace foothold
