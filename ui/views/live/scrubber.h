// SPDX-License-Identifier: GPL-3.0-or-later
// Where the views stand in the run: a track under the plots, and the way back to Live.
#pragma once
#include <QWidget>
#include <vector>

#include "ui/views/live/markers.h"

class QPushButton;
class QToolButton;

namespace foothold::ui {

class RunModel;
class Selection;
class StepAxis;

/// The track shares the pixels of StepAxis. Dragging freezes every view at a step; training goes on.
class Scrubber : public QWidget {
    Q_OBJECT
public:
    Scrubber(RunModel* model, Selection* selection, QWidget* parent = nullptr);
    QString line() const;  ///< "Viewing step 96. Training goes on at step 112."; empty while live.
    QSize sizeHint() const override { return {900, 52}; }
    QSize minimumSizeHint() const override { return {420, 52}; }

public Q_SLOTS:
    void stepBack();
    void stepForward();  ///< At the newest step it goes live.
    void nextMarker();   ///< To the next marker after the step shown, then around to the first.
    void goLive();

Q_SIGNALS:
    void openMarker(qint64 step);  ///< A marker's diamond was double-clicked.

protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    bool event(QEvent* event) override;

private:
    void refresh();
    void showStep(qint64 step);
    void dragTo(double x);
    double handleX() const;
    const StepMarker* markerAt(QPointF at) const;
    RunModel* model_;
    Selection* selection_;
    StepAxis* axis_;
    QToolButton *back_, *forward_, *next_;
    QPushButton* live_;
    std::vector<StepMarker> markers_;
    bool dragging_ = false;
};

}  // namespace foothold::ui
