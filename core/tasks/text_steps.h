// SPDX-License-Identifier: GPL-3.0-or-later
// A written solution cut into steps.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace foothold {

/// Cuts at line ends and sentence ends, never inside LaTeX ($..$, \(..\), \[..\], \begin..\end, braces) and not after abbreviations. A step
/// that ends a line keeps the line's end (or ends); other blanks at its ends go. join_words puts the text together again.
std::vector<std::string> cut_into_steps(std::string_view text);

/// GSM8K's calculator marks, "<<48/2=24>>", taken out.
std::string without_calculator_marks(std::string_view text);

/// Does this step state the answer? By a mark (\boxed, ####, "the answer is"), or by the gold answer itself: a number equal to it anywhere,
/// unless the prompt holds that number too; then only as a result (after "=", or last in the step).
bool states_answer(std::string_view step, std::string_view gold, std::string_view prompt);

/// The numbers in a text, in order, as written; byte and length of each.
struct NumberPlace {
    std::size_t at, size;
};
std::vector<NumberPlace> numbers_in(std::string_view text);

}  // namespace foothold
