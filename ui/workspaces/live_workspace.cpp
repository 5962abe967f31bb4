// SPDX-License-Identifier: GPL-3.0-or-later
// Layout of the Live workspace.
#include "ui/workspaces/live_workspace.h"

#include <QAction>
#include <QButtonGroup>
#include <QResizeEvent>
#include <QSplitter>
#include <QStackedWidget>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/card.h"
#include "ui/views/common/export_button.h"
#include "ui/views/common/slice_button.h"
#include "ui/views/live/experiment_panel.h"
#include "ui/views/live/heat_map.h"
#include "ui/views/live/legend.h"
#include "ui/views/live/plots.h"
#include "ui/views/live/problem_card.h"
#include "ui/views/live/scrubber.h"
#include "ui/views/live/step_groups.h"
#include "ui/views/live/timeline.h"

namespace foothold::ui {
namespace {

constexpr int standardSplit[] = {476, 336, 150};  // Map, plots, timeline.

}  // namespace

LiveWorkspace::LiveWorkspace(RunModel* model, Selection* selection, ExperimentEditor* editor, CurveBook* curves, QAction* onlyFresh, QWidget* parent)
    : QWidget(parent), model_(model), selection_(selection) {
    setObjectName(QStringLiteral("live"));
    row_ = new QHBoxLayout(this);
    row_->setContentsMargins(Theme::gutter, Theme::gutter, Theme::gutter, Theme::gutter);
    row_->setSpacing(Theme::gutter);

    panel_ = new ExperimentPanel(model, selection, editor);
    problem_ = new ProblemCard(model, selection, curves);
    connect(problem_, &ProblemCard::curveAsked, this, &LiveWorkspace::curveAsked);
    groups_ = new StepGroups(model, selection);
    groups_->hide();
    right_ = new QWidget;
    auto* rightColumn = new QVBoxLayout(right_);
    rightColumn->setContentsMargins(0, 0, 0, 0);
    rightColumn->setSpacing(Theme::gutter);
    rightColumn->addWidget(groups_);
    rightColumn->addWidget(problem_, 1);
    connect(groups_, &StepGroups::closeAsked, this, [this] { setGroupsShown(false); });
    connect(groups_, &StepGroups::inspectAsked, this, &LiveWorkspace::inspectAsked);
    left_ = new QWidget;
    left_->setFixedWidth(leftWidth);
    auto* column = new QVBoxLayout(left_);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Theme::gutter);
    tabs_ = new QFrame;
    tabs_->setProperty("segmented", true);
    tabs_->setFixedHeight(32);
    auto* buttons = new QHBoxLayout(tabs_);
    buttons->setContentsMargins(2, 2, 2, 2);
    buttons->setSpacing(2);
    auto* group = new QButtonGroup(this);
    const QString names[2] = {tr("Experiment"), tr("Problem")};
    for (int i = 0; i < 2; ++i) {
        tabButtons_[i] = new QToolButton;
        tabButtons_[i]->setObjectName(i == 0 ? QStringLiteral("tab.experiment") : QStringLiteral("tab.problem"));
        tabButtons_[i]->setText(names[i]);
        tabButtons_[i]->setCheckable(true);
        tabButtons_[i]->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
        group->addButton(tabButtons_[i], i);
        buttons->addWidget(tabButtons_[i]);
    }
    tabButtons_[0]->setChecked(true);
    connect(group, &QButtonGroup::idClicked, this, &LiveWorkspace::showTab);
    stack_ = new QStackedWidget;
    stack_->addWidget(panel_);
    column->addWidget(tabs_);
    column->addWidget(stack_, 1);
    tabs_->hide();

    row_->addWidget(left_);
    row_->addWidget(makeCentre(onlyFresh), 1);
    right_->setFixedWidth(rightWidth);
    row_->addWidget(right_);

    connect(model_, &RunModel::stepsArrived, selection_, [this](qint64, qint64 last) { selection_->followHead(last); });
    connect(selection_, &Selection::liveChanged, this, [this](bool live) {
        if (live) selection_->followHead(std::max<qint64>(0, model_->lastStep()));
    });
    connect(model_, &RunModel::runChanged, this, [this] {
        selection_->setLive(true);
        selection_->setBrushed({});
        selection_->setPinned(-1);
    });
    connect(selection_, &Selection::problemChanged, this, [this](int problem) {
        if (problem >= 0 && !quiet_) showProblemTab();
    });
}

