// SPDX-License-Identifier: GPL-3.0-or-later
// Painting of the legend above the attempts.
#include "ui/views/inspect/attempt_cards_legend.h"

#include <QPainter>

#include "ui/theme/theme.h"
#include "ui/views/inspect/attempt_cards_paint.h"

namespace foothold::ui {

AttemptLegend::AttemptLegend(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("attempts.legend"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
    setColors(colors_);
}

void AttemptLegend::setColors(TokenColors colors) {
    colors_ = colors;
    switch (colors) {
        case TokenColors::probability: setToolTip(tr("Strength of the colour: 1 minus the probability of the token")); break;
        case TokenColors::entropy: setToolTip(tr("Strength of the colour: entropy of the choice, full from 2 nats on")); break;
        case TokenColors::confidence: setToolTip(tr("Confidence of the step: mean over its result tokens (what follows =) of the mean negative log-probability of the five most likely\ntokens, large where one stands out. Full colour: all five equally likely. The card at a token shows its own")); break;
        case TokenColors::advantage: setToolTip(tr("Advantage of the attempt, the same for each trained token; full at the group's largest")); break;
        case TokenColors::push: setToolTip(tr("Advantage times (1 minus probability): how hard the update pushes this token up or down")); break;
        case TokenColors::source: setToolTip(tr("Where a step comes from: given, the same as in the reference, or the attempt's own way")); break;
    }
    setAccessibleName(toolTip());
    updateGeometry();
    update();
}

int AttemptLegend::place(QPainter* painter) const {
    const Theme& theme = Theme::instance();
    const QFontMetrics metrics(theme.font(FontRole::caption));
    int x = 0;
    const auto text = [&](const QString& words, int gap) {
        if (painter) {
            painter->setFont(theme.font(FontRole::caption));
            painter->setPen(theme.color(ColorRole::text2));
            painter->drawText(QRect(x, 0, metrics.horizontalAdvance(words) + 2, height()), Qt::AlignVCenter, words);
        }
        x += metrics.horizontalAdvance(words) + gap;
    };
    const auto swatch = [&](const QColor& color, int width, int bar) {  // bar: 1 above, -1 below, in the mode's own colour.
        const QRectF box(x, height() / 2. - 7, width, 14);
        if (painter) painter->fillRect(box, color);
        if (painter && bar) painter->fillRect(QRectF(x, bar > 0 ? box.top() : box.bottom() - 2, width, 2), theme.color(bar > 0 ? ColorRole::mixedHigh : ColorRole::rose));
        x += width;
    };
    const auto ramp = [&](int sign) {
        for (int i = 1; i <= 4; ++i) swatch(tokenColor(colors_, sign * i / 4.), 12, colors_ == TokenColors::advantage || colors_ == TokenColors::push ? sign : 0);
        x += 5;
    };
    const QRectF given(x, height() / 2. - 7, 18, 14);
    if (painter) {
        painter->fillRect(given, theme.color(ColorRole::given));
        painter->fillRect(QRectF(x, given.bottom() - 1.5, 18, 1.5), theme.color(ColorRole::rescued50));
    }
    x += 24;
    text(tr("given"), 14);
    switch (colors_) {
        case TokenColors::probability:
        case TokenColors::entropy:
        case TokenColors::confidence:
            text(tr("sure"), 5);
            ramp(1);
            text(tr("unsure"), 14);
            break;
        case TokenColors::advantage:
        case TokenColors::push:
            ramp(1);
            text(colors_ == TokenColors::push ? tr("reinforced") : tr("above the mean"), 12);
            ramp(-1);
            text(colors_ == TokenColors::push ? tr("suppressed") : tr("below"), 14);
            break;
        case TokenColors::source:
            swatch(theme.color(ColorRole::allRight), 18, 0);
            x += 6;
            text(tr("as in the reference"), 14);
            break;
    }
    if (painter) {
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(theme.color(ColorRole::bad), 1.4));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(x + 1, height() / 2. - 6.5, 14, 13), 3, 3);
        painter->setRenderHint(QPainter::Antialiasing, false);
    }
    x += 21;
    text(tr("first wrong"), 2);
    return x;
}

void AttemptLegend::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    place(&painter);
}

}  // namespace foothold::ui
