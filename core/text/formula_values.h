// SPDX-License-Identifier: GPL-3.0-or-later
// What formulas are worth: exactly where they are rational, at random points, and to 40 digits.
#pragma once
#include <complex>
#include <cstdint>
#include <optional>

#include "text/formula.h"

namespace foothold {

/// The value of a formula of rational numbers; none if a variable or an irrational number is in it. Throws BadFormula where it would be
/// larger than any answer (9^9^9).
std::optional<mpq_class> exact_value(const Formula& formula);

/// The value with each variable replaced by a number that depends on its name and the point; none where it is not finite or is no number.
std::optional<std::complex<double>> value_at(const Formula& formula, std::uint64_t point);

/// Are the two equal at that point to 30 digits? None where GiNaC cannot tell. GiNaC is not thread-safe: calls wait for each other, which
/// is why only formulas that agree in double precision come here.
std::optional<bool> equal_to_30_digits(const Formula& a, const Formula& b, std::uint64_t point);

bool has_variable(const Formula& formula);
bool has_decimal(const Formula& formula);

/// The rational number that stands for a variable at a point: in (1/2, 5/2), negative at every third point.
mpq_class stand_in(const std::string& variable, std::uint64_t point);

}  // namespace foothold
