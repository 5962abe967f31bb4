// SPDX-License-Identifier: GPL-3.0-or-later
// Dots, interval and mean on one scale that always holds zero.
#include "ui/views/compare/difference_strip.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"
#include "ui/views/compare/arm_style.h"

namespace foothold::ui {

DifferenceStrip::DifferenceStrip(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("differenceStrip"));
    setAccessibleName(tr("Difference in each seed"));
    setFixedHeight(46);
}

void DifferenceStrip::show(const Finding& finding, std::size_t arm) {
    finding_ = finding;
    arm_ = arm;
    QStringList values;
    for (const double d : finding.differences) values += shareText(d, true);
    setAccessibleDescription(values.join(QStringLiteral(", ")));
    setToolTip(values.isEmpty() ? QString() : tr("Seed by seed: %1").arg(values.join(QStringLiteral(", "))));
    setVisible(!values.isEmpty());
    update();
}

void DifferenceStrip::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    double low = 0, high = 0;
    const auto hold = [&](double value) { low = std::min(low, value), high = std::max(high, value); };
    for (const double d : finding_.differences) hold(d);
    if (const auto& i = finding_.difference.interval) hold(std::max(-1.0, i->first)), hold(std::min(1.0, i->second));
    // Ends at tenths, so that the scale does not move with every seed.
    const double step = high - low > .45 ? .2 : .1;
    low = std::floor(low / step + 1e-9) * step;
    high = std::max(low + step, std::ceil(high / step - 1e-9) * step);
    const double left = 16, right = width() - 22.0, axis = 26;
    const auto across = [&](double value) { return left + (std::clamp(value, low, high) - low) / (high - low) * (right - left); };
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::borderStrong));
    painter.drawLine(QPointF(left, axis), QPointF(right, axis));
    for (double tick = low; tick < high + step / 2; tick += step) {
        const bool zero = std::abs(tick) < step / 4;
        painter.setPen(theme.color(zero ? ColorRole::text : ColorRole::text3));
        painter.drawLine(QPointF(across(tick), axis), QPointF(across(tick), axis + (zero ? 5 : 3)));
        painter.drawText(QRectF(across(tick) - 20, axis + 4, 40, 16), Qt::AlignCenter, zero ? QStringLiteral("0") : shareText(tick, true));
    }
    QColor band = armColor(arm_);
    band.setAlpha(90);
    if (const auto& i = finding_.difference.interval) painter.fillRect(QRectF(QPointF(across(i->first), axis - 8), QPointF(across(i->second), axis)), band);
    painter.setPen(QPen(armColor(arm_), 3));
    painter.drawLine(QPointF(across(finding_.difference.mean), axis - 9), QPointF(across(finding_.difference.mean), axis + 1));
    painter.setPen(QPen(armColor(arm_), 1.4));
    painter.setBrush(theme.color(ColorRole::surface));
    for (const double d : finding_.differences) painter.drawEllipse(QPointF(across(d), axis - 15), 3.6, 3.6);
}

}  // namespace foothold::ui
