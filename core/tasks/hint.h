// SPDX-License-Identifier: GPL-3.0-or-later
// Cutting a hint from a trace.
#pragma once
#include <string>
#include <vector>

#include "text/vocabulary.h"

namespace foothold {

struct Hint {
    std::string text;  ///< Empty = none.
    int steps = 0;     ///< Whole steps in it.
    std::string rest = {};  ///< How the trace goes on after it: text + rest is the whole trace.
};

/// The first `count` steps of a trace.
Hint first_steps(const std::vector<std::string>& steps, int count);

/// The first k = ceil(ratio x steps) steps of a trace (by_tokens: the first ceil(ratio x tokens) words, which may end inside a step).
Hint cut_hint(const std::vector<std::string>& steps, double ratio, bool by_tokens);

}  // namespace foothold
