// SPDX-License-Identifier: GPL-3.0-or-later
// Three plots under the heat map, on the same step axis.
#pragma once
#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>
#include <array>
#include <vector>

#include "ui/views/common/exported_view.h"
#include "ui/views/live/markers.h"
#include "ui/views/live/plot_data.h"

class QCPAxisRect;
class QCPBars;
class QCPGraph;
class QCPPainter;
class QCustomPlot;

namespace foothold::ui {

class RunModel;
class Selection;
class StepAxis;

/// Groups without reward spread (all wrong after hints from below, all right from above, all wrong before hints
/// dashed); hint levels as one stacked bar a column; held-out success per tier. A click or drag and the arrow keys set the
/// step shown, the wheel zooms the axis.
class Plots : public QWidget, public ExportedView {
    Q_OBJECT
public:
    Plots(RunModel* model, Selection* selection, QWidget* parent = nullptr);
    QCustomPlot* plot() const { return plot_; }
    const PlotData& data() const { return data_; }
    void flush();  ///< Draws what live redraws have put off.
    QSize sizeHint() const override { return {900, 336}; }
    QSize minimumSizeHint() const override { return {420, 220}; }

    QString exportName() const override { return QStringLiteral("plots"); }
    QString exportTitle() const override;
    QString exportNote() const override;
    ShownTable shownTable() const override;

Q_SIGNALS:
    void stepClicked(qint64 step);    ///< Without a drag.
    void stepActivated(qint64 step);  ///< Double click or Enter.

protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    bool event(QEvent* event) override;

private:
    enum Row { spread, hints, heldout, rows };
    void build();
    void makeTierGraphs();
    void applyTheme();
    void dataArrived();
    void redraw();      ///< All of it: new data, another range or theme.
    void moveCursor();  ///< The overlay only.
    void describe();
    void paintHeadings(QPainter& painter) const;
    void paintOverlay(QPainter& painter) const;
    QString valuesAt(qint64 step) const;
    double rectHeight(int row) const;  ///< Pixels between a plot's axes.
    bool dense() const;                ///< Held-out evaluations lie so close that a smoothed line reads better.

    RunModel* model_;
    Selection* selection_;
    StepAxis* axis_;
    QCustomPlot* plot_;
    PlotData data_;
    std::array<QCPAxisRect*, rows> rects_{};
    QCPGraph *wrong_, *wrongBefore_, *wrongBeforeRaw_, *right_, *ceiling_, *luck_;
    std::array<QCPBars*, 3> bars_{};
    struct TierGraphs {
        QCPGraph *raw, *smooth, *greedy;
    };
    std::vector<TierGraphs> tiers_;
    std::vector<StepMarker> markers_;
    QTimer later_;  ///< A redraw that came too soon after the last one.
    QElapsedTimer sinceRedraw_;
    int pause_ = 0;     ///< Least milliseconds from one redraw to the next, by what they cost.
    bool stale_ = true;
    QPoint press_;
    bool focusRing_ = false;  ///< For people who came by keyboard.
};

}  // namespace foothold::ui
