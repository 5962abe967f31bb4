// SPDX-License-Identifier: GPL-3.0-or-later
// The steps of a lesson in place of the tool bar: done, here, to come; and the two ways out.
#pragma once
#include <QPushButton>
#include <QWidget>
#include <vector>

class QHBoxLayout;

namespace foothold::ui {

class LessonRun;

class StepBar : public QWidget {
    Q_OBJECT
   public:
    explicit StepBar(LessonRun* run, QWidget* parent = nullptr);

   Q_SIGNALS:
    void openInLive();
    void leave();

   private:
    void rebuild();
    void refresh();

    LessonRun* run_;
    QHBoxLayout* steps_;
    std::string shown_;  ///< Lesson that the buttons were made for.
    std::vector<QPushButton*> buttons_;
};

}  // namespace foothold::ui
