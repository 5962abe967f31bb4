// SPDX-License-Identifier: GPL-3.0-or-later
// The heat map's state and what mouse and keys do; map_paint.cpp paints it.
#include "ui/views/live/heat_map.h"

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"
#include "ui/views/live/map_card.h"
#include "ui/views/live/map_states.h"
#include "ui/views/common/step_axis.h"
#include "ui/views/common/step_keys.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <limits>

namespace foothold::ui {

HeatMap::HeatMap(RunModel* model, Selection* selection, QWidget* parent)
    : QWidget(parent), model_(model), selection_(selection), axis_(StepAxis::of(model)), card_(new MapCard(this)) {
    setObjectName("heatMap");
    setAccessibleName(tr("Heat map of groups by problem and step"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);  // Spares painting the card beneath at every step.
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(model, &RunModel::runChanged, this, &HeatMap::relayout);
    connect(model, &RunModel::stepsArrived, this, &HeatMap::refresh);
    connect(model, &RunModel::experimentChanged, this, &HeatMap::refresh);
    connect(axis_, &StepAxis::changed, this, &HeatMap::refresh);
    connect(selection, &Selection::stepChanged, this, &HeatMap::refresh);
    connect(selection, &Selection::liveChanged, this, &HeatMap::refresh);
    connect(selection, &Selection::pinnedChanged, this, qOverload<>(&QWidget::update));
    for (const auto signal : {&Selection::brushedChanged, &Selection::hiddenStatesChanged})
        connect(selection, signal, this, qOverload<>(&QWidget::update));
    connect(selection, &Selection::problemChanged, this, &HeatMap::refresh);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
    relayout();
}

HeatMap::~HeatMap() = default;

void HeatMap::setOnlyFresh(bool on) {
    if (on == onlyFresh_) return;
    onlyFresh_ = on;
    update();
    Q_EMIT onlyFreshChanged(on);
}

QVariantMap HeatMap::viewSettings() const { return {{QStringLiteral("only-fresh"), onlyFresh_}}; }

void HeatMap::applyViewSettings(const QVariantMap& values) { setOnlyFresh(values.value(QStringLiteral("only-fresh")).toBool()); }

void HeatMap::relayout() {
    image_.forget();
    layout_ = MapLayout::fit(*model_, mapRect().height());
    const auto& rows = model_->rows();
    rowOf_.assign(rows.size(), 0);
    for (std::size_t row = 0; row < rows.size(); ++row)
        rowOf_[static_cast<std::size_t>(rows[row])] = static_cast<int>(row);
    hover_.reset();
    card_->hide();
    refresh();
}

void HeatMap::refresh() {
    stale_ = true;
    update();
}

void HeatMap::collect() {
    if (!stale_ || rowOf_.size() != model_->rows().size())
        return;  // Else another run: its runChanged() is on the way here.
    stale_ = false;
    markers_ = stepMarkers(*model_);
    solved_.assign(static_cast<std::size_t>(layout_.lines()), std::numeric_limits<double>::quiet_NaN());
    // Walk back from the cursor until every problem's last round without a hint is found.
    const qint64 cursor = std::min(selection_->step(), model_->lastStep());
    std::vector<double> share(model_->rows().size(), -1);
    std::size_t missing = share.size();
    constexpr qint64 longAgo = 400;  // Enough for any epoch; a run without plain rounds ends here.
    for (qint64 step = cursor; step >= std::max<qint64>(0, cursor - longAgo) && missing > 0; --step)
        for (const GroupSummary& group : model_->steps()[static_cast<std::size_t>(step)]->groups)
            if (group.problem < share.size() && share[group.problem] < 0 &&
                group.correct_before != GroupSummary::no_plain_round && group.attempts > 0) {
                share[group.problem] = double(group.correct_before) / group.attempts;
                --missing;
            }
    for (int line = 0; line < layout_.lines(); ++line) {
        const auto [first, last] = layout_.rowsOf(line);
        double sum = 0;
        int known = 0;
        for (int row = first; row < last; ++row)
            if (const double s = share[static_cast<std::size_t>(model_->rows()[static_cast<std::size_t>(row)])];
                s >= 0) {
                sum += s;
                ++known;
            }
        if (known) solved_[static_cast<std::size_t>(line)] = sum / known;
    }
    describe();
}

void HeatMap::describe() {
    const qint64 step = std::min(selection_->step(), model_->lastStep());
    QString text = tr("no steps yet");
    if (step >= 1) {
        int wrong = 0;
        for (const int problem : model_->rows()) {
            const GroupSummary* group = model_->lastGroup(problem, step);
            wrong += group && group->state() == GroupState::all_wrong;
        }
        text = tr("step %1: %2 of %3 problems all wrong").arg(step).arg(wrong).arg(model_->rows().size());
        if (const int problem = selection_->problem(); problem >= 0 && problem < static_cast<int>(rowOf_.size())) {
            const GroupSummary* group = model_->lastGroup(problem, step);
            text += tr("; %1: %2").arg(model_->problemName(problem), group ? groupWords(*group) : tr("not drawn yet"));
        }
    }
    if (text != accessibleDescription()) setAccessibleDescription(text);
}

QRect HeatMap::cellRect(int problem, qint64 step) const {
    if (problem < 0 || problem >= static_cast<int>(rowOf_.size()) || !axis_->visible(step)) return {};
    const int line = layout_.lineOf(rowOf(problem));
    return {axis_->columnLeft(step), mapRect().top() + layout_.lineTop(line), axis_->pitch() - 1, layout_.pitch - 1};
}

QString HeatMap::cardText() const { return card_->isVisible() ? card_->text() : QString(); }

int HeatMap::rowOf(int problem) const { return rowOf_[static_cast<std::size_t>(problem)]; }

void HeatMap::resizeEvent(QResizeEvent*) {
    axis_->setWidth(width());
    const MapLayout fitted = MapLayout::fit(*model_, mapRect().height());
    if (!(fitted == layout_)) {
        layout_ = fitted;
        refresh();
    }
}

const MarkerFlag* HeatMap::flagAt(QPointF at) const {
    for (const MarkerFlag& flag : flags_)
        if (flag.rect.adjusted(-2, -2, 2, 2).contains(at)) return &flag;
    return nullptr;
}

void HeatMap::hover(QPoint at) {
    std::optional<Hover> now;
    const QRect map = mapRect();
    if (model_->lastStep() >= 1 && at.x() >= axis_->left() && at.x() < axis_->right() && !brushing_) {
        const int row = layout_.rowAt(at.y() - map.top());
        if (row >= 0 && at.x() < axis_->edge(double(model_->lastStep() + 1)))
            now = Hover{model_->rows()[static_cast<std::size_t>(row)], std::max<qint64>(1, axis_->stepAt(at.x()))};
    }
    setCursor(flagAt(at) ? Qt::PointingHandCursor : now ? Qt::CrossCursor : Qt::ArrowCursor);
    if (now == hover_) return;
    hover_ = now;
    if (now)
        card_->show(*model_, now->problem, now->step, cellRect(now->problem, now->step));
    else
        card_->hide();
    update();
}

void HeatMap::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    if (const MarkerFlag* flag = flagAt(event->position())) {
        Q_EMIT openMarker(flag->step);
        return;
    }
    press_ = event->pos();
    brushing_ = false;
}

void HeatMap::mouseMoveEvent(QMouseEvent* event) {
    if (press_ && (event->buttons() & Qt::LeftButton)) {
        if (!brushing_ && (event->pos() - *press_).manhattanLength() < QApplication::startDragDistance()) return;
        brushing_ = true;
        hover(event->pos());
        const int a = layout_.rowAt(press_->y() - mapRect().top(), true),
                  b = layout_.rowAt(event->pos().y() - mapRect().top(), true);
        std::set<int> problems;
        for (int row = std::min(a, b); row >= 0 && row <= std::max(a, b); ++row)
            problems.insert(model_->rows()[static_cast<std::size_t>(row)]);
        selection_->setBrushed(std::move(problems));
        return;
    }
    hover(event->pos());
}

void HeatMap::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !press_) return;
    const bool click = !brushing_;
    press_.reset();
    brushing_ = false;
    if (!click) return;
    const int row = layout_.rowAt(event->pos().y() - mapRect().top());
    if (row < 0 || event->pos().x() > axis_->right()) return;
    const int problem = model_->rows()[static_cast<std::size_t>(row)];
    if (event->modifiers() & Qt::ControlModifier) return selection_->toggleBrushed(problem);
    if (selection_->dimmed(problem)) selection_->setBrushed({});  // A click inside the brush looks at one of them.
    selection_->setProblem(problem);
    // Left of the map stand the tiers: a click there chooses the problem alone.
    if (event->pos().x() >= axis_->left() && model_->lastStep() >= 1)
        selection_->setStep(std::max<qint64>(1, axis_->stepAt(event->position().x())));
}

