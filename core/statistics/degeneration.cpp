// SPDX-License-Identifier: GPL-3.0-or-later
// Signs of a model that is being spoilt.
#include "statistics/degeneration.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>

namespace foothold {

double repeated_share(std::span<const std::string> answers) {
    std::map<std::string_view, std::size_t> counts;
    std::size_t most = 0;
    for (const std::string& answer : answers)
        if (!answer.empty()) most = std::max(most, ++counts[answer]);
    return answers.empty() ? 0 : static_cast<double>(most) / static_cast<double>(answers.size());
}

double length_collapse(double before, double after) { return before > 0 ? 1 - after / before : std::numeric_limits<double>::quiet_NaN(); }

double retention(double before, double after) { return before > 0 ? std::min(1.0, after / before) : std::numeric_limits<double>::quiet_NaN(); }

}  // namespace foothold
