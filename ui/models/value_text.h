// SPDX-License-Identifier: GPL-3.0-or-later
// Values and keys of an experiment in the window's words.
#pragma once
#include <QString>
#include <vector>

#include "record/experiment.h"

namespace foothold::ui {

QString numberText(double number);       ///< ".75", "1", "0.0003" as "3e-04": at most two digits where that is exact enough to read.
QString ratioText(double ratio);         ///< ".75", "off" at 0, "1" at 1.
QString valueText(const Value& value);   ///< Short, for a marker or a button.
/// "guidance.ratios.*:10" -> "T4 ratio" (tiers = names, easiest first), "corruption.operator" -> "corruption".
QString shortKeyName(const std::string& key, const std::vector<QString>& tiers);
QString keyTitle(const std::string& key);    ///< "Cold start", for the label of a row.
QString choiceTitle(const std::string& key, const std::string& choice);  ///< "all-wrong" -> "Whole group wrong".
QString durationText(double seconds);        ///< "0:56", "1:02:03".
QString countText(qint64 n);                 ///< "52 400", the gap a thin space.
QString bytesText(qint64 bytes);             ///< "3.1 GB".

}  // namespace foothold::ui
