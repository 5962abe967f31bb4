// SPDX-License-Identifier: GPL-3.0-or-later
// Painting of the drop hint.
#include "ui/views/frame/drop_hint.h"

#include <QPainter>

#include "ui/theme/theme.h"

namespace foothold::ui {

DropHint::DropHint(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("drop.hint"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void DropHint::say(const QString& text, bool welcome) {
    text_ = text;
    welcome_ = welcome;
    setAccessibleName(text);
    setGeometry(parentWidget()->rect());
    raise();
    show();
    update();
}

void DropHint::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor veil = theme.color(ColorRole::window);
    veil.setAlphaF(.8F);
    painter.fillRect(rect(), veil);
    const QColor color = theme.color(welcome_ ? ColorRole::accent : ColorRole::bad);
    painter.setPen(QPen(color, 2, Qt::DashLine));
    painter.drawRoundedRect(QRectF(rect()).adjusted(16, 16, -16, -16), Theme::cardRadius, Theme::cardRadius);
    painter.setFont(theme.font(FontRole::headline));
    painter.setPen(color);
    painter.drawText(rect().adjusted(40, 40, -40, -40), Qt::AlignCenter | Qt::TextWordWrap, text_);
}

}  // namespace foothold::ui
