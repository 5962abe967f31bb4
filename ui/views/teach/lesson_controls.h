// SPDX-License-Identifier: GPL-3.0-or-later
// Play, Step and Reset, how far it is, and how fast it goes.
#pragma once
#include "ui/views/common/card.h"

class QButtonGroup;
class QPushButton;
class QProgressBar;

namespace foothold::ui {

class LessonLabel;
class LessonRun;
class RunModel;

class LessonControls : public Card {
    Q_OBJECT
   public:
    LessonControls(RunModel* model, LessonRun* run, QWidget* parent = nullptr);
    double pace() const;  ///< Steps a second; 0 = as fast as it goes.
    void playOrPause();

   Q_SIGNALS:
    void resetAsked();
    void pressed();  ///< A button did its work: the focus belongs to the lesson.

   protected:
    void resizeEvent(QResizeEvent* event) override;

   private:
    void refresh();
    void sendPace();

    RunModel* model_;
    LessonRun* run_;
    QPushButton *play_, *step_, *reset_;
    LessonLabel *place_, *about_;
    QProgressBar* bar_;
    QButtonGroup* speeds_;
};

}  // namespace foothold::ui
