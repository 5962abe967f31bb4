// SPDX-License-Identifier: GPL-3.0-or-later
// Tiers in words: "T2", and "*:10" as "× depth 10".
#pragma once
#include <QString>

namespace foothold::ui {

QString tierShort(int index);                       ///< "T1" is the easiest (index 0).
QString tierWords(const QString& name);             ///< "+-:6" -> "+ − depth 6"; "n-1" -> "one edge less"; another name stays as it is.
bool tierIsGraded(const QString& name);             ///< Its place among the tiers tells how hard it is; false for kinds of problems, as graph-path has.
QString tierTitle(int index, const QString& name);  ///< "T2 × depth 10".

}  // namespace foothold::ui
