// SPDX-License-Identifier: GPL-3.0-or-later
// Corruption operators: from a trace to another, with a dose.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "record/problem.h"
#include "record/random.h"
#include "tasks/family.h"

namespace foothold {

struct CorruptedTrace {
    std::vector<std::string> steps;
    std::vector<bool> changed;  ///< Per step of the result: differs from the reference step at its place. [steps]
    bool state_kept = true;     ///< Family::state_holds of the whole trace.
};

/// What an operator is given beside the trace.
struct CorruptionContext {
    const Problem& problem;
    const Family& family;
    const std::vector<std::size_t>& touched;  ///< The places of the steps to touch, ascending, at least one.
    const std::vector<std::string>& donor;    ///< A trace of the same length (the own one if none is needed).
    Random& random;
};

/// One operator. `dose` is the share of steps touched; 0 leaves the trace as it is.
struct CorruptionOperator {
    std::string name, title;
    std::string meaning;  ///< What it does, in a sentence.
    bool keeps_state;     ///< Declared: the last revealed value holds at any dose and seed. Otherwise it may not: CorruptedTrace::state_kept says.
    bool needs_donor;     ///< Uses another problem's trace of the same tier and length.
    std::function<std::vector<std::string>(std::vector<std::string> steps, const CorruptionContext& context)> apply;
};

const std::vector<CorruptionOperator>& corruption_operators();
const CorruptionOperator& find_corruption(const std::string& name);  ///< Throws UserError naming the known ones.

/// Corrupts a trace; the same for the same arguments. Donors of another tier or length and the problem itself are passed over. Throws
/// UserError if the operator needs a donor and there is none, or does not fit the family. round(dose x steps) steps are touched, so of ten steps .1 touches one and
/// less than .05 none.
CorruptedTrace corrupt(const CorruptionOperator& op, const Problem& problem, std::span<const Problem> donors, double dose,
                       std::uint64_t seed, const Family& family);

}  // namespace foothold
