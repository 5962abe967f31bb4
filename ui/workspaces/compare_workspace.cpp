// SPDX-License-Identifier: GPL-3.0-or-later
// Compare: arms at the left, two plots, result and finding.
#include "ui/workspaces/compare_workspace.h"

#include <QGridLayout>
#include <QInputDialog>
#include <QPushButton>
#include <QStackedWidget>

#include "ui/models/comparison_model.h"
#include "ui/views/compare/arm_list.h"
#include "ui/views/compare/arm_plot.h"
#include "ui/views/compare/finding_card.h"
#include "ui/views/compare/problem_map.h"
#include "ui/views/compare/result_table.h"

namespace foothold::ui {
namespace {

constexpr const char* axisNames[] = {"steps", "tokens", "seconds"};  // In the order of ComparisonModel::Axis.

}  // namespace

CompareWorkspace::CompareWorkspace(QWidget* parent) : QWidget(parent), model_(new ComparisonModel(this)) {
    setObjectName(QStringLiteral("compareWorkspace"));
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(stack_ = new QStackedWidget);
    stack_->addWidget(makeEmpty());
    auto* page = new QWidget;
    stack_->addWidget(page);
    auto* grid = new QGridLayout(page);
    grid->setContentsMargins(Theme::gutter, Theme::gutter, Theme::gutter, Theme::gutter);
    grid->setSpacing(Theme::gutter);
    auto* arms = new ArmList(model_);
    arms->setFixedWidth(268);
    auto* line = new QHBoxLayout;
    line->setContentsMargins(Theme::padding, 6, Theme::padding, 10);
    line->addWidget(run_ = new QPushButton);
    run_->setObjectName(QStringLiteral("compareRun"));
    run_->setText(tr("Run what is missing"));
    connect(run_, &QPushButton::clicked, this, &CompareWorkspace::startOrStop);
    line->addWidget(state_ = new Text({}, FontRole::caption, ColorRole::text2), 1);
    arms->body()->addLayout(line);
    grid->addWidget(arms, 0, 0, 2, 1);
    auto* plots = new QHBoxLayout;
    plots->setSpacing(Theme::gutter);
    auto* heldout = new ArmPlot(QStringLiteral("heldoutPlot"), model_, [this] { return model_->measure(); }, [this] {
        const QString tier = model_->tierName(model_->tier().toStdString());
        return tier.isEmpty() ? tr("Held out, no hints") : tr("Held-out %1, no hints").arg(tier);
    }, false);
    auto* wrong = new ArmPlot(QStringLiteral("wrongPlot"), model_, [] { return std::string("frac_all_wrong"); }, [] { return tr("Groups all wrong, after hints"); }, true);
    for (ArmPlot* plot : {heldout, wrong}) {
        plots->addWidget(plot, 1);
        connect(plot, &ArmPlot::stepAsked, this, [this](std::size_t arm, std::size_t seed, qint64 step) {
            Q_EMIT stepAsked(QString::fromStdString(model_->plan().cell_dir(arm, static_cast<std::int64_t>(seed)).string()), step);
        });
    }
    grid->addLayout(plots, 0, 1);
    auto* below = new QHBoxLayout;
    below->setSpacing(Theme::gutter);
    auto* results = new QVBoxLayout;
    results->setSpacing(Theme::gutter);
    results->addWidget(new ResultTable(model_));
    auto* problems = new ProblemMap(model_);
    results->addWidget(problems, 1);
    below->addLayout(results, 9);
    auto* finding = new FindingCard(model_);
    connect(finding, &FindingCard::moreAsked, this, [this](int seeds) {
        try {
            model_->addSeeds(seeds);
            model_->start();
        } catch (const std::exception& error) {
            Q_EMIT said(QString::fromUtf8(error.what()));
        }
    });
    below->addWidget(finding, 4);
    grid->addLayout(below, 1, 1);
    grid->setColumnStretch(1, 1);
    grid->setRowStretch(0, 1);
    grid->setRowStretch(1, 1);
    connect(arms, &ArmList::addSeedsAsked, this, &CompareWorkspace::askSeeds);
    connect(arms, &ArmList::addArmAsked, this, &CompareWorkspace::addArmAsked);
    connect(problems, &ProblemMap::problemActivated, this, &CompareWorkspace::openProblem);
    connect(model_, &ComparisonModel::changed, this, &CompareWorkspace::refresh);
    connect(model_, &ComparisonModel::failed, this, &CompareWorkspace::said);
}

QWidget* CompareWorkspace::makeEmpty() {
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->addStretch(2);
    const auto centred = [&](QWidget* widget) { column->addWidget(widget, 0, Qt::AlignHCenter); };
    centred(new Text(tr("Compare arms over seeds"), FontRole::cardTitle));
    centred(new Text(tr("One run shows what happened once. Several seeds of two settings show what the setting did, with an interval."), FontRole::body, ColorRole::text2));
    auto* fresh = new QPushButton(tr("New comparison of this experiment…"));
    fresh->setObjectName(QStringLiteral("compareNew"));
    connect(fresh, &QPushButton::clicked, this, &CompareWorkspace::newAsked);
    auto* open = new QPushButton(tr("Open a comparison…"));
    open->setObjectName(QStringLiteral("compareOpen"));
    connect(open, &QPushButton::clicked, this, &CompareWorkspace::openAsked);
    column->addSpacing(8);
    centred(fresh);
    centred(open);
    column->addStretch(3);
    return page;
}

void CompareWorkspace::askSeeds() {
    auto* dialog = new QInputDialog(this);
    dialog->setObjectName(QStringLiteral("addSeeds"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Add seeds"));
    dialog->setInputMode(QInputDialog::IntInput);
    dialog->setIntRange(1, 100);
    dialog->setIntValue(5);
    dialog->setLabelText(tr("More seeds of each of %1 arms. They are planned now and run when you say so.").arg(model_->plan().arms.size()));
    connect(dialog, &QInputDialog::intValueSelected, this, [this](int count) {
        try {
            model_->addSeeds(count);
        } catch (const std::exception& error) {
            Q_EMIT said(QString::fromUtf8(error.what()));
        }
    });
    dialog->open();
}

void CompareWorkspace::openProblem(const QString& id) {
    const auto& cells = model_->result().cells[model_->chosen()];
    for (std::size_t i = 0; i < cells.size(); ++i)
        if (cells[i].state == Cell::State::done) {
            Q_EMIT cellAsked(QString::fromStdString(model_->plan().cell_dir(model_->chosen(), static_cast<std::int64_t>(i)).string()), id);
            return;
        }
}

QVariantMap CompareWorkspace::viewSettings() const {
    return {{QStringLiteral("axis"), choiceName(axisNames, static_cast<int>(model_->axis()))}, {QStringLiteral("only-two"), model_->onlyTwo()}, {QStringLiteral("smoothing"), model_->smoothing()}};
}

void CompareWorkspace::applyViewSettings(const QVariantMap& values) {
    model_->setAxis(static_cast<ComparisonModel::Axis>(choiceIndex(axisNames, values.value(QStringLiteral("axis")))));
    model_->setOnlyTwo(values.value(QStringLiteral("only-two")).toBool());
    const int smoothing = values.value(QStringLiteral("smoothing")).toInt();
    model_->setSmoothing(smoothing > 0 ? smoothing : ComparisonModel::usualSmoothing);
}

void CompareWorkspace::startOrStop() {
    try {
        if (model_->running()) model_->stop();
        else model_->start();
    } catch (const std::exception& error) {
        Q_EMIT said(QString::fromUtf8(error.what()));
    }
}

void CompareWorkspace::refresh() {
    stack_->setCurrentIndex(model_->isOpen() ? 1 : 0);
    const std::size_t left = model_->allCells() - model_->doneCells();
    const bool running = model_->running();
    run_->setText(running ? tr("Stop") : tr("Run what is missing (%1)").arg(left));
    run_->setVisible(running || left > 0);
    state_->setText(running ? tr("running beside the window") : left > 0 ? QString() : tr("All runs are done."));
}

}  // namespace foothold::ui
