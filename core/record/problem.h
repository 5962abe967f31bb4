// SPDX-License-Identifier: GPL-3.0-or-later
// A problem: text everywhere; token ids begin at the tokenizer.
#pragma once
#include <string>
#include <vector>

namespace foothold {

struct Problem {
    std::string id;      ///< Unique within a family and its seed, e.g. "chain/*:10/7".
    std::string family;  ///< Name of the family that made it.
    std::string tier;    ///< Its difficulty class, e.g. "*:10".
    std::string prompt;
    std::string answer;              ///< The gold answer.
    std::vector<std::string> steps;  ///< The reference trace, step by step, up to where the answer is stated: what hints are cut from. A step that ends a line keeps its line end.
    std::string ending = {};              ///< How the reference solution goes on after the steps (families of plain text); not stored with runs.
};

}  // namespace foothold
