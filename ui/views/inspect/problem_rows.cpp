// SPDX-License-Identifier: GPL-3.0-or-later
// Painting, mouse and keys of the problem list's rows.
#include "ui/views/inspect/problem_rows.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/selection/slices.h"
#include "ui/theme/theme.h"
#include "ui/views/live/map_states.h"
#include "ui/views/common/tier_labels.h"

namespace foothold::ui {

ProblemRows::ProblemRows(RunModel* model, Selection* selection, const ProblemHistory* history, QWidget* parent)
    : QAbstractScrollArea(parent), model_(model), selection_(selection), history_(history) {
    setObjectName(QStringLiteral("problem-list.rows"));
    setAccessibleName(tr("Problems"));
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    viewport()->setMouseTracking(true);
    viewport()->setAutoFillBackground(false);
    const auto repaint = [this] { viewport()->update(); };
    connect(&Theme::instance(), &Theme::changed, this, repaint);
    connect(selection, &Selection::brushedChanged, this, repaint);
    connect(selection, &Selection::pinnedChanged, this, repaint);
    connect(Slices::of(model, selection), &Slices::changed, this, repaint);
    connect(selection, &Selection::problemChanged, this, [this] {
        reveal();
        viewport()->update();
        setAccessibleDescription(selection_->problem() >= 0 && selection_->problem() < history_->problems() ? words(selection_->problem()) : QString());
    });
}

void ProblemRows::setOrder(std::vector<int> order, bool showLucky) {
    const bool counts = order.size() != order_.size(), kept = order_.empty() || inSight();
    order_ = std::move(order);
    showLucky_ = showLucky;
    if (counts) layoutBar();
    if (kept) reveal();
    viewport()->update();
}

void ProblemRows::layoutBar() {
    verticalScrollBar()->setSingleStep(rowHeight);
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setRange(0, std::max(0, static_cast<int>(order_.size()) * rowHeight - viewport()->height()));
    Q_EMIT scrolled();
}

void ProblemRows::resizeEvent(QResizeEvent* event) {
    const bool kept = !event->oldSize().isValid() || inSight(event->oldSize().height());
    layoutBar();
    if (kept) reveal();
}

void ProblemRows::scrollContentsBy(int, int) {
    viewport()->update();
    Q_EMIT scrolled();
}

int ProblemRows::below() const {
    const int end = verticalScrollBar()->value() + viewport()->height();
    return std::max(0, static_cast<int>(order_.size()) - (end + rowHeight / 2) / rowHeight);
}

int ProblemRows::barsWidth() const { return std::max(40, viewport()->width() - barsLeft - valueWidth); }

int ProblemRows::rowAt(double y) const {
    const int row = static_cast<int>(std::floor((y + verticalScrollBar()->value()) / rowHeight));
    return row >= 0 && row < static_cast<int>(order_.size()) ? row : -1;
}

void ProblemRows::move(int by) {
    if (order_.empty()) return;
    const auto at = std::find(order_.begin(), order_.end(), selection_->problem());
    const int last = static_cast<int>(order_.size()) - 1;
    const int row = at == order_.end() ? (by > 0 ? 0 : last) : std::clamp(static_cast<int>(at - order_.begin()) + by, 0, last);
    selection_->setProblem(order_[static_cast<std::size_t>(row)]);
}

bool ProblemRows::inSight(int height) const {
    const auto at = std::find(order_.begin(), order_.end(), selection_->problem());
    if (at == order_.end()) return false;
    const int top = static_cast<int>(at - order_.begin()) * rowHeight - verticalScrollBar()->value();
    return top + rowHeight > 0 && top < (height < 0 ? viewport()->height() : height);
}

void ProblemRows::reveal() {
    const auto at = std::find(order_.begin(), order_.end(), selection_->problem());
    if (at == order_.end()) return;
    const int top = static_cast<int>(at - order_.begin()) * rowHeight;
    QScrollBar* bar = verticalScrollBar();
    if (top < bar->value()) bar->setValue(top);
    if (top + rowHeight > bar->value() + viewport()->height()) bar->setValue(top + rowHeight - viewport()->height());
}

void ProblemRows::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    const int offset = verticalScrollBar()->value();
    const int first = std::max(0, (event->rect().top() + offset) / rowHeight);
    const int end = std::min(static_cast<int>(order_.size()), (event->rect().bottom() + offset) / rowHeight + 1);
    for (int row = first; row < end; ++row) paintRow(painter, row, QRect(0, row * rowHeight - offset, viewport()->width(), rowHeight));
}