QWidget* LiveWorkspace::makeCentre(QAction* onlyFresh) {
    auto* centre = new QWidget;
    centre->setMinimumWidth(720);
    auto* column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Theme::gutter);
    auto* mapCard = new Card(QStringLiteral("map"));
    auto* title = new Text(tr("Groups by problem and step"), FontRole::cardTitle);
    title->setFixedHeight(36);
    auto* caption = new Text(QString(), FontRole::body, ColorRole::text3);
    const auto refreshCaption = [this, caption] { caption->setText(tr("one cell = %1 attempts at one problem").arg(model_->experiment().sampling.attempts)); };
    connect(model_, &RunModel::runChanged, caption, refreshCaption);
    refreshCaption();
    mapCard->header()->addWidget(title);
    mapCard->header()->addSpacing(4);
    mapCard->header()->addWidget(caption);
    mapCard->header()->addStretch();
    auto* exportMap = new ExportButton(QStringLiteral("map"), [this] { return ExportSource{map_, {legend_, map_}}; });
    auto* fresh = new QToolButton;
    fresh->setDefaultAction(onlyFresh);
    fresh->setToolButtonStyle(Qt::ToolButtonTextOnly);
    mapCard->header()->addWidget(new SliceButton(model_, selection_, QStringLiteral("map.slices")));
    mapCard->header()->addWidget(fresh);
    mapCard->header()->addWidget(exportMap);
    auto* inside = new QVBoxLayout;
    inside->setContentsMargins(Theme::padding, 0, Theme::padding, 8);
    inside->setSpacing(4);
    legend_ = new Legend(model_, selection_);
    inside->addWidget(legend_);
    map_ = new HeatMap(model_, selection_);
    inside->addWidget(map_, 1);
    mapCard->body()->addLayout(inside);
    split_ = new QSplitter(Qt::Vertical);
    split_->setObjectName(QStringLiteral("live.split"));
    split_->setHandleWidth(Theme::gutter);
    split_->setChildrenCollapsible(false);
    split_->addWidget(mapCard);
    column->addWidget(split_, 1);
    connect(onlyFresh, &QAction::toggled, map_, &HeatMap::setOnlyFresh);
    connect(map_, &HeatMap::onlyFreshChanged, onlyFresh, &QAction::setChecked);
    connect(map_, &HeatMap::openMarker, this, &LiveWorkspace::openMarker);
    connect(map_, &HeatMap::inspectAsked, this, &LiveWorkspace::inspectAsked);

    auto* plotCard = new Card(QStringLiteral("plotcard"));
    auto* plotInside = new QGridLayout;
    plotInside->setContentsMargins(Theme::padding, 6, Theme::padding, 4);
    auto* plots = new Plots(model_, selection_);
    plotInside->addWidget(plots, 0, 0);
    // Right of the plots' headings there is room beside the values.
    plotInside->addWidget(new ExportButton(QStringLiteral("plots"), [plots] { return ExportSource{plots, {plots}}; }), 0, 0, Qt::AlignTop | Qt::AlignRight);
    connect(plots, &Plots::stepClicked, this, &LiveWorkspace::openGroups);
    connect(plots, &Plots::stepActivated, this, &LiveWorkspace::inspectWorst);
    plotCard->body()->addLayout(plotInside);
    split_->addWidget(plotCard);
    auto* timeCard = new Card(QStringLiteral("timecard"));
    auto* timeInside = new QGridLayout;
    timeInside->setContentsMargins(Theme::padding, 4, Theme::padding, 2);
    auto* timeline = new Timeline(model_, selection_);
    timeInside->addWidget(timeline, 0, 0);
    timeInside->addWidget(new ExportButton(QStringLiteral("timeline"), [timeline] { return ExportSource{timeline->recorded() ? timeline : nullptr, {timeline}}; }), 0, 0, Qt::AlignTop | Qt::AlignRight);
    connect(timeline, &Timeline::stepClicked, this, &LiveWorkspace::openGroups);
    connect(timeline, &Timeline::stepActivated, this, &LiveWorkspace::inspectWorst);
    timeCard->body()->addLayout(timeInside);
    timelineCard_ = timeCard;
    timelineCard_->hide();
    split_->addWidget(timelineCard_);
    split_->setStretchFactor(0, standardSplit[0]);
    split_->setStretchFactor(1, standardSplit[1]);
    split_->setStretchFactor(2, standardSplit[2]);
    split_->setSizes({standardSplit[0], standardSplit[1], standardSplit[2]});

    auto* scrubCard = new Card(QStringLiteral("scrubcard"));
    auto* scrubInside = new QVBoxLayout;
    scrubInside->setContentsMargins(Theme::padding, 0, Theme::padding, 0);
    scrubInside->addWidget(new Scrubber(model_, selection_));
    scrubCard->body()->addLayout(scrubInside);
    column->addWidget(scrubCard);
    return centre;
}

