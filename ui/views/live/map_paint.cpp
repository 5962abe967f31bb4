// SPDX-License-Identifier: GPL-3.0-or-later
// Painting of the heat map around its cached cells: labels, markers, cursors, what is solved now.
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/views/live/heat_map.h"
#include "ui/views/common/step_axis.h"
#include "ui/views/common/tier_labels.h"

#include <QFontMetrics>
#include <QPainter>
#include <cmath>

namespace foothold::ui {
namespace {

constexpr int kHeader = 25;  // Flags of markers, "solved now".
constexpr int kFlag = 18;
constexpr int kStripGap = 10;

QColor color(ColorRole role) { return Theme::instance().color(role); }

QColor veil(double strength) {
    QColor c = color(ColorRole::surface);
    c.setAlphaF(static_cast<float>(strength));
    return c;
}

}  // namespace

QRect HeatMap::mapRect() const {
    return {axis_->left(), kHeader, axis_->right() - axis_->left(), std::max(0, height() - kHeader - 4)};
}

void HeatMap::paintEvent(QPaintEvent*) {
    collect();
    QPainter painter(this);
    painter.fillRect(rect(), color(ColorRole::surface));
    const QRect map = mapRect();
    const bool empty = model_->lastStep() < 1;
    paintLabels(painter);
    if (empty) {
        paintEmpty(painter);
        return;
    }
    const double ratio = paintRatio(painter);
    MapView view{layout_,
                 axis_->first(),
                 axis_->bin(),
                 axis_->pitch(),
                 map.width(),
                 ratio,
                 Theme::instance().isDark(),
                 onlyFresh_,
                 selection_->hiddenStates()};
    MapImage finer;  // An exported picture leaves the image on screen as it is.
    MapImage& cells = ratio == devicePixelRatioF() ? image_ : finer;
    cells.update(*model_, view);
    painter.drawImage(map.topLeft(), cells.image());
    paintSolved(painter);

    if (!selection_->brushed().empty())
        for (int line = 0; line < layout_.lines(); ++line) {
            const auto [first, last] = layout_.rowsOf(line);
            bool brushed = false;
            for (int row = first; row < last; ++row)
                brushed |= selection_->brushed().contains(model_->rows()[static_cast<std::size_t>(row)]);
            const int y = map.top() + layout_.lineTop(line);
            if (brushed)
                painter.fillRect(QRect(map.left() - 5, y, 3, layout_.pitch), color(ColorRole::accent));
            else
                painter.fillRect(QRect(map.left(), y, map.width(), layout_.pitch), veil(0.62));
        }
    if (!selection_->live() && selection_->step() < model_->lastStep()) {
        const int from = axis_->columnLeft(selection_->step()) + axis_->pitch();
        painter.fillRect(QRect(QPoint(std::max(from, map.left()), map.top()), map.bottomRight() + QPoint(0, 1)),
                         veil(0.68));
    }
    paintMarkers(painter);
    paintCursors(painter);
    if (focusRing_) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(color(ColorRole::accent), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), Theme::controlRadius, Theme::controlRadius);
    }
}

void HeatMap::paintLabels(QPainter& painter) const {
    const Theme& theme = Theme::instance();
    const int top = mapRect().top();
    const int selected = selection_->problem();
    const int flagged = selected >= 0 && selected < static_cast<int>(rowOf_.size())
                            ? top + layout_.lineTop(layout_.lineOf(rowOf(selected))) + layout_.pitch / 2
                            : -100;
    for (const MapLayout::Band& band : layout_.bands) {
        const int y = top + band.top;
        if (&band != &layout_.bands.front()) {
            painter.setPen(QPen(color(ColorRole::borderStrong), 1));
            const int rule = y - layout_.gap / 2 - 1;
            painter.drawLine(0, rule, axis_->right() - 1, rule);
        }
        const bool roomy = band.height >= 34;
        const int middle = y + band.height / 2 - (roomy ? 8 : 0);
        QFont bold = theme.font(FontRole::cardTitle);
        painter.setFont(bold);
        painter.setPen(color(ColorRole::text));
        painter.drawText(QRect(0, middle - 10, 34, 20), Qt::AlignVCenter | Qt::AlignLeft, tierShort(band.tier));
        if (!roomy || std::abs(flagged - (middle + 17)) < 18)
            continue;  // The problem's flag takes the place of the words.
        painter.setFont(theme.font(FontRole::caption));
        painter.setPen(color(ColorRole::text2));
        const QString words = tierWords(model_->tiers()[static_cast<std::size_t>(band.tier)]);
        const QRect place(0, middle + 9, axis_->left() - 6, 16);
        painter.drawText(place, Qt::AlignVCenter | Qt::AlignLeft,
                         painter.fontMetrics().elidedText(words, Qt::ElideRight, place.width()));
    }
}

void HeatMap::paintSolved(QPainter& painter) const {
    const int left = axis_->right() + kStripGap, width = this->width() - left, top = mapRect().top();
    for (std::size_t line = 0; line < solved_.size(); ++line) {
        const QRectF track(left, top + layout_.lineTop(static_cast<int>(line)), width, layout_.pitch - 1);
        painter.fillRect(track, color(ColorRole::gridLine));
        if (!std::isnan(solved_[line])) {
            QRectF bar = track;
            bar.setWidth(std::round(width * solved_[line]));
            painter.fillRect(bar, Theme::instance().stateColor(GroupState::mixed, 0.3 + 0.7 * solved_[line], 0));
        }
    }
    painter.setFont(Theme::instance().font(FontRole::caption));
    painter.setPen(color(ColorRole::text3));
    const QString caption = selection_->live() ? tr("solved now") : tr("solved @ %1").arg(selection_->step());
    painter.drawText(QRect(left - 40, 0, width + 40, kHeader - 3), Qt::AlignRight | Qt::AlignVCenter, caption);
}

