// SPDX-License-Identifier: GPL-3.0-or-later
// What lies over the plots: headings (drawn with the data) and the cursor with its values (on a buffered layer of its
// own).
#pragma once
#include <functional>
#include <vector>

#include "ui/views/common/plot_library.h"

namespace foothold::ui {

/// An item that paints in pixels of the whole plot.
class PlotPainter : public QCPAbstractItem {
    Q_OBJECT
public:
    using Paint = std::function<void(QCPPainter&)>;
    PlotPainter(QCustomPlot* plot, const QString& layer, Paint paint);
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override { paint_(*painter); }

private:
    Paint paint_;
};

/// One value at the right edge.
struct EdgeLabel {
    double y;  ///< Where it wants to stand (centre, pixels).
    QString text;
    QColor color;
};
/// Moves labels apart so that none overlaps, within [top, bottom], order kept, each as near its place as can be.
void pushApart(std::vector<EdgeLabel>& labels, double pitch, double top, double bottom);

/// An entry of a plot's key, right-aligned in its heading.
struct KeyEntry {
    enum class Kind { words, box, line } kind = Kind::words;
    QString text;
    QBrush fill;
    QPen pen;
};
/// SVG files take no textures from us: a hatched brush would leave its area empty there.
bool takesTextures(const QPainter& painter);
void drawHeading(QPainter& painter, const QRectF& rect, const QString& title, const std::vector<KeyEntry>& key);

}  // namespace foothold::ui