QVariantMap LiveWorkspace::viewSettings() const {
    return {{QStringLiteral("map-height"), split_->sizes().at(0)},
            {QStringLiteral("plots-height"), split_->sizes().at(1)},
            {QStringLiteral("timeline-height"), split_->sizes().at(2)},
            {QStringLiteral("timeline"), !timelineCard_->isHidden()},
            {QStringLiteral("groups"), !groups_->isHidden()}};
}

void LiveWorkspace::applyViewSettings(const QVariantMap& values) {
    const int map = values.value(QStringLiteral("map-height")).toInt(), plots = values.value(QStringLiteral("plots-height")).toInt();
    setTimelineShown(values.value(QStringLiteral("timeline")).toBool());
    setGroupsShown(values.value(QStringLiteral("groups")).toBool());
    const int time = std::max(0, values.value(QStringLiteral("timeline-height")).toInt());
    split_->setSizes(map > 0 && plots > 0 ? QList<int>{map, plots, time > 0 ? time : standardSplit[2]} : QList<int>{standardSplit[0], standardSplit[1], standardSplit[2]});
}

void LiveWorkspace::resizeEvent(QResizeEvent* event) {
    setCompact(event->size().width() < compactBelow);
    QWidget::resizeEvent(event);
}

void LiveWorkspace::setCompact(bool compact) {
    if (compact == compact_) return;
    compact_ = compact;
    tabs_->setVisible(compact);
    if (compact) {
        row_->removeWidget(right_);
        right_->setMinimumWidth(0);
        right_->setMaximumWidth(QWIDGETSIZE_MAX);
        stack_->addWidget(right_);
        showTab(0);
    } else {
        stack_->removeWidget(right_);
        right_->setFixedWidth(rightWidth);
        row_->addWidget(right_);
        right_->show();
        showTab(0);
    }
}

void LiveWorkspace::showTab(int index) {
    tabButtons_[index]->setChecked(true);
    stack_->setCurrentIndex(compact_ ? index : 0);
}

void LiveWorkspace::setGroupsShown(bool on) {
    if (on == !groups_->isHidden()) return;
    groups_->setVisible(on);
    if (on) showProblemTab();
    Q_EMIT groupsShown(on);
}

void LiveWorkspace::setTimelineShown(bool on) {
    if (on == !timelineCard_->isHidden()) return;
    timelineCard_->setVisible(on);
    Q_EMIT timelineShown(on);
}

void LiveWorkspace::openGroups() {
    setGroupsShown(true);
    showProblemTab();
}

void LiveWorkspace::inspectWorst(qint64 step) {
    const std::vector<GroupSummary> groups = worstFirst(*model_, step);
    if (!groups.empty()) Q_EMIT inspectAsked(static_cast<int>(groups.front().problem));
}

void LiveWorkspace::selectFirst() {
    quiet_ = true;
    selection_->setProblem(model_->rows().front());
    quiet_ = false;
}

void LiveWorkspace::showProblemTab() {
    if (compact_) showTab(1);
}

}  // namespace foothold::ui
