// SPDX-License-Identifier: GPL-3.0-or-later
// Where each step's time went: one stacked bar a step, on the step axis of the map.
#pragma once
#include <QWidget>
#include <array>
#include <vector>

#include "record/step_phases.h"
#include "ui/views/common/exported_view.h"

namespace foothold::ui {

class RunModel;
class Selection;
class StepAxis;

/// Seconds of a step by phase (step_phases); the last is what step_time has beyond those of its phases that were recorded.
constexpr int phaseCount = static_cast<int>(step_phases.size()) + 1;
using PhaseTimes = std::array<float, phaseCount>;
QString phaseTitle(int phase);

/// A click or drag sets the step shown, the wheel zooms the axis, arrow keys move the cursor. Where a column stands for several steps the
/// bar is their mean.
class Timeline : public QWidget, public ExportedView {
    Q_OBJECT
   public:
    Timeline(RunModel* model, Selection* selection, QWidget* parent = nullptr);
    QString words(qint64 step) const;  ///< "1.2 s: generate .9 s (75 %), ...".
    bool recorded() const;             ///< The run says where its time went.
    QSize sizeHint() const override { return {900, 130}; }
    QSize minimumSizeHint() const override { return {420, 96}; }

    QString exportName() const override { return QStringLiteral("time-by-step"); }
    QString exportTitle() const override;
    QString exportNote() const override;
    ShownTable shownTable() const override;

   Q_SIGNALS:
    void stepClicked(qint64 step);
    void stepActivated(qint64 step);  ///< Double click or Enter.

   protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

   private:
    void extend();
    void describe();
    QRect area() const;
    PhaseTimes mean(qint64 from, qint64 to) const;
    void paintHeading(QPainter& painter) const;
    RunModel* model_;
    Selection* selection_;
    StepAxis* axis_;
    std::vector<PhaseTimes> times_;      ///< [step]
    std::array<bool, phaseCount> seen_{};  ///< Phases that the run recorded.
    QPoint press_;
    bool focusRing_ = false;  ///< For people who came by keyboard.
};

}  // namespace foothold::ui
