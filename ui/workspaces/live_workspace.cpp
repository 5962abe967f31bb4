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
#include "ui/views/common/slice_button.h"
#include "ui/views/live/experiment_panel.h"
#include "ui/views/live/heat_map.h"
#include "ui/views/live/legend.h"
#include "ui/views/live/plots.h"
#include "ui/views/live/problem_card.h"
#include "ui/views/live/scrubber.h"

namespace foothold::ui {
namespace {

constexpr int standardSplit[] = {476, 336};  // Map and plots.

}  // namespace

LiveWorkspace::LiveWorkspace(RunModel* model, Selection* selection, ExperimentEditor* editor, QAction* onlyFresh, QWidget* parent)
    : QWidget(parent), model_(model), selection_(selection) {
    setObjectName(QStringLiteral("live"));
    row_ = new QHBoxLayout(this);
    row_->setContentsMargins(Theme::gutter, Theme::gutter, Theme::gutter, Theme::gutter);
    row_->setSpacing(Theme::gutter);

    panel_ = new ExperimentPanel(model, selection, editor);
    problem_ = new ProblemCard(model, selection);
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
    problem_->setFixedWidth(rightWidth);
    row_->addWidget(problem_);

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
    auto* fresh = new QToolButton;
    fresh->setDefaultAction(onlyFresh);
    fresh->setToolButtonStyle(Qt::ToolButtonTextOnly);
    mapCard->header()->addWidget(new SliceButton(model_, selection_, QStringLiteral("map.slices")));
    mapCard->header()->addWidget(fresh);
    auto* inside = new QVBoxLayout;
    inside->setContentsMargins(Theme::padding, 0, Theme::padding, 8);
    inside->setSpacing(4);
    inside->addWidget(new Legend(model_, selection_));
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

    auto* plotCard = new Card(QStringLiteral("plotcard"));
    auto* plotInside = new QVBoxLayout;
    plotInside->setContentsMargins(Theme::padding, 6, Theme::padding, 4);
    plotInside->addWidget(new Plots(model_, selection_));
    plotCard->body()->addLayout(plotInside);
    split_->addWidget(plotCard);
    split_->setStretchFactor(0, standardSplit[0]);
    split_->setStretchFactor(1, standardSplit[1]);
    split_->setSizes({standardSplit[0], standardSplit[1]});

    auto* scrubCard = new Card(QStringLiteral("scrubcard"));
    auto* scrubInside = new QVBoxLayout;
    scrubInside->setContentsMargins(Theme::padding, 0, Theme::padding, 0);
    scrubInside->addWidget(new Scrubber(model_, selection_));
    scrubCard->body()->addLayout(scrubInside);
    column->addWidget(scrubCard);
    return centre;
}

QVariantMap LiveWorkspace::viewSettings() const {
    return {{QStringLiteral("map-height"), split_->sizes().at(0)}, {QStringLiteral("plots-height"), split_->sizes().at(1)}};
}

void LiveWorkspace::applyViewSettings(const QVariantMap& values) {
    const int map = values.value(QStringLiteral("map-height")).toInt(), plots = values.value(QStringLiteral("plots-height")).toInt();
    split_->setSizes(map > 0 && plots > 0 ? QList<int>{map, plots} : QList<int>{standardSplit[0], standardSplit[1]});
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
        row_->removeWidget(problem_);
        problem_->setMinimumWidth(0);
        problem_->setMaximumWidth(QWIDGETSIZE_MAX);
        stack_->addWidget(problem_);
        showTab(0);
    } else {
        stack_->removeWidget(problem_);
        problem_->setFixedWidth(rightWidth);
        row_->addWidget(problem_);
        problem_->show();
        showTab(0);
    }
}

void LiveWorkspace::showTab(int index) {
    tabButtons_[index]->setChecked(true);
    stack_->setCurrentIndex(compact_ ? index : 0);
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
