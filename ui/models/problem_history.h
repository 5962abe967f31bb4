// SPDX-License-Identifier: GPL-3.0-or-later
// The pool's histories in a fixed number of bins, and what a list of problems sorts and filters by.
#pragma once
#include <QString>
#include <array>
#include <cstdint>
#include <vector>

#include "record/attempt.h"

namespace foothold::ui {

class RunModel;

/// What became of one problem in a stretch of steps.
struct HistoryBin {
    std::uint32_t correct = 0, attempts = 0;      ///< Of the rounds that count.
    std::array<std::uint16_t, 7> states{};        ///< Visits by legend entry.
    std::uint8_t last = 0;                        ///< Legend entry of the last visit.
    bool empty() const { return attempts == 0; }
    double share() const { return attempts > 0 ? static_cast<double>(correct) / attempts : 0; }
    int state() const;  ///< Most frequent legend entry; the last one among equals.
};

/// Holds bins, never the history itself. A bin is `width()` steps wide; when the run outgrows the bins they are made wider and filled again
/// from the run's own steps, so adding a step costs its groups and now and then one pass.
class ProblemHistory {
   public:
    static constexpr int bins = 28;
    void clear();
    void extend(const RunModel& model);  ///< Takes in steps that are new.
    qint64 width() const { return width_; }
    qint64 seen() const { return seen_; }  ///< Steps taken in, step 0 included.
    const std::array<HistoryBin, bins>& of(int problem) const { return bins_[static_cast<std::size_t>(problem)]; }
    int problems() const { return static_cast<int>(bins_.size()); }
    int lucky(int problem) const;  ///< Visits that ended as a lucky rescue, over the whole run.

   private:
    void add(const StepSummary& step);
    qint64 width_ = 1, seen_ = 0;
    std::vector<std::array<HistoryBin, bins>> bins_;
};

/// Un-hinted success of a problem over its last visits at or before a step.
struct SolvedNow {
    int right = 0, attempts = 0, visits = 0;
    bool known() const { return attempts > 0; }
    double share() const { return known() ? static_cast<double>(right) / attempts : 0; }
};
SolvedNow solvedNow(const RunModel& model, int problem, qint64 step, int visits = 4);

/// Does a problem fit what is typed into the filter? Each word must begin its name or number ("P-37", "37"), its tier ("T4", "*:10", "depth")
/// or a word of its state at `step` ("all wrong", "rescued", "never").
bool matchesFilter(const RunModel& model, int problem, qint64 step, const QString& filter);

}  // namespace foothold::ui
