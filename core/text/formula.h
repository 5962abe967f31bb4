// SPDX-License-Identifier: GPL-3.0-or-later
// An answer as a formula: read from LaTeX or plain text.
#pragma once
#include <gmpxx.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace foothold {

/// A tree. What `parts` holds: add and multiply any number, power base and exponent, relation the sides, collections their members,
/// matrix its rows (tuples), interval its two ends, function its arguments.
struct Formula {
    enum class Kind { number, symbol, add, multiply, power, function, relation, tuple, list, set, interval, join, matrix, text };
    Kind kind = Kind::number;
    mpq_class number;
    bool decimal = false;              ///< Written with a decimal point: compared as rounded.
    bool percent = false;              ///< A percent sign was written after it.
    std::string name;                  ///< Of a symbol, function, relation ("=", "<", "<=", ">", ">=", "!="), text.
    bool closed_left = false, closed_right = false;  ///< Of an interval.
    std::vector<Formula> parts;
};

/// Cannot be read as a formula, or is larger than any answer.
struct BadFormula : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Reads an answer. A word is a text, "a, b" a list, "(a, b)" a tuple, "[a, b)" an interval, "\{a, b\}" a set, "5 cm" and "\$5" numbers.
/// Throws BadFormula. Depth and size are limited.
Formula read_formula(std::string_view text);

/// Lower case, without \text, quotes, blanks and end marks: two words are the same answer if these are.
std::string plain_words(std::string_view text);

}  // namespace foothold
