// SPDX-License-Identifier: GPL-3.0-or-later
// The pinned problem, small, beside the primary one.
#pragma once
#include <QFrame>

namespace foothold::ui {

class RunModel;
class Selection;
class Text;

/// Hidden while nothing is pinned. Name, what its last group did, success without hints against the primary problem, its history, and
/// buttons to swap the two and to unpin.
class PinnedStrip : public QFrame {
    Q_OBJECT
   public:
    PinnedStrip(RunModel* model, Selection* selection, QWidget* parent = nullptr);

   private:
    void refresh();
    RunModel* model_;
    Selection* selection_;
    Text *name_, *words_, *against_;
};

}  // namespace foothold::ui
