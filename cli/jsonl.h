// SPDX-License-Identifier: GPL-3.0-or-later
// JSON lines in, JSON lines out: the part that is the same for every verb that reads standard input.
#pragma once
#include <functional>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

namespace foothold::cli {

/// Answers each line of `in`, a JSON object, with one line on `out`, in order, flushed at once and with all digits of
/// its numbers. Where a line is not a JSON object, or `answer` throws UserError or one of nlohmann's exceptions (a
/// missing key, a wrong type),
/// {"error":"line 7: ..."} stands in its place and the rest goes on. Any other exception ends the call.
/// Returns the exit code: 0, or 1 if there was a bad line. Throws RunError when `out` cannot be written.
int answer_lines(std::istream& in, std::ostream& out,
                 const std::function<nlohmann::json(const nlohmann::json&)>& answer);

}  // namespace foothold::cli
