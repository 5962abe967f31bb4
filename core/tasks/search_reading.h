// SPDX-License-Identifier: GPL-3.0-or-later
// What a search did, read from its trace by exact rules: no judge model is needed where every branch is known.
#pragma once
#include <cstddef>
#include <vector>

namespace foothold {

/// A stretch of a search that follows one branch. Tokens [begin, end) of the text that was read.
struct Thought {
    std::size_t begin = 0, end = 0;
    bool promising = false;  ///< The branch holds a solution.
    bool abandoned = false;  ///< Left though it was promising and not at its end.
};

struct SearchReading {
    std::vector<Thought> thoughts;
    std::size_t tokens = 0;
    bool solved = false, gave_up = false;
    int promising_nodes = 0;  ///< Moves made inside promising branches (countdown: at nodes below the root from which the target can be made), leaving included: what abandonment is counted against.
    int abandoned = 0;        ///< Leaves of promising branches (countdown: of such nodes).
    int dead_ends_left = 0, dead_ends_stuck = 0;  ///< Where nothing is left to try, without a solution: left, or a further move tried there (countdown: or the target claimed).
    int invalid = 0;          ///< Moves that the problem does not have.
    int revisits = 0;         ///< Branches entered that were entered before (doors: a corridor; countdown: a move made again at its node).

    /// Wang et al. 2025, arXiv 2501.18585, section 3: of a failed attempt the share of tokens after its first promising thought; 0 if it
    /// succeeded or had none. It measures waste after a good start, not how often thoughts change.
    double underthinking() const {
        if (solved || tokens == 0) return 0;
        for (const Thought& t : thoughts)
            if (t.promising) return 1 - static_cast<double>(t.begin + 1) / static_cast<double>(tokens);
        return 0;
    }
};

}  // namespace foothold