void ProblemRows::paintRow(QPainter& painter, int row, const QRect& rect) const {
    const Theme& theme = Theme::instance();
    const int problem = order_[static_cast<std::size_t>(row)];
    const bool current = problem == selection_->problem();
    if (current)
        painter.fillRect(rect, theme.color(ColorRole::accentSoft));
    else if (row == hovered_)
        painter.fillRect(rect, theme.color(ColorRole::sunken));
    if (!current) painter.fillRect(QRect(rect.left() + Theme::padding, rect.bottom(), rect.width() - Theme::padding, 1), theme.color(ColorRole::gridLine));
    if (current) painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), theme.color(ColorRole::accent));
    if (current && hasFocus()) {
        painter.setPen(QPen(theme.color(ColorRole::accent), 2));
        painter.drawRect(QRectF(rect).adjusted(1, 1, -1, -1));
    }
    painter.save();
    if (selection_->dimmed(problem)) painter.setOpacity(.35);
    if (selection_->brushed().contains(problem) && !current) painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height() - 1), theme.color(ColorRole::accent));
    if (problem == selection_->pinned()) theme.icon(QStringLiteral("pin"), ColorRole::accent).paint(&painter, QRect(barsLeft - 13, rect.top() + 3, 11, 11));
    if (Slices::of(model_, selection_)->starred(problem)) {
        painter.setFont(theme.font(FontRole::caption));
        painter.setPen(theme.color(ColorRole::warn));
        painter.drawText(QRect(barsLeft - 13, rect.bottom() - 15, 12, 14), Qt::AlignCenter, QStringLiteral("★"));
    }
    QFont name = theme.font(FontRole::button);
    if (current) name.setWeight(QFont::DemiBold);
    painter.setFont(name);
    painter.setPen(theme.color(current ? ColorRole::accent : ColorRole::text));
    painter.drawText(QRect(Theme::padding, rect.top(), barsLeft - Theme::padding, rect.height()), Qt::AlignLeft | Qt::AlignVCenter, model_->problemName(problem));
    paintBars(painter, problem, QRect(barsLeft, rect.top() + 6, barsWidth(), rect.height() - 12));

    painter.setFont(theme.font(FontRole::button));
    const SolvedNow now = solvedNow(*model_, problem, selection_->step());
    const int lucky = showLucky_ ? history_->lucky(problem) : 0;
    const QString value = showLucky_ ? (lucky > 0 ? QString::number(lucky) : QStringLiteral("–")) : now.known() ? shareText(now.share()) : QStringLiteral("–");
    painter.setPen(theme.color(value == QStringLiteral("–") ? ColorRole::text3 : ColorRole::text));
    // Under its heading, whether or not the scroll bar takes its share.
    const int margin = std::max(2, Theme::padding - (this->rect().width() - viewport()->width()));
    painter.drawText(QRect(rect.right() - valueWidth, rect.top(), valueWidth - margin + 1, rect.height()), Qt::AlignRight | Qt::AlignVCenter, value);
    painter.restore();
}

void ProblemRows::paintBars(QPainter& painter, int problem, const QRect& rect) const {
    if (problem >= history_->problems()) return;
    const Theme& theme = Theme::instance();
    const auto& bins = history_->of(problem);
    const double pitch = static_cast<double>(rect.width()) / ProblemHistory::bins;
    const int ground = rect.bottom() + 1;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    const qint64 cursor = selection_->step();
    for (int i = 0; i < ProblemHistory::bins; ++i) {
        const HistoryBin& bin = bins[static_cast<std::size_t>(i)];
        const int left = rect.left() + static_cast<int>(std::lround(i * pitch)), right = rect.left() + static_cast<int>(std::lround((i + 1) * pitch));
        const bool later = static_cast<qint64>(i) * history_->width() + 1 > cursor;
        if (bin.empty()) continue;
        const int state = bin.state();
        const int tall = std::max(4, static_cast<int>(std::lround(bin.share() * rect.height())));
        QColor color = state == 0   ? theme.color(ColorRole::allWrong)
                       : state == 1 ? theme.stateColor(GroupState::mixed, bin.share(), 0)
                       : state == 2 ? theme.color(ColorRole::allRight)
                       : state == 6 ? theme.color(ColorRole::lucky)
                                    : theme.stateColor(GroupState::rescued, 0, (state - 2) * .25);
        QColor line = theme.color(ColorRole::allRightLine);
        if (later) {
            color.setAlphaF(.3F);
            line.setAlphaF(.3F);
        }
        const QRect bar(left, ground - tall, std::max(1, right - left - 1), tall);
        painter.fillRect(bar, color);
        if (state == 2) painter.fillRect(QRect(bar.left(), bar.top(), bar.width(), 2), line);
    }
    painter.restore();
}

