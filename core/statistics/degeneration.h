// SPDX-License-Identifier: GPL-3.0-or-later
// Signs that training on problems out of reach spoils a model: the same answer everywhere, short completions, old skills lost. (Skipped work is the judge's
// to see: Judgement::skipping.)
#pragma once
#include <span>
#include <string>

namespace foothold {

/// Share of the most frequent answer among all samples; an empty one (no answer) is never the most frequent. 0 for none.
double repeated_share(std::span<const std::string> answers);

/// Share of a completion's mean length that is gone: .9 = a tenth is left, below 0 = longer. NaN where there was none before.
double length_collapse(double before, double after);

/// Share of an old skill (an accuracy) that is left, 1 at most. NaN where there was none before.
double retention(double before, double after);

}  // namespace foothold
