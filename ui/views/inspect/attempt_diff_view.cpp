// SPDX-License-Identifier: GPL-3.0-or-later
// Layout and painting of the comparison: only the visible rows are painted.
#include "ui/views/inspect/attempt_diff_view.h"

#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>

#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

namespace foothold::ui {
namespace {

constexpr int headHeight = 30, pitch = 20, numberWidth = 44, padding = 12, rowPad = 3, foldHeight = 26;

}  // namespace

DiffView::DiffView(const Attempt& left, const Attempt& right, const AttemptDifference& difference, QWidget* parent)
    : QAbstractScrollArea(parent), difference_(difference), leftRight_(left.verdict == Verdict::correct), rightRight_(right.verdict == Verdict::correct) {
    setObjectName(QStringLiteral("attempt-diff.view"));
    setAccessibleName(tr("Two attempts side by side"));
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setAutoFillBackground(false);
    verticalScrollBar()->setSingleStep(2 * pitch);
    leftTitle_ = tr("#%1  %2").arg(left.attempt + 1).arg(verdictWords(left));
    rightTitle_ = tr("#%1  %2").arg(right.attempt + 1).arg(verdictWords(right));
    connect(&Theme::instance(), &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void DiffView::setOnlyDifferent(bool on) {
    only_ = on;
    verticalScrollBar()->setValue(0);
    place();
}

int DiffView::rowsShown() const { return static_cast<int>(lines_.size()); }

int DiffView::columnWidth() const { return (viewport()->width() - numberWidth - 3 * padding) / 2; }

int DiffView::flow(QPainter* painter, const AttemptWords& words, const std::vector<char>& differs, int from, int to, int left, int top, int width, bool second) const {
    const Theme& theme = Theme::instance();
    const QFont mono = theme.font(FontRole::mono);
    const QFontMetrics metrics(mono);
    const int blank = metrics.horizontalAdvance(' ');
    int x = 0, y = 0;
    for (int i = from; i < to; ++i) {
        const AttemptWord& w = words.words[static_cast<std::size_t>(i)];
        const int own = std::min(metrics.horizontalAdvance(w.text), width);
        if (x > 0) {
            if (w.gap) x += blank;
            if (x + own > width) {
                x = 0;
                y += pitch;
            }
        }
        if (painter) {
            const QRect box(left + x, top + y + 1, own, pitch - 2);
            if (w.given) {  // One ground for a whole step.
                const bool joined = i > from && x > 0 && words.words[static_cast<std::size_t>(i - 1)].given;
                painter->fillRect(box.adjusted(joined ? -blank : -2, 0, 2, 0), theme.color(ColorRole::given));
                painter->fillRect(QRectF(box.left() - (joined ? blank : 2), box.bottom() - .5, box.width() + 2 + (joined ? blank : 2), 1.3), theme.color(ColorRole::rescued50));
            }
            if (differs[static_cast<std::size_t>(i)]) {
                QColor ground = theme.color(second ? ColorRole::mixedHigh : ColorRole::rose);
                ground.setAlphaF(theme.isDark() ? .35F : .22F);
                painter->fillRect(box.adjusted(-2, 0, 2, 0), ground);
                painter->fillRect(QRectF(box.left() - 2, box.bottom() - .5, box.width() + 4, 1.5), theme.color(second ? ColorRole::mixedHigh : ColorRole::rose));
            }
            painter->setFont(w.end ? theme.font(FontRole::caption) : mono);
            painter->setPen(theme.color(w.end ? ColorRole::text3 : w.altered ? ColorRole::bad : ColorRole::text));
            painter->drawText(box.adjusted(0, 0, 6, 0), Qt::AlignVCenter | Qt::TextSingleLine, metrics.elidedText(w.text, Qt::ElideRight, width));
        }
        x += own;
    }
    return y + pitch;
}

void DiffView::place() {
    lines_.clear();
    int y = headHeight + 4;
    for (std::size_t r = 0; r < difference_.rows.size(); ++r) {
        const DiffRow& row = difference_.rows[r];
        if (only_ && row.equal) {
            if (lines_.empty() || lines_.back().row >= 0) {
                lines_.push_back({-1, 0, y, foldHeight});
                y += foldHeight;
            }
            ++lines_.back().folded;
            continue;
        }
        const int width = columnWidth();
        const int left = flow(nullptr, difference_.left, difference_.leftDiffers, row.leftFrom, row.leftTo, 0, 0, width, false);
        const int right = flow(nullptr, difference_.right, difference_.rightDiffers, row.rightFrom, row.rightTo, 0, 0, width, true);
        lines_.push_back({static_cast<int>(r), 0, y, std::max(left, right) + 2 * rowPad});
        y += lines_.back().height;
    }
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setRange(0, std::max(0, y + 6 - viewport()->height()));
    viewport()->update();
}

void DiffView::resizeEvent(QResizeEvent*) { place(); }

void DiffView::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Home) return verticalScrollBar()->setValue(0);
    if (event->key() == Qt::Key_End) return verticalScrollBar()->setValue(verticalScrollBar()->maximum());
    QAbstractScrollArea::keyPressEvent(event);
}

void DiffView::paintEvent(QPaintEvent* event) {
    const Theme& theme = Theme::instance();
    QPainter painter(viewport());
    const int width = columnWidth(), leftX = padding + numberWidth, rightX = leftX + width + padding;
    painter.fillRect(QRect(rightX - padding / 2, 0, 1, viewport()->height()), theme.color(ColorRole::border));
    const int offset = verticalScrollBar()->value();
    auto line = std::partition_point(lines_.begin(), lines_.end(), [&](const Line& l) { return l.y + l.height < offset + event->rect().top(); });
    for (; line != lines_.end() && line->y - offset <= event->rect().bottom(); ++line) {
        const int top = line->y - offset;
        if (line->row < 0) {
            painter.fillRect(QRect(padding, top + 3, viewport()->width() - 2 * padding, foldHeight - 6), theme.color(ColorRole::sunken));
            painter.setFont(theme.font(FontRole::caption));
            painter.setPen(theme.color(ColorRole::text3));
            painter.drawText(QRect(0, top, viewport()->width(), foldHeight), Qt::AlignCenter, line->folded == 1 ? tr("1 equal step") : tr("%1 equal steps").arg(line->folded));
            continue;
        }
        const DiffRow& row = difference_.rows[static_cast<std::size_t>(line->row)];
        const bool onlyRight = row.leftFrom == row.leftTo;
        const AttemptWord& first = onlyRight ? difference_.right.words[static_cast<std::size_t>(row.rightFrom)] : difference_.left.words[static_cast<std::size_t>(row.leftFrom)];
        painter.setFont(theme.font(FontRole::caption));
        painter.setPen(theme.color(ColorRole::text3));
        painter.drawText(QRect(padding, top + rowPad, numberWidth - 8, pitch), Qt::AlignVCenter, first.answer ? tr("answer") : QString::number(first.step + 1));
        flow(&painter, difference_.left, difference_.leftDiffers, row.leftFrom, row.leftTo, leftX, top + rowPad, width, false);
        flow(&painter, difference_.right, difference_.rightDiffers, row.rightFrom, row.rightTo, rightX, top + rowPad, width, true);
    }
    // The head stays.
    painter.fillRect(QRect(0, 0, viewport()->width(), headHeight), theme.color(ColorRole::surface));
    painter.fillRect(QRect(0, headHeight - 1, viewport()->width(), 1), theme.color(ColorRole::border));
    const auto head = [&](int x, const QString& title, bool right) {
        paintIcon(painter, right ? QStringLiteral("check") : QStringLiteral("cross"), QRectF(x, 8, 14, 14), theme.color(right ? ColorRole::good : ColorRole::bad));
        painter.setFont(theme.font(FontRole::sectionTitle));
        painter.setPen(theme.color(ColorRole::text));
        painter.drawText(QRect(x + 20, 0, width - 20, headHeight), Qt::AlignVCenter, title);
    };
    head(leftX, leftTitle_, leftRight_);
    head(rightX, rightTitle_, rightRight_);
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text3));
    painter.drawText(QRect(padding, 0, numberWidth, headHeight), Qt::AlignVCenter, tr("step"));
}

}  // namespace foothold::ui
