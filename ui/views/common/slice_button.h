// SPDX-License-Identifier: GPL-3.0-or-later
// A button that says how many problems are brushed and brushes a slice.
#pragma once
#include <QToolButton>

class QMenu;

namespace foothold::ui {

class RunModel;
class Selection;

/// Text: "Slices", or "12 brushed". Its menu clears and saves the brushed set and lists the slices with their sizes.
class SliceButton : public QToolButton {
    Q_OBJECT
   public:
    SliceButton(RunModel* model, Selection* selection, const QString& name, QWidget* parent = nullptr);

   private:
    void refresh();
    RunModel* model_;
    Selection* selection_;
};

/// Fills a menu with the slices and their sizes; a choice brushes its problems.
void fillSliceMenu(QMenu* menu, RunModel* model, Selection* selection);

}  // namespace foothold::ui
