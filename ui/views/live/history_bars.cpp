// SPDX-License-Identifier: GPL-3.0-or-later
// Painting of a problem's history.
#include "ui/views/live/history_bars.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"

namespace foothold::ui {

HistoryBars::HistoryBars(RunModel* model, Selection* selection, QWidget* parent, bool pinned)
    : QWidget(parent), model_(model), selection_(selection), pinned_(pinned) {
    setObjectName(pinned ? QStringLiteral("pinned.history") : QStringLiteral("history"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::TabFocus);
    setToolTip(tr("A bar a visit: height is the share right. A click goes to the step."));
    setAccessibleName(pinned ? tr("History of the pinned problem") : tr("History of the problem"));
    const auto repaint = [this] {
        describe();
        update();
    };
    describe();
    connect(&Theme::instance(), &Theme::changed, this, repaint);
    connect(model_, &RunModel::stepsArrived, this, repaint);
    connect(selection_, &Selection::problemChanged, this, repaint);
    connect(selection_, &Selection::pinnedChanged, this, repaint);
    connect(selection_, &Selection::stepChanged, this, repaint);
}

int HistoryBars::problem() const { return pinned_ ? selection_->pinned() : selection_->problem(); }

double HistoryBars::pixelOf(qint64 step) const {
    const double steps = std::max<double>(20, static_cast<double>(model_->lastStep()));
    return static_cast<double>(step) / steps * (width() - 2) + 1;
}

void HistoryBars::describe() {
    const int own = problem();
    if (own < 0 || own >= static_cast<int>(model_->rows().size())) return setAccessibleDescription({});
    int visits = 0, right = 0, attempts = 0;
    qint64 at = std::min(selection_->step(), model_->lastStep()), newest = -1;
    for (const GroupSummary* group = model_->lastGroup(own, at, &at); group; group = model_->lastGroup(own, at - 1, &at)) {
        if (visits++ == 0) newest = at;
        right += group->correct;
        attempts += group->attempts;
    }
    setAccessibleDescription(visits == 0 ? tr("%1: no visit up to step %2").arg(model_->problemName(own)).arg(selection_->step())
                                         : tr("%1: %n visit(s) up to step %2, the last at step %3; %4 of %5 attempts right", nullptr, visits)
                                               .arg(model_->problemName(own))
                                               .arg(selection_->step())
                                               .arg(newest)
                                               .arg(right)
                                               .arg(attempts));
}

void HistoryBars::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    const int ground = height() - 4, top = 4;
    painter.fillRect(0, ground, width(), 1, theme.color(ColorRole::borderStrong));
    const double steps = std::max<double>(20, static_cast<double>(model_->lastStep()));
    const int bar = std::clamp(static_cast<int>(width() / steps * 1.6), 2, 6);
    qint64 at = model_->lastStep();
    for (const GroupSummary* group = model_->lastGroup(problem(), at, &at); group;
         group = model_->lastGroup(problem(), at - 1, &at)) {
        const double share = group->attempts ? double(group->correct) / group->attempts : 0;
        const int tall = share > 0 ? std::max(3, static_cast<int>(std::lround(share * (ground - top)))) : 3;
        QColor color = theme.stateColor(group->state(), share, group->hint_ratio);
        if (group->state() == GroupState::all_right) color = theme.color(ColorRole::allRightLine);
        if (at > selection_->step()) color.setAlphaF(.35F);
        painter.fillRect(QRectF(pixelOf(at) - bar / 2., ground - tall, bar, tall), color);
    }
    if (hasFocus()) {
        painter.setPen(QPen(theme.color(ColorRole::accent), 2));
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
    if (selection_->step() > 0) painter.fillRect(QRectF(std::min(pixelOf(selection_->step()), width() - 1.5), 0, 1.5, ground), theme.color(ColorRole::accent));
}

void HistoryBars::keyPressEvent(QKeyEvent* event) {
    if (event->key() != Qt::Key_Left && event->key() != Qt::Key_Right) return QWidget::keyPressEvent(event);
    qint64 at = -1, after = -1;
    if (event->key() == Qt::Key_Left) {
        if (model_->lastGroup(problem(), selection_->step() - 1, &at)) selection_->setStep(at);
        return;
    }
    for (const GroupSummary* group = model_->lastGroup(problem(), model_->lastStep(), &at); group && at > selection_->step(); group = model_->lastGroup(problem(), at - 1, &at)) after = at;
    if (after >= 0) selection_->setStep(after);
}

void HistoryBars::mousePressEvent(QMouseEvent* event) {
    const double steps = std::max<double>(20, static_cast<double>(model_->lastStep()));
    const auto step = static_cast<qint64>(std::lround((event->position().x() - 1) / (width() - 2) * steps));
    // The nearest visit is meant.
    qint64 best = -1;
    qint64 at = model_->lastStep();
    for (const GroupSummary* group = model_->lastGroup(problem(), at, &at); group;
         group = model_->lastGroup(problem(), at - 1, &at))
        if (best < 0 || std::abs(at - step) < std::abs(best - step)) best = at;
    if (best >= 0) selection_->setStep(best);
}

}  // namespace foothold::ui
