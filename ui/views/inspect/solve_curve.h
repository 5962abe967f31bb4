// SPDX-License-Identifier: GPL-3.0-or-later
// The plot of a problem's solve probability against how much of a trace is given.
#pragma once
#include <QRect>
#include <QWidget>
#include <vector>

#include "studies/prefix_curve.h"
#include "ui/views/common/exported_view.h"
#include "ui/views/inspect/curve_lines.h"

class QCPGraph;
class QCPPainter;
class QCustomPlot;

namespace foothold::ui {

/// One line a trace with its 95% Wilson band, growing while it is sampled: a point without attempts is absent, one whose interval is still
/// wider than asked for is hollow. A flag marks gold's foothold. A click, a drag or the arrow keys move the cut.
class SolveCurve : public QWidget, public ExportedView {
    Q_OBJECT
   public:
    explicit SolveCurve(QWidget* parent = nullptr);
    void setState(const CurveState& state);
    const CurveState& state() const { return state_; }
    void setCut(double ratio);
    double cut() const { return cut_; }
    /// Shows the line as the largest prefix ratio of training instead of a cut to be moved.
    void setCap(double ratio);
    QString summary() const;                             ///< The plot in one sentence, as a screen reader gets it.
    QPointF pixelOf(double ratio, double share) const;   ///< Where a value stands in the widget.
    QCustomPlot* plot() const { return plot_; }
    QSize sizeHint() const override { return {352, 300}; }
    QSize minimumSizeHint() const override { return {240, 180}; }

    QString exportName() const override { return QStringLiteral("solve-curve"); }
    QString exportTitle() const override;
    QString exportNote() const override;
    ShownTable shownTable() const override;

   Q_SIGNALS:
    void cutChosen(double ratio);  ///< 0 to 1, on a cut of the curve where there are any, else on a whole step.

   protected:
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

   private:
    struct Hit {
        int curve = -1, point = -1;
        bool operator==(const Hit&) const = default;
    };
    struct Graphs {
        QCPGraph *low, *high, *line;
    };
    void build();
    void makeGraphs();
    void redraw();
    void layoutLabels();  ///< The right margin is as wide as the longest label.
    void choose(double x);
    std::vector<double> cuts() const;
    Hit hitAt(QPointF at) const;
    QString hitWords(Hit hit) const;
    bool hollow(const CurvePoint& point) const;
    void paintMarks(QPainter& painter) const;
    void paintLabels(QPainter& painter) const;
    void paintFoothold(QPainter& painter) const;
    void paintCut(QPainter& painter) const;
    void paintEmpty(QPainter& painter) const;
    QRect inner() const;  ///< The rectangle between the axes.

    QCustomPlot* plot_;
    CurveState state_;
    std::vector<CurveLine> lines_;
    std::vector<Graphs> graphs_;
    double cut_ = 0.5;
    bool cap_ = false;  ///< The line is a cap, and stays where it is.
    Hit hover_;
};

}  // namespace foothold::ui