QString ProblemRows::words(int problem) const {
    const int tier = model_->tierOf(problem);
    QString text = tr("%1 · %2").arg(model_->problemName(problem), tierTitle(tier, model_->tiers()[static_cast<std::size_t>(tier)]));
    const SolvedNow now = solvedNow(*model_, problem, selection_->step());
    text += '\n' + (now.known() ? tr("without a hint: %1 of %2 right in the last %n visit(s)", nullptr, now.visits).arg(now.right).arg(now.attempts)
                                : tr("not sampled without a hint yet"));
    if (const GroupSummary* group = model_->lastGroup(problem, selection_->step())) text += '\n' + groupWords(*group);
    if (const int lucky = history_->lucky(problem); lucky > 0) text += '\n' + tr("%n lucky rescue(s)", nullptr, lucky);
    return text;
}

void ProblemRows::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    const int row = rowAt(event->position().y());
    if (row < 0) return;
    const int problem = order_[static_cast<std::size_t>(row)];
    if (event->modifiers() & Qt::ControlModifier) return selection_->toggleBrushed(problem);
    if (event->modifiers() & Qt::ShiftModifier) {
        if (anchor_ < 0) anchor_ = row;
        return brush(anchor_, row);
    }
    pressed_ = true;
    anchor_ = row;
    if (selection_->dimmed(problem)) selection_->setBrushed({});  // A click inside the brush looks at one of them.
    selection_->setProblem(problem);
}

void ProblemRows::mouseReleaseEvent(QMouseEvent*) { pressed_ = false; }

void ProblemRows::brush(int from, int to) {
    std::set<int> problems;
    const int last = static_cast<int>(order_.size()) - 1;
    for (int row = std::max(0, std::min(from, to)); row <= std::min(last, std::max(from, to)); ++row) problems.insert(order_[static_cast<std::size_t>(row)]);
    selection_->setBrushed(std::move(problems));
}

void ProblemRows::mouseMoveEvent(QMouseEvent* event) {
    const int row = rowAt(event->position().y());
    if (pressed_ && (event->buttons() & Qt::LeftButton) && row >= 0 && (row != anchor_ || !selection_->brushed().empty())) brush(anchor_, row);
    if (row == hovered_) return;
    hovered_ = row;
    viewport()->update();
}

void ProblemRows::keyPressEvent(QKeyEvent* event) {
    const int page = std::max(1, viewport()->height() / rowHeight - 1), all = static_cast<int>(order_.size());
    if (event->matches(QKeySequence::SelectAll)) return brush(0, all - 1);
    if (event->modifiers() & Qt::ShiftModifier && (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down)) {
        const auto current = std::find(order_.begin(), order_.end(), selection_->problem());
        if (selection_->brushed().empty() || anchor_ < 0) anchor_ = static_cast<int>(current - order_.begin()) % std::max(1, all);
        move(event->key() == Qt::Key_Up ? -1 : 1);
        const auto now = std::find(order_.begin(), order_.end(), selection_->problem());
        return brush(anchor_, static_cast<int>(now - order_.begin()));
    }
    switch (event->key()) {
        case Qt::Key_Up: return move(-1);
        case Qt::Key_Down: return move(1);
        case Qt::Key_PageUp: return move(-page);
        case Qt::Key_PageDown: return move(page);
        case Qt::Key_Home: return move(-all);
        case Qt::Key_End: return move(all);
        default: break;
    }
    const bool command = event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier);
    if (!command && !event->text().isEmpty() && event->text().at(0).isPrint()) return Q_EMIT typed(event->text());
    QAbstractScrollArea::keyPressEvent(event);
}

bool ProblemRows::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        if (const int row = rowAt(help->y()); row >= 0) QToolTip::showText(help->globalPos(), words(order_[static_cast<std::size_t>(row)]), viewport());
        return true;
    }
    if (event->type() == QEvent::Leave && hovered_ >= 0) {
        hovered_ = -1;
        viewport()->update();
        Q_EMIT scrolled();
    }
    return QAbstractScrollArea::viewportEvent(event);
}

}  // namespace foothold::ui
