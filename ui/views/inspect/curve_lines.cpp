// SPDX-License-Identifier: GPL-3.0-or-later
// Pens, markers and number words of solve curves.
#include "ui/views/inspect/curve_lines.h"

#include <QCoreApplication>
#include <QPolygonF>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "ui/theme/theme.h"
#include "ui/views/live/map_states.h"

namespace foothold::ui {
namespace {

QColor mixed(const QColor& a, const QColor& b, float share) {
    return QColor::fromRgbF(a.redF() + (b.redF() - a.redF()) * share, a.greenF() + (b.greenF() - a.greenF()) * share, a.blueF() + (b.blueF() - a.blueF()) * share);
}

QString say(const char* text) { return QCoreApplication::translate("CurveLine", text); }

}  // namespace

std::vector<CurveLine> curveLines(const CurveState& state) {
    const Theme& theme = Theme::instance();
    using Marker = CurveLine::Marker;
    static constexpr std::array markers = {Marker::square, Marker::diamond, Marker::triangleDown};
    static const std::array<QList<qreal>, 4> dashes = {QList<qreal>{5, 2.5}, {8, 2, 2, 2}, {2.5, 2}, {10, 3}};
    std::vector<CurveLine> lines;
    std::size_t variants = 0;
    bool gold = false;
    for (const Curve& curve : state.curves) {
        CurveLine line;
        line.pen.setCapStyle(Qt::FlatCap);
        line.title = QString::fromStdString(curve.trace.title);
        switch (curve.trace.kind) {
            case CurveTrace::Kind::gold:
                if (std::exchange(gold, true)) {  // As it was at an earlier step, which its title names.
                    line.pen.setColor(theme.color(ColorRole::text2));
                    line.pen.setWidthF(1.3);
                    line.pen.setDashPattern({4, 3});
                    line.marker = Marker::square;
                    line.name = line.title;
                    break;
                }
                line.pen.setColor(theme.color(ColorRole::mixedHigh));
                line.pen.setWidthF(1.8);
                line.name = say("gold");
                break;
            case CurveTrace::Kind::variant:
                // Several are told apart by shade too, each nearer to the ink.
                line.pen.setColor(mixed(theme.color(ColorRole::rose), theme.color(ColorRole::text), std::min(.75F, .25F * static_cast<float>(variants))));
                line.pen.setWidthF(1.5);
                line.pen.setDashPattern(dashes[variants % dashes.size()]);
                line.marker = markers[variants % markers.size()];
                ++variants;
                line.name = line.title.section(' ', 0, 0);
                break;
            case CurveTrace::Kind::null:
                line.pen.setColor(theme.color(ColorRole::text3));
                line.pen.setWidthF(1.5);
                line.pen.setDashPattern({1.5, 2});
                line.marker = Marker::triangle;
                line.name = say("depth only");
                if (line.title.isEmpty()) line.title = say("remaining depth");
                break;
        }
        if (line.title.isEmpty()) line.title = line.name;
        if (line.name.isEmpty()) line.name = line.title;
        lines.push_back(std::move(line));
    }
    return lines;
}

void drawCurveMarker(QPainter& painter, const CurveLine& line, QPointF at, bool hollow, double size) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(line.pen.color(), 1.4));
    painter.setBrush(hollow ? Theme::instance().color(ColorRole::surface) : line.pen.color());
    const double r = size / 2;
    switch (line.marker) {
        case CurveLine::Marker::circle: painter.drawEllipse(at, r, r); break;
        case CurveLine::Marker::square: painter.drawRect(QRectF(at.x() - r * .9, at.y() - r * .9, size * .9, size * .9)); break;
        case CurveLine::Marker::diamond:
            painter.drawPolygon(QPolygonF({at + QPointF(0, -r * 1.25), at + QPointF(r * 1.25, 0), at + QPointF(0, r * 1.25), at + QPointF(-r * 1.25, 0)}));
            break;
        case CurveLine::Marker::triangleDown: painter.drawPolygon(QPolygonF({at + QPointF(-r * 1.1, -r * .8), at + QPointF(r * 1.1, -r * .8), at + QPointF(0, r * 1.1)})); break;
        case CurveLine::Marker::triangle: painter.drawPolygon(QPolygonF({at + QPointF(-r * 1.1, r * .8), at + QPointF(r * 1.1, r * .8), at + QPointF(0, -r * 1.1)})); break;
    }
    painter.restore();
}

void drawLineSample(QPainter& painter, const CurveLine& line, const QRectF& rect) {
    painter.save();
    painter.setPen(line.pen);
    const double y = std::floor(rect.center().y()) + .5;
    painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y));
    drawCurveMarker(painter, line, {rect.center().x(), y}, false, 6);
    painter.restore();
}

QString signedShare(double share) {
    const QString size = shareText(std::abs(share));
    if (size == QStringLiteral("0") || size == QStringLiteral(".00")) return QStringLiteral("0");
    return (share < 0 ? QChar(0x2212) : QChar('+')) + size;
}

QString intervalText(const Interval& interval) {
    const auto bound = [](double x) {
        const QString size = shareText(std::abs(x));
        return x < 0 && size != QStringLiteral(".00") ? QChar(0x2212) + size : size;
    };
    return QStringLiteral("[%1, %2]").arg(bound(interval.first), bound(interval.second));
}

const CurvePoint* nearestPoint(const Curve& curve, double ratio) {
    const CurvePoint* best = nullptr;
    for (const CurvePoint& point : curve.points)
        if (point.n > 0 && (!best || std::abs(point.ratio - ratio) < std::abs(best->ratio - ratio) - 1e-9 || (best->given == 0 && ratio > 1e-9))) best = &point;
    return best;
}

int goldIndex(const CurveState& state) {
    for (std::size_t i = 0; i < state.curves.size(); ++i)
        if (state.curves[i].trace.kind == CurveTrace::Kind::gold) return static_cast<int>(i);
    return -1;
}

bool anySampled(const CurveState& state) {
    for (const Curve& curve : state.curves)
        for (const CurvePoint& point : curve.points)
            if (point.n > 0) return true;
    return false;
}

}  // namespace foothold::ui
