// SPDX-License-Identifier: GPL-3.0-or-later
// How an arm looks.
#include "ui/views/compare/arm_style.h"

#include <QPainterPath>
#include <array>
#include <cmath>

#include "ui/theme/theme.h"

namespace foothold::ui {

QColor armColor(std::size_t arm) {
    static constexpr std::array<QRgb, 5> light = {0x4C5766, 0x0072B2, 0x08795A, 0xAD6200, 0xA8508F};
    static constexpr std::array<QRgb, 5> dark = {0xB0B9C5, 0x56B4E9, 0x3CC49B, 0xF0A93A, 0xDB8FC3};
    return QColor((Theme::instance().isDark() ? dark : light)[arm % 5]);
}

QPen armPen(std::size_t arm) {
    static const std::array<QVector<qreal>, 5> dashes = {QVector<qreal>{}, {7, 3}, {4, 3}, {6, 3, 1, 3}, {1, 2.5}};
    QPen pen(armColor(arm), 1.8);
    pen.setCapStyle(Qt::FlatCap);
    // A sixth arm has the first one's colour, another line and a filled marker.
    if (const auto& dash = dashes[(arm + arm / 5) % 5]; !dash.isEmpty()) pen.setDashPattern(dash);
    return pen;
}

void drawArmMarker(QPainter& painter, const QPointF& centre, std::size_t arm, double r) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(armColor(arm), 1.4));
    painter.setBrush(arm / 5 % 2 == 1 ? armColor(arm) : Theme::instance().color(ColorRole::surface));
    painter.translate(centre);
    const QPolygonF up{{0, -r}, {r, r * .8}, {-r, r * .8}}, down{{0, r}, {r, -r * .8}, {-r, -r * .8}}, diamond{{0, -r}, {r, 0}, {0, r}, {-r, 0}};
    switch (arm % 5) {
        case 0: painter.drawEllipse(QPointF(), r * .9, r * .9); break;
        case 1: painter.drawRect(QRectF(-r * .85, -r * .85, r * 1.7, r * 1.7)); break;
        case 2: painter.drawPolygon(up); break;
        case 3: painter.drawPolygon(diamond); break;
        default: painter.drawPolygon(down);
    }
    painter.restore();
}

void drawArmSample(QPainter& painter, const QRectF& rect, std::size_t arm) {
    painter.setPen(armPen(arm));
    painter.drawLine(QPointF(rect.left(), rect.center().y()), QPointF(rect.right(), rect.center().y()));
    drawArmMarker(painter, rect.center(), arm);
}

QString shareText(double value, bool sign) {
    if (std::isnan(value)) return QStringLiteral("–");
    QString digits = QString::number(std::abs(value), 'f', 2);
    if (digits.startsWith(QLatin1String("0."))) digits.remove(0, 1);
    // A bound just below zero keeps its sign: an interval that holds 0 must look like one.
    if (value < 0 && (sign || std::round(value * 100) < 0)) return QStringLiteral("−") + digits;
    return sign && value > 0 ? QLatin1Char('+') + digits : digits;
}

}  // namespace foothold::ui
