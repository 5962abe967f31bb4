// SPDX-License-Identifier: GPL-3.0-or-later
// A variant: a child of a problem with an edited or corrupted trace. Its parent is never overwritten.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace foothold {

struct Variant {
    std::int64_t id = 0;        ///< variant_id() of problem and steps: the same trace has the same id in every run. 0 = the reference trace.
    std::uint32_t problem = 0;  ///< Index in the run's problems.
    std::int64_t parent = 0;    ///< The variant it was made from; 0 = the reference trace.
    std::string title;          ///< What was done, for people: "Exchange numbers, dose .20, seed 3".
    std::string operation;      ///< Corruption operator that made it; empty = by hand.
    double dose = 0;            ///< Of the operator.
    std::int64_t seed = 0;
    std::vector<std::string> steps;
    bool operator==(const Variant&) const = default;
};

/// Positive; depends on the problem's id and the steps alone, so that a replay names the same variants.
std::int64_t variant_id(const std::string& problem_id, std::span<const std::string> steps);

}  // namespace foothold