void HeatMap::mouseDoubleClickEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || flagAt(event->position())) return;
    const int row = layout_.rowAt(event->position().y() - mapRect().top());
    if (row >= 0 && event->position().x() >= axis_->left() && event->position().x() < axis_->right() && model_->lastStep() >= 1)
        Q_EMIT inspectAsked(model_->rows()[static_cast<std::size_t>(row)]);
    else
        axis_->reset();
}

void HeatMap::leaveEvent(QEvent*) {
    hover_.reset();
    card_->hide();
    update();
}

void HeatMap::wheelEvent(QWheelEvent* event) {
    axis_->wheel(event);
    hover(event->position().toPoint());
}

void HeatMap::moveRow(int by) {
    const auto& rows = model_->rows();
    if (rows.empty()) return;
    const int problem = selection_->problem();
    const int from = problem >= 0 && problem < static_cast<int>(rows.size()) ? rowOf(problem)
                     : by > 0                                                ? -1
                                                                             : static_cast<int>(rows.size());
    selection_->setProblem(rows[static_cast<std::size_t>(std::clamp(from + by, 0, static_cast<int>(rows.size()) - 1))]);
}

void HeatMap::keyPressEvent(QKeyEvent* event) {
    if (moveStepByKey(*event, *model_, *selection_, *axis_)) return;
    switch (event->key()) {
        case Qt::Key_Up: return moveRow(-1);
        case Qt::Key_Down: return moveRow(1);
        case Qt::Key_PageUp: return moveRow(-10);
        case Qt::Key_PageDown: return moveRow(10);
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (selection_->problem() >= 0) Q_EMIT inspectAsked(selection_->problem());
            return;
        case Qt::Key_Escape:
            if (!selection_->brushed().empty()) return selection_->setBrushed({});
            [[fallthrough]];
        default: QWidget::keyPressEvent(event);
    }
}

