// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/common/step_keys.h"

#include <QKeyEvent>
#include <algorithm>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/step_axis.h"

namespace foothold::ui {

bool moveStepByKey(const QKeyEvent& event, const RunModel& model, Selection& selection, StepAxis& axis) {
    const auto moveTo = [&](qint64 step) {
        if (model.lastStep() < 1) return true;
        step = std::clamp<qint64>(step, 1, model.lastStep());
        selection.setStep(step);
        axis.ensureVisible(step);
        return true;
    };
    const auto zoom = [&](int notches) {
        axis.zoom(notches, axis.center(double(selection.step())));
        return true;
    };
    switch (event.key()) {
        case Qt::Key_Left: return moveTo(selection.step() - axis.bin());
        case Qt::Key_Right: return moveTo(selection.step() + axis.bin());
        case Qt::Key_Home: return moveTo(1);
        case Qt::Key_End: return moveTo(model.lastStep());
        case Qt::Key_Plus:
        case Qt::Key_Equal: return zoom(1);
        case Qt::Key_Minus: return zoom(-1);
        case Qt::Key_0: axis.reset(); return true;
        default: return false;
    }
}

}  // namespace foothold::ui
