// SPDX-License-Identifier: GPL-3.0-or-later
// Stops of the tour and what ends each.
#include "ui/workspaces/tour.h"

#include <QActionGroup>
#include <QUndoStack>

#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/models/trace_book.h"
#include "ui/selection/selection.h"
#include "ui/views/frame/tool_strip.h"
#include "ui/views/frame/tour_bubble.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/inspect_workspace.h"
#include "ui/workspaces/main_window.h"

namespace foothold::ui {
namespace {

constexpr double tourPace = 1;  // Steps a second.

bool isDead(const RunModel& model, int problem, qint64 step) {
    const GroupSummary* group = problem >= 0 && problem < static_cast<int>(model.rows().size()) ? model.lastGroup(problem, step) : nullptr;
    return group && group->state() == GroupState::all_wrong;
}

}  // namespace

Tour::Tour(MainWindow* window) : QObject(window), window_(window) {
    makeStops();
    settle_.setSingleShot(true);
    settle_.setInterval(1200);  // The handle is let go, and the words beside it are read.
    connect(&settle_, &QTimer::timeout, this, &Tour::check);
    for (const char* id : {"run", "step"})
        connect(window->actions().find(QString::fromLatin1(id)), &QAction::triggered, this, [this] { pressed_ = true; });
    connect(window->model(), &RunModel::stepsArrived, this, &Tour::check);
    connect(window->selection(), &Selection::problemChanged, this, &Tour::check);
    connect(window->selection(), &Selection::stepChanged, this, [this] {  // A click on a cell chooses both, one after the other.
        if (!window_->selection()->live()) check();
    });
    connect(window->editor()->undoStack(), &QUndoStack::indexChanged, this, &Tour::check);
    connect(window->actions().find(QStringLiteral("view.live"))->actionGroup(), &QActionGroup::triggered, this, &Tour::check, Qt::QueuedConnection);
}

void Tour::makeStops() {
    RunModel* model = window_->model();
    Selection* selection = window_->selection();
    const QString live = QStringLiteral("live"), inspect = QStringLiteral("inspect");
    stops_ = {
        {live, QStringLiteral("run.button"), tr("Press Run"), tr("A small model begins to practise problems that are partly too hard for it. Everything you see comes from that run. While the tour is on it takes a step a second."),
         [=, this] { return pressed_ && model->lastStep() > step_; }},
        {live, QStringLiteral("heatMap"), tr("See a dead group"),
         tr("A row is a problem, a column a step, a cell a group of attempts. A grey hatched cell is a dead group: all attempts wrong, so nothing is learned from it. The hardest tier, on top, is full of them."),
         nullptr},
        {live, QStringLiteral("heatMap"), tr("Click a grey cell"), tr("Choose a dead group. The card at the right then shows the problem, its reference trace and what the attempts answered."),
         [=, this] {
             const bool chosen = selection->problem() != problem_ || (!selection->live() && selection->step() != cursor_);
             return chosen && isDead(*model, selection->problem(), selection->step());
         }},
        {live, QStringLiteral("view.inspect.button"), tr("Open it in Inspect"), tr("Here one problem is looked at closely: its trace, every attempt with its tokens, and how a hint would change things."),
         [this, inspect] { return window_->workspace() == inspect; }},
        {inspect, QStringLiteral("trace-editor"), tr("Move the cut"),
         tr("The trace is given up to the cut, and the model has to write the rest. Drag the handle between the steps, or use the slider: with half of the way given, some attempts may reach the goal."),
         [this] { return window_->inspect()->book()->ratio() != cut_ && !settle_.isActive(); }},
        {live, QStringLiteral("ratio.all"), tr("Change the largest ratio"),
         tr("That is how the trainer rescues dead groups: it tries again with a part of the trace. Drag this slider: the change applies from the next step, and every plot marks that step."),
         [this] { return window_->editor()->undoStack()->index() > edits_; }},
        {live, QStringLiteral("plots"), tr("Watch what it does"),
         tr("Dead groups before hints (dashed) and after, how much was given, and success on other problems without any hint. Only the last says whether hints taught something. Ctrl+K finds every command, Shift+F1 explains any control."),
         nullptr},
    };
}

void Tour::start() {
    end();
    // Stops are read while the run goes on: at the usual pace it would be over before the fourth.
    auto* tools = window_->findChild<ToolStrip*>();
    paceBefore_ = tools->pace();
    if (paceBefore_ == 0 || paceBefore_ > tourPace) tools->setPace(tourPace);
    bubble_ = new TourBubble(window_);
    connect(bubble_, &TourBubble::next, this, &Tour::next);
    connect(bubble_, &TourBubble::skip, this, &Tour::end);
    go(0);
}

void Tour::end() {
    if (!bubble_) return;
    bubble_->hide();
    bubble_->deleteLater();
    bubble_ = nullptr;
    at_ = -1;
    if (auto* tools = window_->findChild<ToolStrip*>(); tools->pace() == tourPace) tools->setPace(paceBefore_);  // Unless the person chose another one.
    Q_EMIT ended();
}

void Tour::next() {
    const Stop& stop = stops_[static_cast<std::size_t>(at_)];
    if (isHere(stop)) return go(at_ + 1);
    window_->showWorkspace(stop.workspace);
    show();
}

bool Tour::isHere(const Stop& stop) const { return window_->workspace() == stop.workspace || stop.target.startsWith(QLatin1String("view.")); }

void Tour::go(int at) {
    if (at >= stops()) return end();
    at_ = at;
    step_ = window_->model()->lastStep();
    problem_ = window_->selection()->problem();
    cursor_ = window_->selection()->step();
    edits_ = window_->editor()->undoStack()->index();
    if (stops_[static_cast<std::size_t>(at)].workspace == QLatin1String("inspect")) {
        cut_ = window_->inspect()->book()->ratio();
        connect(window_->inspect()->book(), &TraceBook::cutChanged, &settle_, qOverload<>(&QTimer::start), Qt::UniqueConnection);
    }
    const Stop& stop = stops_[static_cast<std::size_t>(at)];
    pressed_ = false;
    if (stop.target == QLatin1String("plots")) window_->selection()->setLive(true);  // What the change does is seen from now on.
    waits_ = stop.done && !stop.done();
    show();
}

void Tour::check() {
    if (!bubble_ || at_ < 0) return;
    const Stop& stop = stops_[static_cast<std::size_t>(at_)];
    if (waits_ && stop.done()) return go(at_ + 1);
    show();
}

void Tour::show() {
    const Stop& stop = stops_[static_cast<std::size_t>(at_)];
    const QString count = tr("%1 of %2").arg(at_ + 1).arg(stops());
    const bool last = at_ + 1 == stops();
    if (isHere(stop)) {
        auto* target = window_->findChild<QWidget*>(stop.target);
        if (target && !target->isVisible()) target = window_->findChild<QWidget*>(QStringLiteral("tab.experiment"));  // In a narrow window it may lie behind that tab.
        return bubble_->say(count, stop.title, stop.text, target, last);
    }
    const QString name = ActionRegistry::plainText(window_->actions().find(QStringLiteral("view.") + stop.workspace));
    bubble_->say(count, tr("Go to %1").arg(name), tr("The next stop, “%1”, is there.").arg(stop.title), window_->findChild<QWidget*>(QStringLiteral("view.%1.button").arg(stop.workspace)), last);
}

}  // namespace foothold::ui
