// SPDX-License-Identifier: GPL-3.0-or-later
// Colours of the phases of a training step: muted, light and dark in turn, so that neighbours in a stack are told apart without hue.
#pragma once
#include <QColor>

namespace foothold::ui {

/// `phase`: 0 draw, 1 generate, 2 judge, 3 update, 4 held-out, 5 checkpoint, 6 jobs, 7 what was not recorded. In the theme in use.
QColor phaseColor(int phase);

}  // namespace foothold::ui
