// SPDX-License-Identifier: GPL-3.0-or-later
// Collecting, placing and painting of markers.
#include "ui/views/live/markers.h"

#include "ui/models/run_model.h"
#include "ui/theme/theme.h"
#include "ui/views/common/step_axis.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace foothold::ui {
namespace {

constexpr double kStub = 7, kPadding = 6, kApart = 4, kShorter = 110, kShortest = 56;

QColor ink(bool byUser) { return Theme::instance().color(byUser ? ColorRole::text : ColorRole::text3); }

QFont flagFont() {
    QFont font = Theme::instance().font(FontRole::caption);
    font.setWeight(QFont::DemiBold);
    return font;
}

}  // namespace

QString StepMarker::label() const {
    QString text = texts.isEmpty() ? QString() : texts.front();
    if (texts.size() > 1) text += QStringLiteral(" +%1").arg(texts.size() - 1);
    return text;
}

std::vector<StepMarker> stepMarkers(const RunModel& model) {
    std::map<qint64, StepMarker> bySteps;
    for (const RunModel::Marker& marker : model.markers()) {
        StepMarker& at = bySteps[marker.step];
        at.step = marker.step;
        at.byUser |= marker.byUser;
        // What a person did is named first.
        if (marker.byUser)
            at.texts.prepend(marker.text);
        else
            at.texts.append(marker.text);
    }
    std::vector<StepMarker> markers;
    for (auto& [step, marker] : bySteps) markers.push_back(std::move(marker));
    return markers;
}

std::vector<MarkerFlag> layoutFlags(const std::vector<StepMarker>& markers, const StepAxis& axis, double top,
                                    double height, const std::vector<QRectF>& taken) {
    const QFontMetricsF metrics(flagFont());
    std::vector<MarkerFlag> flags;
    for (const StepMarker& marker : markers)
        if (axis.visible(marker.step)) {
            const double x = axis.columnLeft(marker.step);
            flags.push_back(
                {QRectF(marker.byUser ? x - kStub : x, top, kStub, height), x, {}, marker.byUser, marker.step});
        }
    // Stubs keep their place; a flag grows to its text where nothing else stands, if it can not where another would like to stand. Where the
    // whole text has no room, a shorter one has.
    std::vector<const StepMarker*> seen;
    for (const StepMarker& marker : markers)
        if (axis.visible(marker.step)) seen.push_back(&marker);
    const auto places = [&](const StepMarker& marker, const QString& text) {
        const double x = axis.columnLeft(marker.step), width = metrics.horizontalAdvance(text) + 2 * kPadding;
        const QRectF before(x + 1 - width, top, width, height), after(x, top, width, height);
        return marker.byUser ? std::array{before, after} : std::array{after, before};
    };
    std::vector<QRectF> wished;
    for (const StepMarker* marker : seen) wished.push_back(places(*marker, marker->label())[0]);
    const auto free = [&](const QRectF& rect, std::size_t own, bool polite) {
        const QRectF wide = rect.adjusted(-kApart, 0, kApart, 0);
        if (rect.left() < axis.left() - 2 || rect.right() > axis.right() + StepAxis::rightMargin) return false;
        for (const QRectF& other : taken)
            if (other.intersects(wide)) return false;
        for (std::size_t i = 0; i < flags.size(); ++i) {
            // The stub of a line right beside this one is not worth the text.
            const bool beside = flags[i].text.isEmpty() && std::abs(flags[i].x - flags[own].x) < kStub + kApart;
            if (i != own && !beside && (flags[i].rect.intersects(wide) || (polite && wished[i].intersects(wide)))) return false;
        }
        return true;
    };
    const auto grow = [&](std::size_t i) {
        for (const double room : {1e9, kShorter, kShortest}) {
            const QString label = seen[i]->label(), text = metrics.horizontalAdvance(label) <= room ? label : metrics.elidedText(label, Qt::ElideRight, room);
            const auto where = places(*seen[i], text);
            for (const auto& [place, polite] : {std::pair{0, true}, {1, true}, {0, false}, {1, false}})
                if (free(where[static_cast<std::size_t>(place)], i, polite)) {
                    flags[i].rect = where[static_cast<std::size_t>(place)];
                    flags[i].text = text;
                    return;
                }
        }
    };
    for (std::size_t i = flags.size(); i-- > 0;) grow(i);
    return flags;
}

void drawMarkerLine(QPainter& painter, double x, double top, double bottom, bool byUser) {
    if (byUser) {
        painter.fillRect(QRectF(x - 1, top, 2, bottom - top), ink(byUser));
        return;
    }
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    QPen pen(ink(byUser), 1);
    pen.setDashPattern({4, 3});
    pen.setCapStyle(Qt::FlatCap);
    painter.setPen(pen);
    painter.drawLine(QPointF(x, top), QPointF(x, bottom));
    painter.restore();
}

void drawFlag(QPainter& painter, const MarkerFlag& flag) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink(flag.byUser));
    painter.drawRoundedRect(flag.rect, 2, 2);
    if (!flag.text.isEmpty()) {
        painter.setFont(flagFont());
        painter.setPen(Theme::instance().color(ColorRole::surface));
        painter.drawText(flag.rect, Qt::AlignCenter, flag.text);
    }
    painter.restore();
}

void drawMarkerDiamond(QPainter& painter, QPointF center, double radius, bool byUser) {
    QPainterPath path(center + QPointF(0, -radius));
    path.lineTo(center + QPointF(radius, 0));
    path.lineTo(center + QPointF(0, radius));
    path.lineTo(center + QPointF(-radius, 0));
    path.closeSubpath();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(Theme::instance().color(ColorRole::surface), 1.5));
    painter.setBrush(ink(byUser));
    painter.drawPath(path);
    painter.restore();
}

}  // namespace foothold::ui
