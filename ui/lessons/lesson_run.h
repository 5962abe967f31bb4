// SPDX-License-Identifier: GPL-3.0-or-later
// A lesson under way: which step, what was predicted, what happened.
#pragma once
#include <QObject>
#include <optional>
#include <vector>

#include "ui/lessons/lesson.h"

namespace foothold::ui {

class RunModel;

/// Drives the window's run through a lesson. Predictions and the place are kept with the run as a note, at once. GUI thread only.
class LessonRun : public QObject {
    Q_OBJECT
   public:
    explicit LessonRun(RunModel* model, QObject* parent = nullptr);

    void begin(const Lesson& lesson);  ///< The model's run is a fresh one of the lesson's experiment.
    /// Goes on with the lesson that the model's run was made for (its note), if it is one of these. False if it is none.
    bool resume(const std::vector<LessonSlot>& slots);
    void end();

    bool active() const { return lesson_.has_value(); }
    const Lesson& lesson() const { return *lesson_; }
    int stepCount() const { return active() ? static_cast<int>(lesson_->steps.size()) : 0; }
    int current() const { return current_; }      ///< The step on screen.
    int reached() const { return reached_; }      ///< The furthest step opened: steps before it are done.
    const LessonStep& step() const { return lesson_->steps[static_cast<std::size_t>(current_)]; }
    void show(int step);                          ///< Any step up to reached(), or the next one if the furthest is done.

    int chosen(int step) const { return answers_[static_cast<std::size_t>(step)].option; }  ///< -1 = nothing yet.
    bool locked(int step) const { return answers_[static_cast<std::size_t>(step)].locked; }
    void choose(int option);   ///< Of the step on screen; refused once it is locked.
    void lockIn();             ///< Keeps the choice for good and trains the step.

    bool mayTrain() const;     ///< There are steps left to train here, and the prediction (if any) is locked.
    bool done(int step) const; ///< Trained, and predicted where it asks for it: Next may be pressed.
    bool running() const;
    void play();               ///< To the end of this step.
    void pause();
    void oneStep();

    LessonOutcome outcome(int step) const;
    /// What was set otherwise than the lesson sets it, in words: by hand in Live, or not at the step it should have been.
    QStringList changedByHand() const;

   Q_SIGNALS:
    void changed();            ///< Place, choice, lock or what has been trained.
    void said(const QString& message);

   private:
    struct Answer {
        int option = -1;
        bool locked = false;
    };
    bool prepare();            ///< Makes the step's change if it is due; false (said) if it is refused.
    void keep();

    RunModel* model_;
    std::optional<Lesson> lesson_;
    int current_ = 0, reached_ = 0;
    std::vector<Answer> answers_;
};

}  // namespace foothold::ui
