// SPDX-License-Identifier: GPL-3.0-or-later
// Teach: the list of lessons, and a lesson under way in the window's ordinary run.
#pragma once
#include <QWidget>
#include <filesystem>
#include <vector>

#include "ui/lessons/lesson.h"

class QStackedWidget;

namespace foothold::ui {

class LessonControls;
class LessonList;
class LessonMap;
class LessonPanel;
class LessonRun;
class RunModel;

class TeachWorkspace : public QWidget {
    Q_OBJECT
   public:
    TeachWorkspace(RunModel* model, const std::filesystem::path& folder, QWidget* parent = nullptr);

    LessonRun* run() const { return run_; }
    const std::vector<LessonSlot>& lessons() const { return slots_; }
    bool inLesson() const;
    void readLessons();                ///< The files anew, and whether the open run was made for one of them.
    void begin(const Lesson& lesson);  ///< The model's run is a fresh one of the lesson's experiment.
    void leave();                      ///< To the list; the run is kept, paused.
    void playOrPause();
    double pace() const;

   Q_SIGNALS:
    void lessonAsked(const Lesson& lesson);  ///< To be begun, in a run of its own.
    void openInLive();
    void slowMotionAsked();
    void handoutAsked();
    void said(const QString& message);
    void shownChanged();  ///< List or lesson.

   protected:
    void keyPressEvent(QKeyEvent* event) override;

   private:
    QWidget* makeLesson();
    void startSlot(int index);
    void reset();
    void showPage(bool lesson);

    RunModel* model_;
    std::filesystem::path folder_, lessonDir_;
    std::vector<LessonSlot> slots_;
    LessonRun* run_;
    QStackedWidget* stack_;
    LessonList* list_;
    LessonPanel* panel_ = nullptr;
    LessonControls* controls_ = nullptr;
};

}  // namespace foothold::ui