void HeatMap::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    menu.setObjectName("heatMapMenu");
    QAction* fresh = menu.addAction(tr("Only groups drawn at the step"));
    fresh->setCheckable(true);
    fresh->setChecked(onlyFresh_);
    connect(fresh, &QAction::toggled, this, &HeatMap::setOnlyFresh);
    menu.addSeparator();
    connect(menu.addAction(tr("Show the whole run")), &QAction::triggered, axis_, &StepAxis::reset);
    QAction* clear = menu.addAction(tr("Clear brushed problems"));
    clear->setEnabled(!selection_->brushed().empty());
    connect(clear, &QAction::triggered, this, [this] { selection_->setBrushed({}); });
    menu.exec(event->globalPos());
}

void HeatMap::focusInEvent(QFocusEvent* event) {
    // The ring is for people who came by keyboard.
    focusRing_ = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason ||
                 event->reason() == Qt::ShortcutFocusReason;
    update();
}

void HeatMap::focusOutEvent(QFocusEvent*) {
    focusRing_ = false;
    update();
}

bool HeatMap::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const MarkerFlag* flag = flagAt(help->pos());
        const auto marker = std::find_if(markers_.begin(), markers_.end(),
                                         [&](const StepMarker& m) { return flag && m.step == flag->step; });
        if (marker != markers_.end())
            QToolTip::showText(help->globalPos(), tr("step %1\n%2").arg(marker->step).arg(marker->texts.join('\n')),
                               this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

}  // namespace foothold::ui
