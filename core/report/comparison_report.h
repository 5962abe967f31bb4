// SPDX-License-Identifier: GPL-3.0-or-later
// A comparison as one page to hand on.
#pragma once
#include <filesystem>
#include <string>

namespace foothold {

/// The report of a comparison's folder as one HTML document: what may be said, differences paired over seeds with
/// intervals, curves, what differs, how to repeat it. The first arm is the baseline. Cells that are not finished are
/// named, never counted. Throws UserError (no comparison, a damaged cell).
std::string comparison_report(const std::filesystem::path& dir);

}  // namespace foothold
