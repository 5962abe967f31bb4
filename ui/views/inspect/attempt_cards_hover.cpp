// SPDX-License-Identifier: GPL-3.0-or-later
// Layout and painting of the token card.
#include "ui/views/inspect/attempt_cards_hover.h"

#include <QGuiApplication>
#include <QPainter>
#include <QScreen>
#include <algorithm>
#include <cmath>

#include "ui/models/value_text.h"
#include "ui/theme/theme.h"

namespace foothold::ui {
namespace {

constexpr int pad = 10, rowHeight = 18, headHeight = 24, cardWidth = 204;

}  // namespace

TokenCard::TokenCard(QWidget* parent) : QFrame(parent, Qt::ToolTip) {
    setObjectName(QStringLiteral("attempts.token"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_ShowWithoutActivating);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void TokenCard::showToken(const Attempt& attempt, const AttemptWords& words, int token, const QRect& where) {
    const int at = words.wordOf(token);
    if (at < 0) return hide();
    const AttemptWord& w = words.words[static_cast<std::size_t>(at)];
    word_ = w.text;
    place_ = w.answer ? tr("token %1, answer").arg(token + 1) : tr("token %1, step %2").arg(token + 1).arg(w.step + 1);
    const TokenValues v = tokenValues(attempt, token);
    rows_.clear();
    const auto row = [this](const QString& name, double value, const QString& unit = {}) {
        rows_.emplace_back(name, std::isnan(value) ? tr("not recorded") : numberText(std::round(value * 1000) / 1000) + unit);
    };
    row(tr("probability"), v.probability);
    row(tr("entropy"), v.entropy, tr(" nats"));
    row(tr("confidence, large = sure"), v.confidence);
    if (attempt.trained) rows_.emplace_back(tr("push"), v.push > 0 ? tr("%1 reinforced").arg(signedNumber(v.push)) : tr("%1 suppressed").arg(signedNumber(v.push)));
    else rows_.emplace_back(tr("push"), tr("not trained"));
    alternatives_.clear();
    where_ = where;
    setAccessibleName(text());
    stand();
    show();
    update();
}

void TokenCard::setAlternatives(std::vector<std::pair<QString, double>> alternatives, qint64 step) {
    step_ = step;
    alternatives_ = std::move(alternatives);
    setAccessibleName(text());
    stand();
    update();
}

QString TokenCard::text() const {
    QStringList lines{word_ + ", " + place_};
    for (const auto& [name, value] : rows_) lines << name + ' ' + value;
    if (!alternatives_.empty()) lines << tr("likely here, after step %1").arg(step_);
    for (const auto& [word, probability] : alternatives_) lines << word + ' ' + numberText(probability);
    return lines.join('\n');
}

QSize TokenCard::sizeHint() const {
    const int other = alternatives_.empty() ? 0 : 8 + rowHeight * static_cast<int>(alternatives_.size() + 1);
    return {cardWidth, 2 * pad + headHeight + rowHeight * static_cast<int>(rows_.size()) + other - 4};
}

void TokenCard::stand() {
    resize(sizeHint());
    QScreen* screen = QGuiApplication::screenAt(where_.center());
    const QRect room = (screen ? screen : QGuiApplication::primaryScreen())->availableGeometry();
    const int x = std::clamp(where_.left() - 4, room.left(), std::max(room.left(), room.right() - width()));
    const int below = where_.bottom() + 6;
    move(x, below + height() <= room.bottom() ? below : where_.top() - 6 - height());
}

void TokenCard::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.fillRect(rect(), theme.color(ColorRole::field));
    painter.setPen(theme.color(ColorRole::borderStrong));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    const QRect inside = rect().adjusted(pad, pad - 2, -pad, -pad);
    QFont head = theme.font(FontRole::mono);
    head.setPixelSize(14);
    head.setWeight(QFont::DemiBold);
    const QRect top(inside.left(), inside.top(), inside.width(), headHeight - 4);
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text3));
    painter.drawText(top, Qt::AlignRight | Qt::AlignVCenter, place_);
    const int used = QFontMetrics(painter.font()).horizontalAdvance(place_) + 8;
    painter.setFont(head);
    painter.setPen(theme.color(ColorRole::text));
    painter.drawText(top, Qt::AlignVCenter, QFontMetrics(head).elidedText(word_, Qt::ElideRight, inside.width() - used));
    int y = inside.top() + headHeight;
    for (const auto& [name, value] : rows_) {
        const QRect row(inside.left(), y, inside.width(), rowHeight);
        painter.setFont(theme.font(FontRole::caption));
        painter.setPen(theme.color(ColorRole::text3));
        painter.drawText(row, Qt::AlignVCenter, name);
        painter.setPen(theme.color(ColorRole::text));
        painter.drawText(row, Qt::AlignRight | Qt::AlignVCenter, value);
        y += rowHeight;
    }
    if (alternatives_.empty()) return;
    painter.fillRect(QRect(inside.left(), y + 4, inside.width(), 1), theme.color(ColorRole::border));
    y += 8;
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text3));
    painter.drawText(QRect(inside.left(), y, inside.width(), rowHeight), Qt::AlignVCenter, tr("likely here, after step %1").arg(step_));
    y += rowHeight;
    for (const auto& [word, probability] : alternatives_) {
        const QRect row(inside.left(), y, inside.width(), rowHeight);
        const int left = inside.left() + 60, room = inside.width() - 60 - 36;
        painter.fillRect(QRectF(left, y + 5, room * std::clamp(probability, 0., 1.), 8), theme.color(word == word_ ? ColorRole::mixedHigh : ColorRole::borderStrong));
        painter.setFont(theme.font(FontRole::mono));
        painter.setPen(theme.color(ColorRole::text));
        painter.drawText(row.adjusted(0, 0, -inside.width() + 56, 0), Qt::AlignVCenter, QFontMetrics(painter.font()).elidedText(word, Qt::ElideRight, 56));
        painter.setFont(theme.font(FontRole::caption));
        painter.drawText(row, Qt::AlignRight | Qt::AlignVCenter, numberText(probability));
        y += rowHeight;
    }
}

}  // namespace foothold::ui
