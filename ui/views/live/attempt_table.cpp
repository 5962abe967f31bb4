// SPDX-License-Identifier: GPL-3.0-or-later
// Painting of a group's attempts.
#include "ui/views/live/attempt_table.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/models/value_text.h"
#include "ui/selection/selection.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/views/common/trace_text.h"

namespace foothold::ui {
namespace {

constexpr int numberWidth = 26, glyphWidth = 22, barWidth = 44, advantageWidth = 40;

QString signedText(double x) {
    if (x == 0) return QStringLiteral("0");
    QString text = QString::number(std::abs(x), 'f', 2);
    if (text.startsWith(QStringLiteral("0."))) text.remove(0, 1);
    return (x > 0 ? QStringLiteral("+") : QString(QChar(0x2212))) + text;
}

}  // namespace

AttemptTable::AttemptTable(Selection* selection, QWidget* parent) : QWidget(parent), selection_(selection) {
    setObjectName(QStringLiteral("attempts"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
    connect(selection_, &Selection::attemptChanged, this, qOverload<>(&QWidget::update));
}

void AttemptTable::setAttempts(std::vector<Attempt> attempts, const std::string& family, const std::string& gold) {
    const bool sameHeight = attempts.size() == attempts_.size();
    attempts_ = std::move(attempts);
    gold_ = shownText(family, gold);
    shown_.clear();
    largest_ = 1;
    for (const Attempt& a : attempts_) {
        shown_.push_back(a.extracted.empty() ? QString() : shownText(family, a.extracted));
        largest_ = std::max(largest_, std::abs(a.advantage));
    }
    setAccessibleName(tr("%1 attempts, gold answer %2").arg(attempts_.size()).arg(gold_));
    if (!sameHeight) updateGeometry();
    update();
}

int AttemptTable::rowAt(int y) const {
    const int row = y / rowHeight - 1;
    return y >= rowHeight && row < static_cast<int>(attempts_.size()) ? row : -1;
}

void AttemptTable::paintAnswer(QPainter& painter, const QRect& room, const QString& answer, bool compare) const {
    const Theme& theme = Theme::instance();
    painter.setFont(theme.font(FontRole::mono));
    const QFontMetrics metrics(painter.font());
    const QStringList words = answer.split(' '), golden = gold_.split(' ');
    int x = room.left();
    for (qsizetype i = 0; i < words.size() && x < room.right(); ++i) {
        const bool wrong = compare && (i >= golden.size() || words[i] != golden[i]);
        painter.setPen(theme.color(wrong ? ColorRole::bad : ColorRole::text));
        const int width = metrics.horizontalAdvance(words[i]);
        painter.drawText(QRect(x, room.top(), std::min(width + 2, room.right() - x), room.height()), Qt::AlignVCenter | Qt::TextSingleLine,
                         metrics.elidedText(words[i], Qt::ElideRight, room.right() - x));
        if (wrong) painter.drawLine(x, room.bottom() - 3, std::min(x + width, room.right()), room.bottom() - 3);
        x += width + metrics.horizontalAdvance(' ');
    }
}

void AttemptTable::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    const int answerLeft = numberWidth + glyphWidth, barLeft = width() - advantageWidth - barWidth, middle = barLeft + barWidth / 2;
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text3));
    painter.drawText(QRect(answerLeft, 0, 120, rowHeight), Qt::AlignVCenter, tr("answer"));
    painter.drawText(QRect(width() - 120, 0, 120, rowHeight), Qt::AlignRight | Qt::AlignVCenter, tr("advantage"));

