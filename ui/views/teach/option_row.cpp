// SPDX-License-Identifier: GPL-3.0-or-later
// Painting of an answer.
#include "ui/views/teach/option_row.h"

#include <QPainter>

#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/views/live/map_cells.h"
#include "ui/views/teach/lesson_text.h"

namespace foothold::ui {

OptionRow::OptionRow(const QString& text, const QString& swatch, QWidget* parent) : QRadioButton(text, parent), swatch_(swatch) {
    setFont(lessonFont(14));
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void OptionRow::setFate(bool locked, bool chosen, bool happened) {
    locked_ = locked;
    chosen_ = chosen;
    happened_ = happened;
    setEnabled(!locked);
    setAccessibleDescription(QStringList{chosen ? tr("your prediction") : QString(), happened ? tr("what happened") : QString()}.join(' ').trimmed());
    update();
}

QSize OptionRow::sizeHint() const { return {300, 34}; }

void OptionRow::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool mine = locked_ ? chosen_ : isChecked();
    const QColor accent = theme.color(ColorRole::accent), good = theme.color(ColorRole::good);
    const QColor edge = happened_ ? good : mine ? accent : underMouse() && isEnabled() ? theme.color(ColorRole::text3) : theme.color(ColorRole::border);
    painter.setPen(QPen(edge, mine || happened_ || hasFocus() ? 1.6 : 1));
    painter.setBrush(theme.color(ColorRole::surface));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    const QRectF circle(11, height() / 2. - 7.5, 15, 15);
    painter.setPen(QPen(mine ? accent : theme.color(ColorRole::borderStrong), 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(circle);
    if (mine) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(accent);
        painter.drawEllipse(circle.adjusted(4, 4, -4, -4));
    }
    int right = width() - 10;
    if (!swatch_.isEmpty()) {
        static const QStringList entries = {QStringLiteral("all-wrong"), QStringLiteral("mixed"), QStringLiteral("all-right"), QStringLiteral("rescued"), QStringLiteral("lucky")};
        static constexpr int legend[] = {0, 1, 2, 4, 6};
        const qsizetype entry = entries.indexOf(swatch_);
        if (entry >= 0) MapCells::paint(painter, QRectF(right - 16, height() / 2. - 8, 16, 16), MapCells::example(legend[entry]));
        right -= 26;
    }
    painter.setRenderHint(QPainter::Antialiasing);
    if (locked_ && (chosen_ || happened_)) {
        const QString fate = happened_ && chosen_ ? tr("predicted, happened") : happened_ ? tr("happened") : tr("predicted");
        painter.setFont(lessonFont(12, QFont::DemiBold));
        const int width = painter.fontMetrics().horizontalAdvance(fate);
        painter.setPen(happened_ ? good : accent);
        painter.drawText(QRectF(right - width, 0, width + 2, height()), Qt::AlignVCenter, fate);
        right -= width + 8;
        if (happened_) {
            paintIcon(painter, QStringLiteral("check"), QRectF(right - 14, height() / 2. - 7, 14, 14), good);
            right -= 20;
        }
    }
    painter.setFont(font());
    painter.setPen(theme.color(ColorRole::text));
    // Beside what became of it an answer may take two lines.
    if (painter.fontMetrics().horizontalAdvance(text()) > right - 40) painter.setFont(lessonFont(12));
    painter.drawText(QRect(36, 0, right - 40, height()), Qt::AlignVCenter | Qt::TextWordWrap, text());
    if (hasFocus()) {
        painter.setPen(QPen(accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    }
}

}  // namespace foothold::ui
