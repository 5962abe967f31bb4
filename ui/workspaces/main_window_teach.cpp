// SPDX-License-Identifier: GPL-3.0-or-later
// The window and its lessons.
#include <QMenu>
#include <QMenuBar>
#include <QStackedWidget>

#include "record/experiment_file.h"
#include "ui/lessons/lesson_run.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/views/frame/tool_strip.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/main_window.h"
#include "ui/workspaces/teach_workspace.h"

namespace foothold::ui {

TeachWorkspace* MainWindow::teach() {
    if (teach_) return teach_;
    teach_ = new TeachWorkspace(model_, options_.lessons.empty() ? lessonFolder() : options_.lessons);
    connect(teach_, &TeachWorkspace::said, this, [this](const QString& message) { notice()->showNotice(NoticeBar::Kind::warning, message); });
    connect(teach_, &TeachWorkspace::lessonAsked, this, [this](const Lesson& lesson) { openLesson(lesson); });
    connect(teach_, &TeachWorkspace::openInLive, this, [this] { showWorkspace(QStringLiteral("live")); });
    connect(teach_, &TeachWorkspace::shownChanged, this, &MainWindow::frameLesson);
    connect(teach_->run(), &LessonRun::changed, this, &MainWindow::refreshActions);
    workspaces_->addWidget(teach_);
    return teach_;
}

bool MainWindow::inLesson() const { return teach_ && workspaces_->currentWidget() == teach_ && teach_->inLesson(); }

void MainWindow::frameLesson() {
    const bool lesson = inLesson();
    tools_->setVisible(!lesson);
    for (QAction* menu : workMenus_) menu->setVisible(!lesson);
    lessonMenu_->setVisible(lesson);
    for (const char* id : {"teach.next", "teach.back", "teach.leave"}) actions_->find(QString::fromLatin1(id))->setEnabled(lesson);
    if (model_->session()) model_->session()->set_pace(lesson ? teach_->pace() : tools_->pace());
    refreshActions();
    refreshTitle();
}

void MainWindow::openLesson(const Lesson& lesson) {
    guarded([&] {
        SessionOptions options = options_.session;
        options.experiment_path = lesson.file;
        options.steps = options.token_limit = 0;
        // One run at a time: what trains is stopped after its last finished step, and kept.
        QString stopped;
        if (const Progress& p = model_->progress(); model_->session() && p.state == TrainerState::running)
            stopped = tr("The run %1 was stopped after step %2 and is kept: File, Runs.").arg(QString::fromStdString(model_->info().name)).arg(p.step);
        auto session = doors_.create(lesson.experiment, options);
        options_.session.dir.clear();
        path_.clear();
        name_ = tr("Lesson %1 · %2").arg(lesson.number).arg(QString::fromStdString(lesson.title));
        savedText_ = write_experiment(lesson.experiment);
        notice()->dismiss();
        takeSession(std::move(session), true);
        editor_->setDraft(lesson.experiment);
        teach()->begin(lesson);
        showWorkspace(QStringLiteral("teach"));
        frameLesson();
        if (!stopped.isEmpty()) notice()->showNotice(NoticeBar::Kind::info, stopped);
    });
}

void MainWindow::openLessonNumber(int number) {
    showWorkspace(QStringLiteral("teach"));
    for (const LessonSlot& slot : teach()->lessons())
        if (slot.number == number && slot.lesson) {
            const Lesson lesson = *slot.lesson;
            return openLesson(lesson);
        }
}

}  // namespace foothold::ui
