// SPDX-License-Identifier: GPL-3.0-or-later
// The series under the heat map, collected step by step.
#pragma once
#include <QtGlobal>
#include <array>
#include <vector>

namespace foothold::ui {

class RunModel;

/// A metric over the steps that have it, raw and as an exponential moving average (s <- .8 s + .2 x, from the first
/// value on).
struct PlotSeries {
    std::vector<double> step, value, smooth;
    static constexpr double keep = 0.8;
    void add(double at, double x);
    /// Index of the last entry at or before a step, -1 if none.
    int indexAt(qint64 step) const;
    bool measuredAt(qint64 step) const;
};

class PlotData {
public:
    void clear();
    /// Takes in what is new; true if there was something.
    bool extend(const RunModel& model);

    PlotSeries allWrong, allRight, allWrongBefore;  ///< Shares of a step's groups.
    PlotSeries luck;  ///< Share of the positive advantage that goes to right answers with wrong work.
    std::vector<PlotSeries> accuracy, greedy;       ///< [tier] held out, without hints; steps that were evaluated.
    std::vector<std::array<float, 3>> levels;       ///< [step] share of groups trained at hint level .25, .50, .75.

    /// Whether luck ever had a share worth drawing.
    bool lucky() const;

    /// Mean shares of the hint levels over the steps [from, to).
    std::array<double, 3> meanLevels(qint64 from, qint64 to) const;
};

}  // namespace foothold::ui
