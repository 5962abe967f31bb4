// SPDX-License-Identifier: GPL-3.0-or-later
// Headings and edge labels of the plots.
#include "ui/views/common/plot_overlay.h"

#include "ui/theme/theme.h"

#include <algorithm>

namespace foothold::ui {

PlotPainter::PlotPainter(QCustomPlot* plot, const QString& layer, Paint paint)
    : QCPAbstractItem(plot), paint_(std::move(paint)) {
    setLayer(layer);
    setClipToAxisRect(false);
    setSelectable(false);
}

void pushApart(std::vector<EdgeLabel>& labels, double pitch, double top, double bottom) {
    std::stable_sort(labels.begin(), labels.end(), [](const EdgeLabel& a, const EdgeLabel& b) { return a.y < b.y; });
    // Down from the top, then back up from the bottom where the last ones left the room.
    double limit = top + pitch / 2;
    for (EdgeLabel& label : labels) {
        label.y = std::max(label.y, limit);
        limit = label.y + pitch;
    }
    limit = bottom - pitch / 2;
    for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
        label->y = std::min(label->y, limit);
        limit = label->y - pitch;
    }
}

bool takesTextures(const QPainter& painter) { return painter.paintEngine()->type() != QPaintEngine::SVG; }

void drawHeading(QPainter& painter, const QRectF& rect, const QString& title, const std::vector<KeyEntry>& key) {
    const Theme& theme = Theme::instance();
    painter.save();
    painter.setFont(theme.font(FontRole::sectionTitle));
    painter.setPen(theme.color(ColorRole::text));
    painter.drawText(rect, Qt::AlignLeft | Qt::AlignVCenter, title);
    const double titleEnd = rect.left() + painter.fontMetrics().horizontalAdvance(title) + 16;
    painter.setFont(theme.font(FontRole::caption));
    const QFontMetricsF metrics(painter.font());
    double x = rect.right();
    for (auto entry = key.rbegin(); entry != key.rend(); ++entry) {
        const double mark = entry->kind == KeyEntry::Kind::words ? 0 : entry->kind == KeyEntry::Kind::box ? 17 : 27;
        x -= metrics.horizontalAdvance(entry->text) + mark;
        if (x < titleEnd) break;
        painter.setPen(theme.color(ColorRole::text3));
        painter.drawText(QRectF(x + mark, rect.top(), rect.width(), rect.height()), Qt::AlignLeft | Qt::AlignVCenter,
                         entry->text);
        const double middle = rect.center().y();
        if (entry->kind == KeyEntry::Kind::box) {
            const bool hatched = entry->fill.style() == Qt::TexturePattern && !takesTextures(painter);
            painter.fillRect(QRectF(x, middle - 5, 12, 10), hatched ? QBrush(theme.color(ColorRole::allWrong)) : entry->fill);
            if (entry->pen.style() != Qt::NoPen) {
                painter.setPen(entry->pen);
                painter.drawLine(QPointF(x, middle - 5), QPointF(x + 12, middle - 5));
            }
        } else if (entry->kind == KeyEntry::Kind::line) {
            painter.setPen(entry->pen);
            painter.drawLine(QPointF(x, middle), QPointF(x + 22, middle));
        }
        x -= 14;
    }
    painter.restore();
}

}  // namespace foothold::ui
