// SPDX-License-Identifier: GPL-3.0-or-later
// How an arm looks: one colour, dash and marker, the same in list, plots, table and finding.
#pragma once
#include <QPainter>
#include <QPen>
#include <QString>

namespace foothold::ui {

QColor armColor(std::size_t arm);  ///< Five colours, told apart in colour-blind sight by dash and marker as well.
QPen armPen(std::size_t arm);
void drawArmMarker(QPainter& painter, const QPointF& centre, std::size_t arm, double radius = 4);
void drawArmSample(QPainter& painter, const QRectF& rect, std::size_t arm);  ///< Line with its marker.
QString shareText(double value, bool sign = false);                          ///< .46, +.31, −.04, with a sign also −.00; an en dash for NaN.

}  // namespace foothold::ui
