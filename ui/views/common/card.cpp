// SPDX-License-Identifier: GPL-3.0-or-later
// Cards, rules and text in a role.
#include "ui/views/common/card.h"

#include <QAction>
#include <QPainter>

namespace foothold::ui {

Text::Text(const QString& text, FontRole font, ColorRole color, QWidget* parent) : QLabel(text, parent), color_(color) {
    setFont(Theme::instance().font(font));
    setTextFormat(Qt::PlainText);
    apply();
    connect(&Theme::instance(), &Theme::changed, this, &Text::apply);
}

void Text::setRole(ColorRole color) {
    if (color == color_) return;
    color_ = color;
    apply();
}

void Text::apply() {
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, Theme::instance().color(color_));
    setPalette(colors);
}

void Text::setElided(bool on) {
    elided_ = on;
    setSizePolicy(on ? QSizePolicy::Ignored : QSizePolicy::Preferred, QSizePolicy::Preferred);
}

QSize Text::minimumSizeHint() const { return elided_ ? QSize(0, QLabel::minimumSizeHint().height()) : QLabel::minimumSizeHint(); }

void Text::paintEvent(QPaintEvent* event) {
    if (!elided_ || fontMetrics().horizontalAdvance(text()) <= contentsRect().width()) {
        setToolTip(elided_ ? QString() : toolTip());
        QLabel::paintEvent(event);
        return;
    }
    setToolTip(text());
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(contentsRect(), static_cast<int>(alignment()) | Qt::TextSingleLine,
                     fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width()));
}

Card::Card(const QString& name, QWidget* parent) : QFrame(parent) {
    setObjectName(name);
    setProperty("card", true);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(1, 1, 1, 1);
    all->setSpacing(0);
    header_ = new QHBoxLayout;
    header_->setContentsMargins(Theme::padding, 0, Theme::padding - 4, 0);
    header_->setSpacing(6);
    body_ = new QVBoxLayout;
    body_->setContentsMargins(0, 0, 0, 0);
    body_->setSpacing(0);
    all->addLayout(header_);
    all->addLayout(body_, 1);
}

void resizeToFit(QWidget* window, QSize wanted) {
    constexpr QSize frame(8, 40);  // What a window manager puts around it.
    const QSize room = window->screen()->availableSize() - frame, least = window->minimumSize().expandedTo({640, 480});
    window->resize(room.width() >= least.width() && room.height() >= least.height() ? wanted.boundedTo(room) : wanted);
}

QFrame* rule(QWidget* parent) {
    auto* line = new QFrame(parent);
    line->setProperty("rule", true);
    line->setFixedHeight(1);
    return line;
}

QFrame* verticalRule(QWidget* parent) {
    auto* line = new QFrame(parent);
    line->setProperty("verticalRule", true);
    line->setFixedWidth(1);
    return line;
}

QToolButton* iconButton(const QString& icon, const QString& tip, const QString& name, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setObjectName(name);
    button->setIcon(Theme::instance().icon(icon, ColorRole::text2));
    button->setIconSize({16, 16});
    button->setFixedSize(26, 26);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    return button;
}

QToolButton* iconButton(QAction* action, QWidget* parent) {
    QToolButton* button = iconButton(QString(), action->toolTip(), action->objectName() + QStringLiteral(".button"), parent);
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    return button;
}

}  // namespace foothold::ui
