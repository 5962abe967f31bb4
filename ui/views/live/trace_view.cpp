// SPDX-License-Identifier: GPL-3.0-or-later
// Layout and painting of a trace.
#include "ui/views/live/trace_view.h"

#include <QPainter>
#include <algorithm>

#include "ui/theme/theme.h"

namespace foothold::ui {
namespace {

constexpr int rowHeight = 20, numberWidth = 22, gap = 16, pad = 3;

}  // namespace

TraceView::TraceView(const QString& name, QWidget* parent) : QWidget(parent) {
    setObjectName(name);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void TraceView::setTrace(Trace trace) {
    for (QString& step : trace.steps)
        while (step.endsWith('\n')) step.chop(1);  // A row is a line already.
    if (trace == trace_) return;
    trace_ = std::move(trace);
    QStringList words;
    for (int i = 0; i < trace_.steps.size(); ++i)
        words << tr("step %1%2%3: %4").arg(i + 1).arg(i < trace_.given ? tr(", given") : QString(), i == trace_.firstWrong ? tr(", wrong") : QString(), trace_.steps[i]);
    setAccessibleName(words.join(QStringLiteral("; ")));
    updateGeometry();
    update();
}

int TraceView::columns(int width) const {
    const QFontMetrics metrics(Theme::instance().font(FontRole::mono));
    const int room = (width - gap) / 2 - numberWidth - 2 * pad;
    const bool fit = std::all_of(trace_.steps.begin(), trace_.steps.end(), [&](const QString& s) { return metrics.horizontalAdvance(s) <= room; });
    return fit && trace_.steps.size() > 1 ? 2 : 1;
}

int TraceView::heightForWidth(int width) const { return place(width, nullptr); }

int TraceView::place(int width, QPainter* painter) const {
    const Theme& theme = Theme::instance();
    const QFont mono = theme.font(FontRole::mono), small = theme.font(FontRole::caption);
    const QFontMetrics metrics(mono);
    const int across = columns(width), count = static_cast<int>(trace_.steps.size());
    const int perColumn = across == 2 ? (count + 1) / 2 : count;
    const int columnWidth = across == 2 ? (width - gap) / 2 : width;
    int bottom = 0, y = 0;
    for (int i = 0; i < count; ++i) {
        if (across == 2 && i == perColumn) y = 0;
        const int left = across == 2 && i >= perColumn ? columnWidth + gap : 0;
        const QRect room(left + numberWidth, 0, columnWidth - numberWidth - pad, 10000);
        const int flags = Qt::AlignLeft | Qt::AlignTop | (across == 1 ? Qt::TextWordWrap : Qt::TextSingleLine);
        const int textHeight = metrics.boundingRect(room, flags, trace_.steps[i]).height();
        const int height = std::max(rowHeight, textHeight + 5);
        if (painter) {
            const bool given = i < trace_.given, wrong = i == trace_.firstWrong;
            const QRect row(left, y, columnWidth, height);
            if (given) painter->fillRect(row.adjusted(0, 0, 0, -1), theme.color(ColorRole::given));
            painter->setFont(small);
            painter->setPen(theme.color(ColorRole::text3));
            painter->drawText(QRect(left, y, numberWidth - 6, rowHeight), Qt::AlignRight | Qt::AlignVCenter, QString::number(i + 1));
            QFont font = mono;
            if (wrong) font.setWeight(QFont::DemiBold);
            painter->setFont(font);
            painter->setPen(theme.color(wrong ? ColorRole::bad : ColorRole::text));
            const QRect text(left + numberWidth, y + (rowHeight - metrics.height()) / 2, columnWidth - numberWidth - pad, textHeight);
            painter->drawText(text, flags, trace_.steps[i]);
            if (given && textHeight < 2 * metrics.height()) {
                painter->setPen(QPen(theme.color(ColorRole::rescued50), 1.2));
                const int under = y + rowHeight - 4;
                painter->drawLine(text.left(), under, text.left() + metrics.horizontalAdvance(trace_.steps[i]), under);
            }
            if (wrong) {
                painter->setPen(QPen(theme.color(ColorRole::bad), 1.2));
                painter->setBrush(Qt::NoBrush);
                painter->drawRoundedRect(QRectF(text.left() - 3.5, y + 1.5, metrics.horizontalAdvance(trace_.steps[i]) + 9, height - 4), 3, 3);
            }
        }
        y += height;
        bottom = std::max(bottom, y);
    }
    if (!trace_.answer.isEmpty()) {
        if (painter) {
            painter->setFont(small);
            painter->setPen(theme.color(ColorRole::text3));
            painter->drawText(QRect(0, bottom + 2, 50, rowHeight), Qt::AlignVCenter, tr("answer"));
            painter->setFont(mono);
            painter->setPen(theme.color(ColorRole::text));
            painter->drawText(QRect(50, bottom + 2, width - 50, rowHeight), Qt::AlignVCenter, trace_.answer);
        }
        bottom += rowHeight + 2;
    }
    return bottom;
}

void TraceView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    place(width(), &painter);
}

}  // namespace foothold::ui
