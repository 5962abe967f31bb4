// SPDX-License-Identifier: GPL-3.0-or-later
// Differences over paired seeds.
#pragma once
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace foothold {

/// Student's t: the value that a draw stays below with probability p (0 < p < 1), df = 1, 2, ... degrees of freedom.
/// Distribution function in closed form (Abramowitz & Stegun 26.7.3-26.7.4), inverted by bisection to 1e-10.
double student_t_quantile(double p, int df);

/// P(|T| > t) under Student's t.
double student_t_two_sided(double t, int df);

/// A mean with what can be said of it.
struct Estimate {
    double mean = 0;
    int n = 0;
    std::optional<std::pair<double, double>> interval;  ///< 95%, by t; none with fewer than two values.
    double p = 1;  ///< Two-sided, of a mean of zero; 1 with fewer than two values.
    bool excludes_zero() const { return interval && (interval->first > 0 || interval->second < 0); }
};

/// Mean and 95% t interval of independent values (one a seed). No values: mean NaN.
Estimate mean_estimate(std::span<const double> values);

/// Mean and 95% t interval of values that come in blocks (e.g. paired differences over seeds, the base of each as its block): the spread is
/// that within blocks, with n - blocks degrees of freedom, the mean that over all values. One block gives mean_estimate. Throws
/// std::invalid_argument if the lengths differ.
Estimate blocked_estimate(std::span<const double> values, std::span<const int> blocks);

/// Holm's step-down adjustment (Holm 1979, Scandinavian Journal of Statistics 6:65-70): adjusted p values in the given order, each at most 1.
std::vector<double> holm(std::span<const double> p);

/// The paired t interval is that of the differences: mean_estimate of a[i] - b[i], same seed at the same place. Throws
/// std::invalid_argument if the lengths differ.
std::vector<double> paired_differences(std::span<const double> a, std::span<const double> b);

}  // namespace foothold
