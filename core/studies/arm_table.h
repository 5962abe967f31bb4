// SPDX-License-Identifier: GPL-3.0-or-later
// Arms against a baseline over paired seeds: the table, the plots and the sentences that several studies share.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "statistics/paired.h"
#include "studies/study.h"

namespace foothold {

/// One arm against another over the seeds that both have, base as block.
struct ArmDifference {
    std::string arm, other;
    Estimate estimate;
    std::vector<double> values;  ///< One a seed.
    int bases = 0;
    /// "+.12 [.08, .16] (10 seeds, 3 bases)"; with one seed "+.12 on one seed: no interval, no claim"; with none that it is missing.
    std::string words(const std::string& measure) const;
};

struct ArmTable {
    std::vector<std::pair<std::string, std::string>> arms;   ///< Name and title, in the order of the rows.
    std::string baseline, primary;                           ///< An arm; a measure.
    std::vector<std::pair<std::string, std::string>> shown;  ///< Measures and their column titles.

    /// Rows (world x arm): means of the measures with the primary one's name and interval, its difference from the baseline with interval and Holm-adjusted p,
    /// seeds, tokens, seconds. Rows and columns of another table that are there already stay.
    void fill(const std::vector<StoredCell>& cells, StudyReport& report) const;
    /// A plot a world: mean of a curve over seeds with its 95% t band, on 25 places of x.
    void plot(const std::vector<StoredCell>& cells, const std::string& curve, const std::string& title, const std::string& x, const std::string& y,
              const std::vector<std::string>& which, StudyReport& report) const;
    /// Puts the difference among the report's contrasts, unless nothing of it is measured.
    void contrast(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& other, const std::string& measure, const std::string& label,
                  StudyReport& report, const std::string& group = {}) const;
    ArmDifference difference(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& other, const std::string& measure) const;
};

/// The same of anything that two paired cells differ by; NaN leaves a pair out.
ArmDifference paired_difference(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& other,
                                const std::function<double(const CellResult& arm, const CellResult& other)>& by);

/// The same where cells of one base name are of different models (bases of another width): then only the bases are independent, and each counts as one
/// value, its mean over seeds.
ArmDifference difference_of_bases(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& other,
                                  const std::function<double(const CellResult& arm, const CellResult& other)>& by);

/// A measure's mean over the cells of one arm in one world; NaN where nothing is measured.
Estimate mean_of(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& measure);

/// ".123", "-.045", "1.000": three places, no leading zero; a fourth where three would make a number look like none.
std::string short_number(double value);

/// "+.123 [.045, .201]", or the mean alone where there is no interval.
std::string estimate_words(const Estimate& estimate);

}  // namespace foothold
