// SPDX-License-Identifier: GPL-3.0-or-later
// Intervals and estimators for shares of successes.
#pragma once
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace foothold {

/// Wilson's score interval for a share (Wilson 1927); z = 1.96 gives 95%. n = 0 gives [0, 1].
std::pair<double, double> wilson(double successes, double n, double z = 1.959964);

/// 95% interval of a / b from their estimates, variances and covariance (Fieller 1954); nothing where b's own interval holds 0.
std::optional<std::pair<double, double>> fieller_ratio(double a, double b, double var_a, double var_b, double cov, double z = 1.959964);

/// Newcombe's interval (95%) for a difference of two independent shares, successes1 / n1 - successes2 / n2, from their Wilson intervals
/// (Newcombe 1998, Statistics in Medicine 17:873-890, method 10). No attempts on one side give [-1, 1].
std::pair<double, double> newcombe_difference(double successes1, double n1, double successes2, double n2, double z = 1.959964);

/// Percentile bootstrap interval (95%) of the mean over problems, 2000 resamples of a fixed seed. Empty gives [0, 1].
std::pair<double, double> bootstrap_mean(std::span<const double> values);

/// The same of values that come in groups (problems of several bases), mean over groups of their means: groups are drawn again, then values within each
/// (Davison & Hinkley 1997, section 3.8). Groups may differ in size; none may be empty.
std::pair<double, double> bootstrap_groups(std::span<const std::vector<double>> groups);

/// Unbiased estimate of the chance that one of k attempts is right, from c right of n (Chen et al. 2021, arXiv 2107.03374, eq. 1).
double pass_at_k(int n, int c, int k);

}  // namespace foothold
