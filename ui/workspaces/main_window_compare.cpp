// SPDX-License-Identifier: GPL-3.0-or-later
// The window and its comparisons.
#include <QMessageBox>
#include <QPushButton>
#include <QStackedWidget>

#include "record/experiment_file.h"
#include "record/paths.h"
#include "session/fork.h"
#include "ui/models/comparison_model.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/frame/status_strip.h"
#include "ui/views/studies/studies_dialog.h"
#include "ui/workspaces/compare_workspace.h"
#include "ui/workspaces/habits.h"
#include "ui/workspaces/live_workspace.h"
#include "ui/workspaces/main_window.h"
#include "ui/workspaces/new_comparison.h"

namespace foothold::ui {

CompareWorkspace* MainWindow::compare() {
    if (compare_) return compare_;
    compare_ = new CompareWorkspace;
    connect(compare_, &CompareWorkspace::said, this, [this](const QString& message) { notice()->showNotice(NoticeBar::Kind::warning, message); });
    connect(compare_, &CompareWorkspace::newAsked, this, &MainWindow::newComparison);
    connect(compare_, &CompareWorkspace::openAsked, this, &MainWindow::askComparison);
    connect(compare_, &CompareWorkspace::addArmAsked, this, [this] {
        auto* dialog = new NewComparisonDialog(compare_->model()->plan(), compare_->model()->baseline(), this);
        connect(dialog, &NewComparisonDialog::armed, this, [this](const Arm& arm) { guarded([&] { compare_->model()->addArm(arm); }); });
        dialog->open();
    });
    connect(compare_, &CompareWorkspace::cellAsked, this, [this](const QString& dir, const QString& problem) {
        guarded([&] {
            openCell(dir.toStdString());
            selectProblem(problem);
            showWorkspace(QStringLiteral("inspect"));
        });
    });
    connect(compare_, &CompareWorkspace::stepAsked, this, [this](const QString& dir, qint64 step) {
        guarded([&] {
            openCell(dir.toStdString());
            showWorkspace(QStringLiteral("live"));
            selection_->setStep(std::clamp<qint64>(step, 0, std::max<qint64>(0, model_->lastStep())));
            live_->setGroupsShown(true);
        });
    });
    workspaces_->addWidget(compare_);
    habits_->welcome(compare_);
    return compare_;
}

void MainWindow::openCell(const std::filesystem::path& dir) {
    openRun(dir);
    if (!model_->session()->read_only()) model_->session()->set_steps(std::max<qint64>(0, model_->lastStep()));
    // Cells are called by their seed alone: the arm says what is looked at.
    name_ = tr("%1, %2").arg(QString::fromStdString(dir.parent_path().filename().string()).section('-', 1), QString::fromStdString(dir.filename().string()).replace('-', ' '));
    refreshTitle();
    model_->poll();
}

void MainWindow::openComparison(const std::filesystem::path& dir) {
    compare()->model()->open(dir);
    if (!model_->session()) {  // The other workspaces are never without an experiment.
        const auto usual = resource_dir() / "experiments" / "dead-groups.toml";
        openExperiment(read_experiment(usual), usual);
    }
    showWorkspace(QStringLiteral("compare"));
    refreshActions();
}

void MainWindow::askComparison() {
    askFile(this, {tr("Open a comparison"), QString::fromStdString(runs_dir().string()), {}, FileQuestion::Kind::folder},
            [this](const QString& path) { guarded([&] { openComparison(path.toStdString()); }); });
}

void MainWindow::showStudies() {
    auto* dialog = new StudiesDialog({}, {}, this);
    connect(dialog, &StudiesDialog::failed, this, [this](const QString& message) { notice()->showNotice(NoticeBar::Kind::error, message); });
    dialog->show();
}

void MainWindow::newComparison() {
    Experiment experiment = editor_->draft();
    if (const auto beside = path_.parent_path() / experiment.model.path; !path_.empty() && std::filesystem::exists(beside))
        experiment.model.path = std::filesystem::absolute(beside).string();
    experiment.interventions.clear();
    const bool run = model_->session() && model_->lastStep() >= 0;
    auto* dialog = new NewComparisonDialog(experiment, run ? model_->session()->dir() : std::filesystem::path(), run ? selection_->step() : -1, this);
    connect(dialog, &NewComparisonDialog::planned, this, [this](ComparisonPlan plan) {
        plan.dir = new_run_dir("compare");
        write_plan(plan);
        openComparison(plan.dir);
        // One run at a time on these cores: the live one waits, the person may go on with it.
        if (model_->session() && model_->progress().state == TrainerState::running) {
            model_->session()->pause();
            status_->setNote(tr("%1 waits while the comparison runs").arg(name_));
        }
        compare()->startOrStop();
    });
    dialog->open();
}

bool MainWindow::leaveComparison() {
    if (!compare_ || !compare_->model()->running()) return true;
    QMessageBox question(QMessageBox::NoIcon, tr("A comparison is running"),
                         tr("%1 of %2 runs are done. It can go on without the window; opening its folder shows how far it is.")
                             .arg(compare_->model()->doneCells()).arg(compare_->model()->allCells()), QMessageBox::Cancel, this);
    question.setObjectName(QStringLiteral("leaveComparison"));
    auto* leave = question.addButton(tr("Leave it running"), QMessageBox::AcceptRole);
    auto* stop = question.addButton(tr("Stop it"), QMessageBox::DestructiveRole);
    question.exec();
    if (question.clickedButton() == stop) compare_->model()->stop();
    return question.clickedButton() == leave || question.clickedButton() == stop;
}

}  // namespace foothold::ui
