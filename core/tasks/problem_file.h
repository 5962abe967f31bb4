// SPDX-License-Identifier: GPL-3.0-or-later
// Problems from files: JSON lines (or rows of Parquet) in the forms of GSM8K, MATH, of our own verb `problems`, or with columns that the person names.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "record/experiment.h"
#include "record/problem.h"

namespace foothold {

struct ProblemFileOptions {
    /// Column of each part, where the file is of no known form: prompt, answer, steps (a list, or a text to be cut), tier, id. From
    /// "prompt=question" and so on.
    std::map<std::string, std::string> columns;
    bool keep_calculator_marks = false;  ///< GSM8K's <<48/2=24>>.
};

/// problems.columns and problems.calculator_marks. Throws UserError where a column is named wrongly.
ProblemFileOptions problem_file_options(const Experiment& experiment);

/// One problem from one line: {"prompt","answer","steps"} (ours), {"question","answer" ending in "#### gold"} (GSM8K), {"problem","solution"
/// with the gold in its last \boxed, "level"} (MATH), {"prompt" (a text, or the messages of a chat), "solution"} (data sets for TRL), or the
/// named columns. Solutions are cut into steps, and those from the first that
/// states the answer on go into Problem::ending. Throws UserError naming the column that is missing or of the wrong kind.
Problem read_problem_line(const std::string& line, const ProblemFileOptions& options);

/// All problems of a file; those without an id are numbered "<file>/<line>", those without a tier are of tier "all". Throws UserError with
/// file and line (or row).
std::vector<Problem> read_problem_file(const std::filesystem::path& path, const ProblemFileOptions& options);

}  // namespace foothold
