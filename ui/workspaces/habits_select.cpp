// SPDX-License-Identifier: GPL-3.0-or-later
// Actions on the selection, and the list of edits.
#include <QDialog>
#include <QMenu>
#include <QPushButton>
#include <QUndoView>

#include "record/error.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/selection/slices.h"
#include "ui/views/common/card.h"
#include "ui/views/common/slice_button.h"
#include "ui/views/frame/named_dialog.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/habits.h"
#include "ui/workspaces/main_window.h"

namespace foothold::ui {

void Habits::addSelectActions() {
    const QString select = tr("Select"), edit = tr("Experiment");
    Selection* selection = window_->selection();
    Slices* slices = Slices::of(window_->model(), selection);
    QAction* clear = add("select.clear", select, tr("&Clear the brushed set (Esc)"), "cross", {}, [selection] { selection->setBrushed({}); });
    QAction* invert = add("select.invert", select, tr("Brush all &others"), "", {}, [this, selection] {
        std::set<int> others;
        for (const int problem : window_->model()->rows())
            if (!selection->brushed().contains(problem)) others.insert(problem);
        selection->setBrushed(std::move(others));
    });
    QAction* save = add("select.save-slice", select, tr("&Save the brushed set as a slice…"), "bookmark", tr("Ctrl+Shift+B"), [this] {
        showSlices()->focusName();
    });
    add("select.slices", select, tr("S&lices…"), "bookmark", {}, [this] { showSlices(); });
    QAction* pin = add("select.pin", select, tr("&Pin this problem"), "pin", tr("Ctrl+D"), [selection] {
        selection->setPinned(selection->pinned() == selection->problem() ? -1 : selection->problem());
    });
    QAction* swap = add("select.swap", select, tr("S&wap pinned and shown"), "refresh", tr("F8"), [selection] { selection->swapPinned(); });
    QAction* star = add("select.star", select, tr("S&tar this problem"), "", tr("Ctrl+M"), [this, selection, slices] {
        guarded([&] { slices->setStarred(selection->problem(), !slices->starred(selection->problem())); });
    });
    for (QAction* toggle : {pin, star}) toggle->setCheckable(true);
    const auto refresh = [=] {
        const bool brushed = !selection->brushed().empty(), some = selection->problem() >= 0;
        clear->setEnabled(brushed);
        invert->setEnabled(brushed);
        save->setEnabled(brushed);
        pin->setEnabled(some);
        pin->setChecked(some && selection->pinned() == selection->problem());
        swap->setEnabled(selection->pinned() >= 0 && selection->pinned() != selection->problem());
        star->setEnabled(some);
        star->setChecked(some && slices->starred(selection->problem()));
    };
    connect(selection, &Selection::brushedChanged, this, refresh);
    connect(selection, &Selection::problemChanged, this, refresh);
    connect(selection, &Selection::pinnedChanged, this, refresh);
    connect(slices, &Slices::changed, this, refresh);
    for (QAction* toggle : {pin, star}) connect(toggle, &QAction::triggered, this, refresh);  // A refused star is not checked.
    refresh();
    add("edit.history", edit, tr("&List of edits…"), "history", tr("Ctrl+H"), [this] { showEdits(); });
}

void Habits::fillSelectMenu(QMenu* menu) {
    for (const char* id : {"select.pin", "select.swap", "select.star", "", "select.clear", "select.invert", "select.save-slice", "select.slices"}) {
        if (*id)
            menu->addAction(actions_->find(QString::fromLatin1(id)));
        else
            menu->addSeparator();
    }
    QMenu* slices = menu->addMenu(tr("&Brush a slice"));
    slices->setObjectName(QStringLiteral("select.slice-menu"));
    connect(slices, &QMenu::aboutToShow, slices, [this, slices] {
        slices->clear();
        fillSliceMenu(slices, window_->model(), window_->selection());
    });
}

NamedDialog* Habits::showSlices() {
    Selection* selection = window_->selection();
    Slices* slices = Slices::of(window_->model(), selection);
    NamedThings things;
    things.id = QStringLiteral("slices");
    things.title = tr("Slices of problems");
    things.help = tr("A slice is a named set of problems, kept with the run. Choosing one brushes it: every view dims the others.");
    things.use = tr("Brush");
    things.nothing = tr("Brush problems first: drag over the map or the list");
    things.all = [slices] {
        std::vector<NamedThings::One> all;
        for (const Slice& slice : slices->all()) all.push_back({slice.name, tr("%1 (%2)").arg(slice.name).arg(slice.problems.size()), slice.builtIn});
        return all;
    };
    things.saveText = [selection] { return selection->brushed().empty() ? QString() : tr("Save the %n brushed", nullptr, static_cast<int>(selection->brushed().size())); };
    things.save = [=](const QString& name) { slices->save(name, selection->brushed()); };
    things.apply = [=](const QString& name) {
        if (!slices->apply(name)) throw UserError(tr("No problem is in “%1” at step %2.").arg(name).arg(selection->step()).toStdString());
    };
    things.remove = [=](const QString& name) { slices->remove(name); };
    things.rename = [=](const QString& from, const QString& to) { slices->rename(from, to); };
    auto* dialog = new NamedDialog(std::move(things), window_);
    connect(selection, &Selection::brushedChanged, dialog, &NamedDialog::refresh);
    dialog->open();
    return dialog;
}

void Habits::showEdits() {
    auto* dialog = new QDialog(window_);
    dialog->setObjectName(QStringLiteral("edits.dialog"));
    dialog->setWindowTitle(tr("List of edits"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    auto* column = new QVBoxLayout(dialog);
    column->setContentsMargins(22, 18, 22, 18);
    column->setSpacing(10);
    column->addWidget(new Text(dialog->windowTitle(), FontRole::cardTitle));
    auto* help = new Text(tr("Newest last. A click goes back or forward to that point; what a step has already been trained with stays trained."), FontRole::body, ColorRole::text2);
    help->setWordWrap(true);
    column->addWidget(help);
    auto* list = new QUndoView(window_->editor()->undoStack());
    list->setObjectName(QStringLiteral("edits.list"));
    list->setAccessibleName(tr("Edits of the experiment and of traces"));
    list->setEmptyLabel(tr("As opened"));
    list->setMinimumHeight(260);
    column->addWidget(list, 1);
    auto* close = new QPushButton(tr("Close"));
    close->setObjectName(QStringLiteral("edits.close"));
    connect(close, &QPushButton::clicked, dialog, &QDialog::accept);
    auto* line = new QHBoxLayout;
    line->addStretch();
    line->addWidget(close);
    column->addLayout(line);
    dialog->resize(440, 420);
    dialog->open();
}

}  // namespace foothold::ui
