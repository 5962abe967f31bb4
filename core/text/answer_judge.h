// SPDX-License-Identifier: GPL-3.0-or-later
// Is an answer the gold answer?
#pragma once
#include <string>
#include <string_view>

#include "record/attempt.h"
#include "text/answer_extraction.h"

namespace foothold {

/// What a judge says of an output.
struct AnswerVerdict {
    Verdict verdict = Verdict::unparseable;
    std::string extracted;  ///< The answer as it stands in the output; empty if there is none.
};

/// Finds the answer in a whole output (text/answer_extraction.h) and compares it. Unparseable: there is none, or it (or the gold) can be
/// read neither as a formula nor as words; an answer recognised less surely than `weakest` is none. Thread-safe; bounded in time and memory
/// whatever the output.
AnswerVerdict judge_answer(std::string_view gold, std::string_view output, AnswerMark weakest = AnswerMark::number);

/// Compares two answers. Numbers exactly as rationals, with decimals rounded to six places; formulas at random points, and where those
/// agree by GiNaC with 40 digits; sets and lists in any order, tuples in theirs; words without capitals.
Verdict compare_answers(std::string_view gold, std::string_view answer);

}  // namespace foothold
