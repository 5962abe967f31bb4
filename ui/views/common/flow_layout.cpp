// SPDX-License-Identifier: GPL-3.0-or-later
// A wrapping layout and its chips.
#include "ui/views/common/flow_layout.h"

#include <QPainter>
#include <algorithm>

#include "ui/theme/theme.h"

namespace foothold::ui {

FlowLayout::FlowLayout(int gap, QWidget* parent) : QLayout(parent) {
    setSpacing(gap);
    setContentsMargins(0, 0, 0, 0);
}

FlowLayout::~FlowLayout() {
    while (QLayoutItem* item = takeAt(0)) delete item;
}

void FlowLayout::clear() {
    while (QLayoutItem* item = takeAt(0)) {
        if (item->widget()) item->widget()->hide(), item->widget()->deleteLater();
        delete item;
    }
    invalidate();
}

QSize FlowLayout::minimumSize() const {
    QSize size;
    for (const QLayoutItem* item : items_) size = size.expandedTo(item->minimumSize());
    return size;
}

void FlowLayout::setGeometry(const QRect& rect) {
    QLayout::setGeometry(rect);
    place(rect, true);
}

int FlowLayout::place(const QRect& rect, bool move) const {
    int x = rect.left(), y = rect.top(), line = 0;
    for (QLayoutItem* item : items_) {
        const QSize size = item->sizeHint();
        if (x > rect.left() && x + size.width() > rect.left() + rect.width()) {
            x = rect.left();
            y += line + spacing();
            line = 0;
        }
        if (move) item->setGeometry({{x, y}, size});
        x += size.width() + spacing();
        line = std::max(line, size.height());
    }
    return y + line - rect.top();
}

Chip::Chip(const QString& text, QWidget* parent) : QWidget(parent), text_(text) {
    setAccessibleName(text);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

QSize Chip::sizeHint() const {
    const QFontMetrics metrics(Theme::instance().font(FontRole::mono));
    return {std::max(40, metrics.horizontalAdvance(text_) + 14), 22};
}

void Chip::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.color(ColorRole::border));
    painter.setBrush(theme.color(ColorRole::sunken));
    painter.drawRoundedRect(QRectF(rect()).adjusted(.5, .5, -.5, -.5), Theme::controlRadius, Theme::controlRadius);
    painter.setFont(theme.font(FontRole::mono));
    painter.setPen(theme.color(ColorRole::text));
    painter.drawText(rect(), Qt::AlignCenter, text_);
}

}  // namespace foothold::ui
