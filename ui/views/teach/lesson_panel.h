// SPDX-License-Identifier: GPL-3.0-or-later
// The left panel of a lesson: one idea, a drawing, one question, and afterwards the answer beside what was chosen.
#pragma once
#include <QButtonGroup>
#include <vector>

#include "ui/views/common/card.h"

class QPushButton;
class QScrollArea;

namespace foothold::ui {

class GroupDrawing;
class LessonLabel;
class LessonRun;
class OptionRow;
class RunModel;

class LessonPanel : public Card {
    Q_OBJECT
   public:
    LessonPanel(RunModel* model, LessonRun* run, QWidget* parent = nullptr);
    void press(int key);  ///< 1 to 5 choose an answer, Return locks or goes on.

   Q_SIGNALS:
    void slowMotionAsked();
    void handoutAsked();
    void pressed();  ///< A button did its work and may be switched off now: the focus belongs to the lesson.

   private:
    void showStep();   ///< Another step: texts, drawing, answers.
    void refresh();    ///< State of the step on screen.

    RunModel* model_;
    LessonRun* run_;
    int shown_ = -1;
    std::string shownLesson_;
    bool wasDone_ = false;
    QScrollArea* scroll_;
    LessonLabel *place_, *title_, *text_, *ask_, *question_, *lockNote_, *verdict_, *measured_, *outcome_, *hand_, *ending_;
    GroupDrawing* drawing_;
    QFrame *prediction_, *answer_;
    QVBoxLayout* rows_;
    std::vector<OptionRow*> options_;
    QButtonGroup* group_ = nullptr;
    QPushButton *lock_, *slow_, *back_, *next_;
    LessonLabel* nextNote_;
    QWidget* inside_;
};

}  // namespace foothold::ui