    for (int i = 0; i < static_cast<int>(attempts_.size()); ++i) {
        const Attempt& a = attempts_[static_cast<std::size_t>(i)];
        const QRect row = rowRect(i);
        if (i == selection_->attempt()) {
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme.color(ColorRole::accentSoft));
            painter.drawRoundedRect(row, 3, 3);
            if (hasFocus()) {
                painter.setPen(QPen(theme.color(ColorRole::accent), 1.5));
                painter.setBrush(Qt::NoBrush);
                painter.drawRoundedRect(QRectF(row).adjusted(.75, .75, -.75, -.75), 3, 3);
            }
            painter.setRenderHint(QPainter::Antialiasing, false);
        } else if (i == hover_) {
            painter.fillRect(row, theme.color(ColorRole::sunken));
        }
        painter.setFont(theme.font(FontRole::caption));
        painter.setPen(theme.color(ColorRole::text3));
        painter.drawText(row.adjusted(3, 0, 0, 0), Qt::AlignVCenter, QStringLiteral("#%1").arg(a.attempt + 1));
        const bool right = a.verdict == Verdict::correct, lucky = a.soundness == Soundness::lucky;
        paintIcon(painter, right ? QStringLiteral("check") : QStringLiteral("cross"), QRectF(numberWidth, row.top() + 3, 14, 14),
                  theme.color(right ? ColorRole::good : ColorRole::bad));
        const QRect room(answerLeft, row.top(), barLeft - answerLeft - (lucky ? 22 : 6), rowHeight);
        const QString& answer = shown_[static_cast<std::size_t>(i)];
        if (answer.isEmpty()) {
            painter.setFont(theme.font(FontRole::caption));
            painter.setPen(theme.color(ColorRole::text3));
            painter.drawText(room, Qt::AlignVCenter, a.ended ? tr("no answer read") : tr("cut at the limit"));
        } else {
            paintAnswer(painter, room, answer, !right);
        }
        if (lucky) {  // The diamond of the map: right, and yet its work is not.
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme.color(ColorRole::lucky));
            const QPointF c(barLeft - 12, row.center().y() + .5);
            painter.drawPolygon(QPolygonF({c + QPointF(0, -4.5), c + QPointF(4.5, 0), c + QPointF(0, 4.5), c + QPointF(-4.5, 0)}));
            painter.setRenderHint(QPainter::Antialiasing, false);
        }
        painter.fillRect(QRect(middle, row.top() + 3, 1, rowHeight - 6), theme.color(ColorRole::borderStrong));
        const int length = static_cast<int>(std::lround(std::abs(a.advantage) / largest_ * (barWidth / 2. - 1)));
        if (a.advantage > 0) painter.fillRect(QRect(middle + 1, row.top() + 6, length, 8), theme.color(ColorRole::mixedHigh));
        if (a.advantage < 0) painter.fillRect(QRect(middle - length, row.top() + 6, length, 8), theme.color(ColorRole::allWrong));
        painter.setFont(theme.font(FontRole::mono));
        painter.setPen(theme.color(a.trained ? ColorRole::text : ColorRole::text3));
        painter.drawText(row, Qt::AlignRight | Qt::AlignVCenter, signedText(a.advantage));
    }
    if (attempts_.empty()) return;
    const QRect last = rowRect(static_cast<int>(attempts_.size()));
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text2));
    painter.drawText(last.adjusted(3, 0, 0, 0), Qt::AlignVCenter, tr("gold"));
    paintAnswer(painter, QRect(answerLeft, last.top(), width() - answerLeft, rowHeight), gold_, false);
}

void AttemptTable::mousePressEvent(QMouseEvent* event) {
    const int row = rowAt(event->pos().y());
    if (row >= 0) selection_->setAttempt(row == selection_->attempt() ? -1 : row);
}

void AttemptTable::mouseMoveEvent(QMouseEvent* event) {
    const int row = rowAt(event->pos().y());
    if (std::exchange(hover_, row) != row) update();
    setCursor(row >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void AttemptTable::leaveEvent(QEvent*) {
    hover_ = -1;
    update();
}

void AttemptTable::keyPressEvent(QKeyEvent* event) {
    const int count = static_cast<int>(attempts_.size()), now = selection_->attempt();
    if (event->key() == Qt::Key_Down && now + 1 < count) return selection_->setAttempt(now + 1);
    if (event->key() == Qt::Key_Up && now > 0) return selection_->setAttempt(now - 1);
    if (event->key() == Qt::Key_Escape) return selection_->setAttempt(-1);
    QWidget::keyPressEvent(event);
}

bool AttemptTable::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int row = rowAt(help->pos().y());
        if (row < 0) return QWidget::event(event);
        const Attempt& a = attempts_[static_cast<std::size_t>(row)];
        QStringList words{a.verdict == Verdict::correct ? tr("right") : a.verdict == Verdict::wrong ? tr("wrong") : tr("no answer could be read")};
        if (a.soundness == Soundness::sound) words << tr("each step sound");
        if (a.soundness == Soundness::lucky) words << tr("lucky: a step of its own is wrong");
        if (a.skipping) words << tr("skips steps");
        if (!a.trained) words << tr("not trained");
        words << tr("%1 tokens").arg(a.tokens.size());
        QToolTip::showText(help->globalPos(), words.join(QStringLiteral(", ")), this, rowRect(row));
        return true;
    }
    return QWidget::event(event);
}

}  // namespace foothold::ui
