// SPDX-License-Identifier: GPL-3.0-or-later
// Where in a model's output its answer stands.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace foothold {

/// How an answer was recognised, the surest first.
enum class AnswerMark { box, hashes, stated, whole, formula, number };

struct FoundAnswer {
    std::string text;
    AnswerMark mark;
};

/// The answer in an output: in the last \boxed{...} that is closed (or the last ones, where only "and", "or" or a comma stand between), else after the last "####", else stated ("the answer is ..."), else the
/// whole text if it is a short one, else the last formula between dollars, else the last number. What stands before the last </think> is
/// no answer; a thought that never ends has none. Time is linear in the text. An output of more than longest_output bytes has no answer, and
/// what is longer than longest_answer is none.
std::optional<FoundAnswer> find_answer(std::string_view output);
inline constexpr std::size_t longest_answer = 2000, longest_output = 1 << 20;  ///< Bytes.

/// The last formula in a text, else its last number.
std::optional<FoundAnswer> last_result(std::string_view text);
/// The number in a text that holds no other and does not deny it ("not 5").
std::optional<std::string> only_number(std::string_view text);

/// Byte at which a trace begins to state its answer: its first \boxed, "####" or "the answer is"; npos if it never does.
std::size_t answer_statement(std::string_view text);

}  // namespace foothold
