// SPDX-License-Identifier: GPL-3.0-or-later
// The simplified map of a lesson: every group of every step, cells large enough for a number, the future hatched.
#pragma once
#include <QWidget>

namespace foothold::ui {

class LessonRun;
class RunModel;

/// The steps that fit, and where they are drawn. Map and lines use the same one, so that a step stands above itself.
struct LessonColumns {
    qint64 first = 1;
    int count = 0;
    double left = 0, pitch = 16;
    double x(double step) const { return left + (step - static_cast<double>(first)) * pitch; }  ///< Left edge of a step's column.
    double right() const { return left + count * pitch; }
    static constexpr int labels = 118, names = 96, cell = 16;  ///< Room at the left, at the right, and for a step.
    /// For a view of this width: ends with the lesson's step, or later where there is room.
    double end() const { return right() + names; }
    static LessonColumns forWidth(int width, qint64 runTo);
};

class LessonMap : public QWidget {
    Q_OBJECT
   public:
    LessonMap(RunModel* model, LessonRun* run, QWidget* parent = nullptr);
    QSize sizeHint() const override { return {900, 470}; }
    QSize minimumSizeHint() const override { return {500, 250}; }
    QString summary() const;  ///< What it shows, in words.
    static constexpr int mostProblems = 24;

   protected:
    void paintEvent(QPaintEvent*) override;

   private:
    int rowPitch() const;
    RunModel* model_;
    LessonRun* run_;
};

/// Share of the attempts without hints that were right, a line a tier: thin as it is, thick smoothed.
class LessonLines : public QWidget {
    Q_OBJECT
   public:
    LessonLines(RunModel* model, LessonRun* run, QWidget* parent = nullptr);
    QSize sizeHint() const override { return {900, 190}; }
    QSize minimumSizeHint() const override { return {500, 96}; }
    QString summary() const;

   protected:
    void paintEvent(QPaintEvent*) override;

   private:
    RunModel* model_;
    LessonRun* run_;
};

}  // namespace foothold::ui