void HeatMap::paintMarkers(QPainter& painter) {
    const QRect map = mapRect();
    std::vector<QRectF> taken{
        QRectF(axis_->right() + kStripGap - 20, 0, StepAxis::rightMargin + 20, kHeader)};  // The strip's caption.
    std::optional<MarkerFlag> cursor;
    if (!selection_->live() && axis_->visible(selection_->step())) {
        MarkerFlag flag;
        flag.text = tr("step %1").arg(selection_->step());
        QFont font = Theme::instance().font(FontRole::caption);
        font.setWeight(QFont::DemiBold);
        const double width = QFontMetrics(font).horizontalAdvance(flag.text) + 12,
                     x = axis_->columnLeft(selection_->step());
        flag.rect = QRectF(std::min(x, axis_->right() - 20.0 - width), 2, width, kFlag);
        taken.push_back(flag.rect);
        cursor = flag;
    }
    flags_ = layoutFlags(markers_, *axis_, 2, kFlag, taken);
    for (const MarkerFlag& flag : flags_) {
        drawMarkerLine(painter, flag.x, flag.rect.bottom() - 1, map.top() + layout_.height, flag.byUser);
        drawFlag(painter, flag);
    }
    if (!cursor) return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color(ColorRole::accent));
    painter.drawRoundedRect(cursor->rect, 2, 2);
    QFont font = Theme::instance().font(FontRole::caption);
    font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(color(ColorRole::onAccent));
    painter.drawText(cursor->rect, Qt::AlignCenter, cursor->text);
    painter.restore();
}

void HeatMap::paintCursors(QPainter& painter) const {
    const QRect map = mapRect();
    const Theme& theme = Theme::instance();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    const qint64 step = std::min(selection_->step(), model_->lastStep());
    if (axis_->visible(step)) {
        const int x = axis_->columnLeft(step);
        painter.setPen(QPen(color(ColorRole::accent), 2));
        painter.drawRoundedRect(QRectF(x - 1.5, map.top() - 2, axis_->pitch() + 2, layout_.height + 3), 2, 2);
    }
    if (hover_) {
        painter.setPen(QPen(color(ColorRole::text), 1.5));
        painter.drawRect(QRectF(cellRect(hover_->problem, hover_->step)).adjusted(-1.25, -1.25, 1.25, 1.25));
    }
    const double newest = std::min<double>(axis_->right(), axis_->columnLeft(model_->lastStep()) + axis_->pitch());
    if (const int pinned = selection_->pinned(); pinned >= 0 && pinned < static_cast<int>(rowOf_.size())) {
        const int y = map.top() + layout_.lineTop(layout_.lineOf(rowOf(pinned)));
        painter.setPen(QPen(color(ColorRole::accent), 1.5, Qt::DashLine));
        painter.drawRoundedRect(QRectF(map.left() - 2.25, y - 1.75, newest - map.left() + 3.5, layout_.pitch + 2.5), 2, 2);
        theme.icon(QStringLiteral("pin"), ColorRole::accent).paint(&painter, QRect(map.left() - 19, y + layout_.pitch / 2 - 7, 14, 14));
    }
    const int problem = selection_->problem();
    if (problem >= 0 && problem < static_cast<int>(rowOf_.size())) {
        const int y = map.top() + layout_.lineTop(layout_.lineOf(rowOf(problem)));
        painter.setPen(QPen(color(ColorRole::text), 1.5));
        painter.drawRoundedRect(QRectF(map.left() - 2.25, y - 1.75, newest - map.left() + 3.5, layout_.pitch + 2.5), 2, 2);
        QFont font = theme.font(FontRole::caption);
        font.setWeight(QFont::DemiBold);
        painter.setFont(font);
        const QString name = model_->problemName(problem);
        const double width = QFontMetrics(font).horizontalAdvance(name) + 14;
        const QRectF flag(map.left() - 5 - width, y + layout_.pitch / 2.0 - 9.5, width, 18);
        painter.setPen(QPen(color(ColorRole::surface), 2));
        painter.setBrush(color(ColorRole::text));
        painter.drawRoundedRect(flag, Theme::controlRadius, Theme::controlRadius);
        painter.setPen(color(ColorRole::surface));
        painter.drawText(flag, Qt::AlignCenter, name);
    }
    painter.restore();
}

void HeatMap::paintEmpty(QPainter& painter) const {
    const QRect map = mapRect();
    painter.setPen(color(ColorRole::border));
    for (const MapLayout::Band& band : layout_.bands)
        painter.fillRect(QRect(map.left(), map.top() + band.top, map.width(), band.height - 1),
                         color(ColorRole::sunken));
    painter.setFont(Theme::instance().font(FontRole::body));
    painter.setPen(color(ColorRole::text3));
    // Not across a rule: in the tallest band.
    QRect place = map;
    int tallest = 0;
    for (const MapLayout::Band& band : layout_.bands)
        if (band.height > tallest) {
            tallest = band.height;
            place = QRect(map.left(), map.top() + band.top, map.width(), band.height);
        }
    painter.drawText(place, Qt::AlignCenter | Qt::TextWordWrap,
                     model_->session() ? tr("No step has been made yet. Each step will add a column here.")
                                       : tr("No run is open. Open one, or start a new one, from the File menu."));
}

}  // namespace foothold::ui
