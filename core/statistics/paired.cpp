// SPDX-License-Identifier: GPL-3.0-or-later
// Differences over paired seeds.
#include "statistics/paired.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <stdexcept>

namespace foothold {
namespace {

/// P(-t < T < t), A&S 26.7.3 (odd df) and 26.7.4 (even df), theta = atan(t / sqrt(df)).
double central_share(double t, int df) {
    const double theta = std::atan(t / std::sqrt(static_cast<double>(df))), cosine = std::cos(theta), sine = std::sin(theta);
    double term = df % 2 ? cosine : 1, sum = df == 1 ? 0 : term;
    for (int k = df % 2 ? 3 : 2; k <= df - 2; k += 2) {
        term *= cosine * cosine * (k - 1) / k;
        sum += term;
    }
    return df % 2 ? 2 / std::numbers::pi * (theta + sine * sum) : sine * sum;
}

/// Interval and p value from the standard error of the mean.
void give_interval(Estimate& estimate, double error, int df) {
    const double half = student_t_quantile(.975, df) * error;
    estimate.interval = {estimate.mean - half, estimate.mean + half};
    estimate.p = error > 0 ? student_t_two_sided(estimate.mean / error, df) : estimate.mean == 0 ? 1 : 0;
}

}  // namespace

double student_t_quantile(double p, int df) {
    if (df < 1 || !(p > 0 && p < 1)) throw std::invalid_argument("student_t_quantile: p in (0, 1), df >= 1");
    if (p < .5) return -student_t_quantile(1 - p, df);
    double low = 0, high = 1;
    while ((1 + central_share(high, df)) / 2 < p) high *= 2;
    while (high - low > 1e-10 * (1 + high)) {
        const double middle = (low + high) / 2;
        ((1 + central_share(middle, df)) / 2 < p ? low : high) = middle;
    }
    return (low + high) / 2;
}

double student_t_two_sided(double t, int df) { return std::max(0.0, 1 - central_share(std::abs(t), df)); }

Estimate mean_estimate(std::span<const double> values) {
    Estimate estimate{std::numeric_limits<double>::quiet_NaN(), static_cast<int>(values.size()), {}, 1};
    if (values.empty()) return estimate;
    const double n = static_cast<double>(values.size());
    estimate.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    if (values.size() < 2) return estimate;
    double squares = 0;
    for (const double value : values) squares += (value - estimate.mean) * (value - estimate.mean);
    give_interval(estimate, std::sqrt(squares / (n - 1) / n), estimate.n - 1);
    return estimate;
}

Estimate blocked_estimate(std::span<const double> values, std::span<const int> blocks) {
    if (values.size() != blocks.size()) throw std::invalid_argument("blocked_estimate: one block a value");
    std::map<int, std::pair<double, int>> sums;
    for (std::size_t i = 0; i < values.size(); ++i) sums[blocks[i]].first += values[i], ++sums[blocks[i]].second;
    const int df = static_cast<int>(values.size()) - static_cast<int>(sums.size());
    Estimate estimate = mean_estimate(values);
    if (sums.size() < 2) return estimate;
    estimate.interval.reset();
    estimate.p = 1;
    if (df < 1) return estimate;
    double squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto& [sum, n] = sums[blocks[i]];
        squares += std::pow(values[i] - sum / n, 2);
    }
    give_interval(estimate, std::sqrt(squares / df / static_cast<double>(values.size())), df);
    return estimate;
}

std::vector<double> holm(std::span<const double> p) {
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
    std::vector<double> out(p.size());
    double highest = 0;
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        highest = std::max(highest, std::min(1.0, p[order[rank]] * static_cast<double>(p.size() - rank)));
        out[order[rank]] = highest;
    }
    return out;
}

std::vector<double> paired_differences(std::span<const double> a, std::span<const double> b) {
    if (a.size() != b.size()) throw std::invalid_argument("paired_differences: one value a seed on both sides");
    std::vector<double> differences(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
    return differences;
}

}  // namespace foothold
