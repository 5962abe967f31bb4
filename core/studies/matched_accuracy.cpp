// SPDX-License-Identifier: GPL-3.0-or-later
// Arms compared where they are equally good at what they were trained on.
#include "studies/matched_accuracy.h"

#include <algorithm>
#include <cmath>

#include "studies/training_cell.h"

namespace foothold {
namespace {

using Curve = std::vector<std::pair<double, double>>;
constexpr double least_level = .1;  ///< Below it nothing was learned that could be matched.

const Curve* curve_of(const CellResult& result, const std::string& tier) {
    const auto found = result.curves.find("accuracy/" + tier);
    return found == result.curves.end() || found->second.empty() ? nullptr : &found->second;
}

/// Tokens at which a curve first reaches a level; it does reach it.
double tokens_at(const Curve& curve, double level) {
    const auto there = std::find_if(curve.begin(), curve.end(), [&](const auto& point) { return point.second >= level; });
    if (there == curve.begin()) return there->first;
    const auto& [x, y] = *(there - 1);
    return x + (there->first - x) * (level - y) / (there->second - y);
}

/// NaN where a curve is missing.
double mean_at(const CellResult& result, const std::vector<std::string>& tiers, double tokens) {
    double sum = 0;
    for (const std::string& tier : tiers) {
        const Curve* curve = curve_of(result, tier);
        sum += curve ? value_at(*curve, tokens) : std::nan("");
    }
    return sum / static_cast<double>(tiers.size());
}

}  // namespace

ArmDifference matched_difference(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& other, const std::string& trained,
                                 const std::vector<std::string>& beyond) {
    return paired_difference(cells, world, arm, other, [&](const CellResult& a, const CellResult& b) {
        const Curve *one = curve_of(a, trained), *two = curve_of(b, trained);
        if (!one || !two) return std::nan("");
        const auto highest = [](const Curve& curve) { return std::max_element(curve.begin(), curve.end(), [](const auto& x, const auto& y) { return x.second < y.second; })->second; };
        const double level = std::min(highest(*one), highest(*two));
        if (level < least_level) return std::nan("");
        return mean_at(a, beyond, tokens_at(*one, level)) - mean_at(b, beyond, tokens_at(*two, level));
    });
}

}  // namespace foothold
