// SPDX-License-Identifier: GPL-3.0-or-later
// The slice button and the menu of slices.
#include "ui/views/common/slice_button.h"

#include <QAction>
#include <QMenu>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/selection/slices.h"

namespace foothold::ui {

SliceButton::SliceButton(RunModel* model, Selection* selection, const QString& name, QWidget* parent)
    : QToolButton(parent), model_(model), selection_(selection) {
    setObjectName(name);
    setPopupMode(QToolButton::InstantPopup);
    setToolButtonStyle(Qt::ToolButtonTextOnly);
    setAccessibleName(tr("Slices of problems"));
    auto* menu = new QMenu(this);
    menu->setObjectName(name + QStringLiteral(".menu"));
    setMenu(menu);
    connect(menu, &QMenu::aboutToShow, this, [this, menu] {
        menu->clear();
        // The window's own actions: they have their shortcuts and their place in the palette.
        for (const char* id : {"select.clear", "select.save-slice"})
            if (auto* action = window()->findChild<QAction*>(QString::fromLatin1(id))) menu->addAction(action);
        menu->addSeparator();
        fillSliceMenu(menu, model_, selection_);
        menu->addSeparator();
        if (auto* manage = window()->findChild<QAction*>(QStringLiteral("select.slices"))) menu->addAction(manage);
    });
    connect(selection, &Selection::brushedChanged, this, &SliceButton::refresh);
    connect(model, &RunModel::runChanged, this, &SliceButton::refresh);
    refresh();
}

void SliceButton::refresh() {
    const int brushed = static_cast<int>(selection_->brushed().size());
    setText(brushed > 0 ? tr("%n brushed", nullptr, brushed) : tr("Slices"));
    setToolTip(brushed > 0 ? tr("%1 of %2 problems are brushed; the others are dimmed. Esc clears.").arg(brushed).arg(model_->rows().size())
                           : tr("Brush a set of problems: drag over the map or the list, or choose a slice here"));
    setAccessibleDescription(toolTip());
    setDown(false);
}

void fillSliceMenu(QMenu* menu, RunModel* model, Selection* selection) {
    Slices* slices = Slices::of(model, selection);
    bool saved = false;
    for (const Slice& slice : slices->all()) {
        if (!slice.builtIn && !std::exchange(saved, true)) menu->addSeparator();
        QString shown = slice.name;
        QAction* action = menu->addAction(QObject::tr("%1 (%2)").arg(shown.replace('&', QStringLiteral("&&"))).arg(slice.problems.size()));
        action->setObjectName(QStringLiteral("slice.") + slice.name);
        action->setEnabled(!slice.problems.empty());
        action->setCheckable(true);
        action->setChecked(!slice.problems.empty() && slice.problems == selection->brushed());
        QObject::connect(action, &QAction::triggered, slices, [slices, name = slice.name] { slices->apply(name); });
    }
}

}  // namespace foothold::ui
