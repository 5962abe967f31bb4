// SPDX-License-Identifier: GPL-3.0-or-later
// The keys that move the step cursor, the same in every view on the step axis.
#pragma once

class QKeyEvent;

namespace foothold::ui {

class RunModel;
class Selection;
class StepAxis;

/// Left and Right by a column, Home and End, plus and minus zoom, 0 shows all. False if the key means nothing here.
bool moveStepByKey(const QKeyEvent& event, const RunModel& model, Selection& selection, StepAxis& axis);

}  // namespace foothold::ui
