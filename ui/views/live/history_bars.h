// SPDX-License-Identifier: GPL-3.0-or-later
// One problem's history: a bar a visit, height = share right, colour = what became of the group.
#pragma once
#include <QWidget>

namespace foothold::ui {

class RunModel;
class Selection;

/// A click goes to a visit's step, the left and right keys to the visit before and after the step shown.
class HistoryBars : public QWidget {
    Q_OBJECT
   public:
    HistoryBars(RunModel* model, Selection* selection, QWidget* parent = nullptr, bool pinned = false);  ///< Of the primary problem, or of the pinned one.
    QSize sizeHint() const override { return {280, 44}; }
    QSize minimumSizeHint() const override { return {120, 44}; }

   protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

   private:
    int problem() const;
    void describe();
    double pixelOf(qint64 step) const;
    RunModel* model_;
    Selection* selection_;
    bool pinned_;
};

}  // namespace foothold::ui
