// SPDX-License-Identifier: GPL-3.0-or-later
// Cutting a hint from a trace.
#include "tasks/hint.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace foothold {
namespace {

/// Fills in how the trace goes on.
Hint with_rest(Hint hint, const std::vector<std::string>& steps) {
    const std::string whole = join_words(steps);
    if (whole.starts_with(hint.text)) hint.rest = whole.substr(hint.text.size());
    return hint;
}

}  // namespace

Hint first_steps(const std::vector<std::string>& steps, int count) {
    const auto some = std::span(steps).first(std::min(steps.size(), static_cast<std::size_t>(std::max(0, count))));
    return with_rest({join_words(some), static_cast<int>(some.size()), {}}, steps);
}

Hint cut_hint(const std::vector<std::string>& steps, double ratio, bool by_tokens) {
    Hint hint;
    if (ratio <= 0 || steps.empty()) return hint;
    // A hair less than the product, so that .3 x 10 gives 3 steps and not 4.
    const auto part = [ratio](std::size_t n) { return std::min(n, static_cast<std::size_t>(std::ceil(ratio * static_cast<double>(n) - 1e-9))); };
    if (!by_tokens) {
        return first_steps(steps, static_cast<int>(part(steps.size())));
    }
    std::size_t words = 0;
    for (const std::string& step : steps) words += split_words(step).size();
    std::size_t left = part(words);
    for (const std::string& step : steps) {
        const auto in_step = split_words(step);
        if (left >= in_step.size()) ++hint.steps;
        for (std::size_t i = 0; i < std::min(left, in_step.size()); ++i) {
            if (!hint.text.empty() && hint.text.back() != '\n') hint.text += ' ';
            hint.text += in_step[i];
        }
        left -= std::min(left, in_step.size());
        if (left == 0) break;
    }
    return with_rest(std::move(hint), steps);
}

}  // namespace foothold
