// SPDX-License-Identifier: GPL-3.0-or-later
// The heart of the window: every group of the run, problem by step.
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "ui/views/live/map_image.h"
#include "ui/views/live/markers.h"
#include "ui/views/common/exported_view.h"
#include "ui/views/common/view_settings.h"

namespace foothold::ui {

class MapCard;
class RunModel;
class Selection;
class StepAxis;

/// One row a problem, hardest tier on top; one column a step (StepAxis). A click selects problem and step, a drag
/// brushes problems, the wheel zooms the axis, arrow keys move the selection.
class HeatMap : public QWidget, public ViewSettings, public ExportedView {
    Q_OBJECT
public:
    HeatMap(RunModel* model, Selection* selection, QWidget* parent = nullptr);
    ~HeatMap() override;

    bool onlyFresh() const { return onlyFresh_; }
    void setOnlyFresh(bool on);  ///< Hides what a problem showed at its last visit, between two visits.

    QString settingsKey() const override { return QStringLiteral("map"); }
    QVariantMap viewSettings() const override;
    void applyViewSettings(const QVariantMap& values) override;

    QString exportName() const override { return QStringLiteral("groups-by-step"); }
    QString exportTitle() const override;
    QString exportNote() const override;
    ShownTable shownTable() const override;  ///< A row a group in sight; what the legend or a brush dims is left out.

    StepAxis* axis() const { return axis_; }
    const MapLayout& mapLayout() const { return layout_; }
    /// Rectangle of the cell that shows a problem at a step; null if it is not visible.
    QRect cellRect(int problem, qint64 step) const;
    qint64 columnsDrawn() const { return image_.columnsDrawn(); }
    QString cardText() const;  ///< What the hover card says; empty while it is hidden.
    QSize sizeHint() const override { return {900, 420}; }
    QSize minimumSizeHint() const override { return {420, 160}; }

Q_SIGNALS:
    void openMarker(qint64 step);
    void inspectAsked(int problem);  ///< Double click on a group, or Enter.
    void onlyFreshChanged(bool on);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

private:
    void relayout();
    void refresh();  ///< Steps or the step cursor changed: what is shown is collected with the next painting.
    void collect();
    void describe();
    QRect mapRect() const;
    int rowOf(int problem) const;
    const MarkerFlag* flagAt(QPointF at) const;
    void hover(QPoint at);
    void moveRow(int by);
    void paintLabels(QPainter& painter) const;
    void paintSolved(QPainter& painter) const;
    void paintMarkers(QPainter& painter);
    void paintCursors(QPainter& painter) const;
    void paintEmpty(QPainter& painter) const;

    RunModel* model_;
    Selection* selection_;
    StepAxis* axis_;
    MapCard* card_;
    MapLayout layout_;
    MapImage image_;
    std::vector<StepMarker> markers_;
    std::vector<MarkerFlag> flags_;
    std::vector<double> solved_;  ///< [line] share right without a hint at the last visit; NaN = never.
    std::vector<int> rowOf_;      ///< [problem]
    bool onlyFresh_ = false, focusRing_ = false, stale_ = true;
    struct Hover {
        int problem;
        qint64 step;
        bool operator==(const Hover&) const = default;
    };
    std::optional<Hover> hover_;
    std::optional<QPoint> press_;
    bool brushing_ = false;
};

}  // namespace foothold::ui
