// SPDX-License-Identifier: GPL-3.0-or-later
// The painted rows of the problem list: only those in sight cost anything.
#pragma once
#include <QAbstractScrollArea>
#include <vector>

#include "ui/models/problem_history.h"

namespace foothold::ui {

class RunModel;
class Selection;

/// A click selects a problem, a drag, Shift with a click or an arrow key brushes a stretch of rows, Ctrl with a click one row, Ctrl+A all.
class ProblemRows : public QAbstractScrollArea {
    Q_OBJECT
   public:
    static constexpr int rowHeight = 32;
    ProblemRows(RunModel* model, Selection* selection, const ProblemHistory* history, QWidget* parent = nullptr);
    void setOrder(std::vector<int> order, bool showLucky);  ///< Problems from top to bottom; what stands at the right.
    const std::vector<int>& order() const { return order_; }
    void move(int by);            ///< Selects the problem so many rows below the current one.
    void reveal();                ///< Scrolls the current problem into sight.
    int below() const;            ///< Rows under the bottom edge.
    int hoveredRow() const { return hovered_; }
    /// Left edge and width of the bars, so that the heading above can stand over them.
    static constexpr int barsLeft = 58, valueWidth = 52;
    int barsWidth() const;

   Q_SIGNALS:
    void scrolled();
    void typed(const QString& text);  ///< Letters pressed while the rows have the focus: they are meant for the filter.

   protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;  ///< The current problem stays in sight if it was.
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;

   private:
    bool inSight(int height = -1) const;  ///< Is the current problem's row, or a part of it? With a viewport this high.
    void layoutBar();
    int rowAt(double y) const;
    void brush(int from, int to);  ///< The rows between two, both included.
    void paintRow(QPainter& painter, int row, const QRect& rect) const;
    void paintBars(QPainter& painter, int problem, const QRect& rect) const;
    QString words(int problem) const;

    RunModel* model_;
    Selection* selection_;
    const ProblemHistory* history_;
    std::vector<int> order_;
    bool showLucky_ = false;
    int hovered_ = -1;
    int anchor_ = -1;        ///< Row at which a stretch begins.
    bool pressed_ = false;
};

}  // namespace foothold::ui
