// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as people read them.
#pragma once
#include <cstdint>
#include <string>
#include <utility>

#include "report/markup.h"

namespace foothold {

std::string share_text(double value);       ///< .33, 1, 0; "NaN" for what is no number.
std::string number_text(double value);      ///< About three digits, no needless zeros: 1500, .25, 1.2e-08.
std::string count_text(double value);       ///< 1 234 567, with narrow spaces that do not break.
std::string duration_text(double seconds);  ///< 0.41 s, 12 s, 3 min 20 s, 2 h 5 min.
std::string interval_text(std::pair<double, double> interval);  ///< [.22, .40]

std::string moment_text(
    const std::string& iso);  ///< "2026-03-04 05:06 UTC" of "2026-03-04T05:06:07Z"; anything else as it is.

/// A number to read, with the one behind it in full precision for machines: <data
/// value="0.3333333333333333">.33</data>.
void add_number(Markup& page, double value, const std::string& shown);

}  // namespace foothold
