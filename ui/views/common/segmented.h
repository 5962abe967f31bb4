// SPDX-License-Identifier: GPL-3.0-or-later
// A row of buttons of which one is down.
#pragma once
#include <QFrame>
#include <QStringList>

class QButtonGroup;

namespace foothold::ui {

/// Buttons named `object.0`, `object.1`, … (or by `objects`), ids 0, 1, … in the group, the first one down.
QFrame* segmented(QButtonGroup* group, const QStringList& names, const QString& object);
QFrame* segmented(QButtonGroup* group, const QStringList& names, const QStringList& objects);

}  // namespace foothold::ui
