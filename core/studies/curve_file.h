// SPDX-License-Identifier: GPL-3.0-or-later
// Solve-probability curves as text, so that they stay with the run that they were sampled in.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "studies/prefix_curve.h"

namespace foothold {

/// JSON; every number as it is.
std::string write_curves(std::span<const CurveState> curves);

/// Throws UserError where the text is not what write_curves made.
std::vector<CurveState> read_curves(const std::string& text);

}  // namespace foothold
