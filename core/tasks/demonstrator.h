// SPDX-License-Identifier: GPL-3.0-or-later
// The fallible teacher whose traces a base is trained on.
#pragma once
#include <map>
#include <string>

#include "record/problem.h"
#include "record/random.h"

namespace foothold {

/// How a demonstrator errs. A slip changes a step's result; the wrong value carries on.
struct Demonstrator {
    std::map<std::string, double> slips;  ///< Operator -> share of its steps that slip.
    bool systematic = false;  ///< A slip on `*` writes the result of `+` (so that the wrong answer is the likely one), else a random number.
    double skipping = 0;      ///< Share of traces without steps, with a random answer.
    double leap = 0;          ///< chain: share of steps that do two operations at once, rightly.
    double early = 0;         ///< doors: chance a node of leaving a corridor before its end; countdown: of leaving a node (below the root) with something left to try.
    bool answer_only = false; ///< No trace, the right answer.
};

}  // namespace foothold
