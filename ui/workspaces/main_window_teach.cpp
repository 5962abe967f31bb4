// SPDX-License-Identifier: GPL-3.0-or-later
// The window and its lessons.
#include <QDir>
#include <QFileInfo>
#include <QStackedWidget>

#include "record/experiment_file.h"
#include "ui/lessons/handout.h"
#include "ui/lessons/lesson_run.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/frame/status_strip.h"
#include "ui/views/frame/tool_strip.h"
#include "ui/views/teach/slow_motion.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/habits.h"
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
    connect(teach_, &TeachWorkspace::slowMotionAsked, this, &MainWindow::showSlowMotion);
    connect(teach_, &TeachWorkspace::handoutAsked, this, &MainWindow::askHandout);
    workspaces_->addWidget(teach_);
    habits_->welcome(teach_);
    return teach_;
}

bool MainWindow::inLesson() const { return teach_ && workspaces_->currentWidget() == teach_ && teach_->inLesson(); }

void MainWindow::frameLesson() {
    const bool lesson = inLesson();
    tools_->setVisible(!lesson);
    for (QAction* menu : workMenus_) menu->setVisible(!lesson);
    lessonMenu_->setVisible(lesson);
    for (const char* id : {"teach.next", "teach.back", "teach.leave", "teach.handout"}) actions_->find(QString::fromLatin1(id))->setEnabled(lesson);
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

void MainWindow::showSlowMotion() {
    const qint64 step = inLesson() ? model_->lastStep() : std::min(selection_->step(), model_->lastStep());
    if (!model_->session() || step < 1 || model_->steps()[static_cast<std::size_t>(step)]->groups.empty())
        return notice()->showNotice(NoticeBar::Kind::info, tr("Slow motion walks a step that was trained: train one first, or choose one on the map."));
    if (inLesson()) return (new SlowMotion(model_, step, -1, this))->open();
    // Not every step draws every problem: the one that is selected, when it was drawn last.
    qint64 drawn = step;
    const int problem = selection_->problem();
    const bool sampled = problem >= 0 && model_->lastGroup(problem, step, &drawn);
    (new SlowMotion(model_, sampled ? drawn : step, sampled ? problem : -1, this))->open();
}

void MainWindow::askHandout() {
    if (!teach_ || !teach_->run()->active()) return;
    const QString name = QDir::home().filePath(QString::fromStdString(teach_->run()->lesson().id) + QStringLiteral(".pdf"));
    askFile(this, {tr("Save the handout"), name, tr("PDF (*.pdf);;HTML (*.html)"), FileQuestion::Kind::save}, [this](const QString& path) {
        if (!teach_->run()->active()) return;
        guarded([&] {
            writeHandout(handoutHtml(*teach_->run(), *model_, QDateTime::currentDateTime()), path);
            status_->setNote(tr("Wrote %1").arg(QFileInfo(path).fileName()));
        });
    });
}

}  // namespace foothold::ui
