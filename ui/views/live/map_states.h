// SPDX-License-Identifier: GPL-3.0-or-later
// A group's state as the legend names it, and in words.
#pragma once
#include <QString>

#include "record/attempt.h"

namespace foothold::ui {

constexpr int kLegendEntries = 7;

/// 0 all wrong, 1 mixed, 2 all right, 3 rescued .25, 4 rescued .50, 5 rescued .75, 6 lucky rescue.
int legendEntry(const GroupSummary& group);
QString legendName(int entry);      ///< As on a chip: "All wrong", "Rescued at .25", ".50", ...
QString legendLongName(int entry);  ///< Standing alone: "Rescued at .50".

QString shareText(double share);                 ///< ".25", "1", "0": two digits without a leading zero.
QString groupWords(const GroupSummary& group);   ///< "Rescued at .50: 1 of 8 right".
QString beforeWords(const GroupSummary& group);  ///< "without hint: 0 of 8 right", "no round without a hint"; empty if
                                                 ///< it says nothing new.

}  // namespace foothold::ui
