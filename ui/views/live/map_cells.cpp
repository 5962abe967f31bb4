// SPDX-License-Identifier: GPL-3.0-or-later
// Painting of heat map cells: fill, second channel (diagonal, check, fill height, diamond) and, when large, numbers.
#include "ui/views/live/map_cells.h"

#include "ui/theme/theme.h"

#include <QBrush>
#include <QPainter>
#include <QPainterPath>
#include <QPixmap>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace foothold::ui {
namespace {

QColor color(ColorRole role) { return Theme::instance().color(role); }

/// Height of the hint's fill, in whole device pixels and never the same for two levels where there is room.
double fillHeight(int level, double height, double ratio) {
    const int pixels = static_cast<int>(std::lround(height * ratio));
    const int raw = static_cast<int>(std::lround(pixels * level / 4.0));
    return std::clamp(raw, std::min(level, pixels), std::max(1, pixels - (3 - std::min(level, 3)))) / ratio;
}

void diagonals(QPainter& painter, const QRectF& rect, double pitch, const QPen& pen) {
    painter.save();
    painter.setClipRect(rect, Qt::IntersectClip);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(pen);
    // Cut at the sides by hand: an SVG knows no clipping.
    for (double x = rect.left() - rect.height() + pitch / 2; x < rect.right(); x += pitch) {
        const double from = std::max(x, rect.left()), to = std::min(x + rect.height(), rect.right());
        painter.drawLine(QPointF(from, rect.bottom() - (from - x)), QPointF(to, rect.bottom() - (to - x)));
    }
    painter.restore();
}

void diamond(QPainter& painter, const QRectF& rect, const QColor& fill) {
    const double radius = std::max(1.5, std::min({rect.width(), rect.height(), 16.0}) * 0.32);
    const QPointF c = rect.center();
    QPainterPath path(QPointF(c.x(), c.y() - radius));
    path.lineTo(c.x() + radius, c.y());
    path.lineTo(c.x(), c.y() + radius);
    path.lineTo(c.x() - radius, c.y());
    path.closeSubpath();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillPath(path, fill);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void number(QPainter& painter, const QRectF& rect, int value, const QColor& fill) {
    QFont font = Theme::instance().font(FontRole::caption);
    font.setPixelSize(std::clamp(static_cast<int>(std::min(rect.height() * 0.7, rect.width() * 0.75)), 8, 12));
    font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    const double luminance = 0.299 * fill.redF() + 0.587 * fill.greenF() + 0.114 * fill.blueF();
    painter.setPen(luminance > 0.55 ? QColor(0x10, 0x18, 0x24) : QColor(Qt::white));
    painter.drawText(rect, Qt::AlignCenter, QString::number(value));
}

QColor fillOf(int entry, double shareRight) {
    const Theme& theme = Theme::instance();
    switch (entry) {
        case 0: return theme.color(ColorRole::allWrong);
        case 1: return theme.stateColor(GroupState::mixed, shareRight, 0);
        case 2: return theme.color(ColorRole::allRight);
        case 6: return theme.color(ColorRole::lucky);
        default: return theme.stateColor(GroupState::rescued, 0, 0.25 * (entry - 2));
    }
}

double share(const GroupSummary& group) { return group.attempts ? double(group.correct) / group.attempts : 0; }

}  // namespace

int CellShares::total() const { return std::accumulate(count.begin(), count.end(), 0); }

void CellShares::add(const GroupSummary& group) {
    const int entry = legendEntry(group);
    ++count[static_cast<std::size_t>(entry)];
    if (entry == 1) right += share(group);
}

double cellOpacity(int strength) { return (strength & cellStale ? 0.33 : 1.0) * (strength & cellDimmed ? 0.28 : 1.0); }

GroupSummary MapCells::example(int legendEntry) {
    GroupSummary group;
    group.attempts = 8;
    group.correct = legendEntry == 0 ? 0 : legendEntry == 2 ? 8 : 5;
    group.correct_before = legendEntry <= 2 ? group.correct : 0;
    group.sound = legendEntry == 6 ? 0 : group.correct;
    group.hint_ratio = legendEntry <= 2 ? 0.0f : legendEntry == 6 ? 0.5f : 0.25f * static_cast<float>(legendEntry - 2);
    return group;
}

void MapCells::setSize(QSize cell, double ratio) {
    if (cell == size_ && ratio == ratio_) return;
    size_ = cell;
    ratio_ = ratio;
    clear();
}

const QImage& MapCells::group(const GroupSummary& group, int strength) {
    const auto key =
        static_cast<quint32>(legendEntry(group) | strength << 3 | group.correct << 8 | group.attempts << 16);
    auto found = made_.find(key);
    if (found == made_.end()) {
        QImage image(size_ * ratio_, QImage::Format_ARGB32_Premultiplied);
        image.setDevicePixelRatio(ratio_);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        painter.setOpacity(cellOpacity(strength));
        paint(painter, QRectF(QPointF(), QSizeF(size_)), group, true);
        found = made_.insert(key, image);
    }
    return *found;
}

void MapCells::stack(QPainter& painter, QPoint at, const CellShares& shares, bool stale, unsigned dimmed) const {
    static constexpr std::array order = {2u, 1u, 3u, 4u,
                                         5u, 6u, 0u};  // From the bottom: what is learned pushes the grey up.
    const int total = shares.total();
    double before = 0;
    for (const unsigned entry : order) {
        const int n = shares.count[entry];
        if (n == 0) continue;
        const auto y = [&](double sum) {
            return at.y() + size_.height() - std::round(sum / total * size_.height() * ratio_) / ratio_;
        };
        const double top = y(before + n), bottom = y(before);
        before += n;
        painter.setOpacity(cellOpacity((stale ? cellStale : 0) | (dimmed >> entry & 1 ? cellDimmed : 0)));
        painter.fillRect(QRectF(at.x(), top, size_.width(), bottom - top),
                         fillOf(static_cast<int>(entry), entry == 1 ? shares.right / n : 0));
    }
    painter.setOpacity(1);
}

void MapCells::paint(QPainter& painter, const QRectF& rect, const GroupSummary& group, bool withNumber) {
    const int entry = legendEntry(group);
    const QColor fill = fillOf(entry, share(group));
    const bool large = rect.width() >= 12 && rect.height() >= 12;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    if (entry >= 3 && entry <= 5) {
        const double height = fillHeight(entry - 2, rect.height(), painter.device()->devicePixelRatioF());
        painter.fillRect(rect, color(ColorRole::rescuedGround));
        painter.fillRect(QRectF(rect.left(), rect.bottom() - height, rect.width(), height), fill);
    } else {
        painter.fillRect(rect, fill);
    }
    if (entry == 0) {
        if (large)
            diagonals(painter, rect, 6, QPen(color(ColorRole::allWrongLine), 1.2));
        else if (std::min(rect.width(), rect.height()) >= 4)
            diagonals(painter, rect, rect.width() + rect.height(), QPen(color(ColorRole::allWrongLine), 1));
    } else if (entry == 2 && large) {
        const QPointF c = rect.center();
        const double s = std::min({rect.width(), rect.height(), 16.0}) / 16;
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(color(ColorRole::allRightLine), 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.drawPolyline(
            QPolygonF{c + QPointF(-4.5, 0.2) * s, c + QPointF(-1.2, 3.4) * s, c + QPointF(4.6, -3.4) * s});
    } else if (entry == 6) {
        diamond(painter, rect, color(ColorRole::surface));
    } else if (entry == 1 && large && withNumber) {
        number(painter, rect, group.correct, fill);
    }
    painter.restore();
}

QBrush hatchBrush(double ratio) {
    const int side = 6;
    QPixmap tile(QSize(side, side) * ratio);
    tile.setDevicePixelRatio(ratio);
    tile.fill(color(ColorRole::allWrong));
    QPainter painter(&tile);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color(ColorRole::allWrongLine), 1.1));
    for (const int shift : {-side, 0, side}) painter.drawLine(QPointF(shift, side), QPointF(shift + side, 0));
    painter.end();
    return QBrush(tile);
}

}  // namespace foothold::ui
