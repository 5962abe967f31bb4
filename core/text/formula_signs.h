// SPDX-License-Identifier: GPL-3.0-or-later
// The signs of an answer: LaTeX and plain text brought to one set of signs, what says nothing left out.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace foothold {

struct Sign {
    /// word: a function or constant by its name ("frac", "sin", "pi", "alpha"); letter: a variable; mark: brackets, operators and names
    /// such as "cup", "infinity", "set{", "matrix".
    enum class Kind { number, letter, word, mark, end };
    Kind kind;
    std::string text;
    bool spaced = false;  ///< White space stood before it.
};

struct SignText {
    std::vector<Sign> signs;
    std::string words;  ///< Not empty: the answer is words (plain_words of them), not a formula.
};

/// Throws BadFormula at a sign that no answer has.
SignText read_signs(std::string_view text);

}  // namespace foothold
