// SPDX-License-Identifier: GPL-3.0-or-later
// Intervals and estimators for shares of successes.
#include "statistics/intervals.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

namespace foothold {

std::pair<double, double> wilson(double successes, double n, double z) {
    if (n <= 0) return {0, 1};
    const double p = successes / n, z2 = z * z, middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    const double half = z / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

std::optional<std::pair<double, double>> fieller_ratio(double a, double b, double var_a, double var_b, double cov, double z) {
    // The ratios r for which a - r b is within z standard errors of 0: a quadratic in r.
    const double square = b * b - z * z * var_b, middle = a * b - z * z * cov, constant = a * a - z * z * var_a;
    if (square <= 0) return std::nullopt;
    const double root = std::sqrt(std::max(0.0, middle * middle - square * constant));
    return std::pair{(middle - root) / square, (middle + root) / square};
}

std::pair<double, double> newcombe_difference(double successes1, double n1, double successes2, double n2, double z) {
    if (n1 <= 0 || n2 <= 0) return {-1, 1};
    const double p1 = successes1 / n1, p2 = successes2 / n2;
    const auto [low1, high1] = wilson(successes1, n1, z);
    const auto [low2, high2] = wilson(successes2, n2, z);
    return {p1 - p2 - std::hypot(p1 - low1, high2 - p2), p1 - p2 + std::hypot(high1 - p1, p2 - low2)};
}

namespace {

double mean_drawn_again(std::span<const double> values, std::mt19937_64& random) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[random() % values.size()];
    return sum / static_cast<double>(values.size());
}

std::pair<double, double> percentiles(const std::function<double(std::mt19937_64&)>& draw) {
    std::mt19937_64 random(1);
    std::vector<double> means(2000);
    for (double& mean : means) mean = draw(random);
    std::sort(means.begin(), means.end());
    return {means[means.size() / 40], means[means.size() - 1 - means.size() / 40]};
}

}  // namespace

std::pair<double, double> bootstrap_mean(std::span<const double> values) {
    if (values.empty()) return {0, 1};
    return percentiles([&](std::mt19937_64& random) { return mean_drawn_again(values, random); });
}

std::pair<double, double> bootstrap_groups(std::span<const std::vector<double>> groups) {
    if (groups.empty()) return {0, 1};
    return percentiles([&](std::mt19937_64& random) {
        double sum = 0;
        for (std::size_t i = 0; i < groups.size(); ++i) sum += mean_drawn_again(groups[random() % groups.size()], random);
        return sum / static_cast<double>(groups.size());
    });
}

double pass_at_k(int n, int c, int k) {
    if (n - c < k) return 1;
    double none = 1;
    for (int i = n - c + 1; i <= n; ++i) none *= 1 - static_cast<double>(k) / i;
    return 1 - none;
}

}  // namespace foothold
