// SPDX-License-Identifier: GPL-3.0-or-later
// How many problems are solved how often: ten bars over the share right without a hint.
#pragma once
#include <QWidget>
#include <array>
#include <set>

namespace foothold::ui {

class RunModel;
class Selection;

/// A click or a drag over bars brushes their problems; the arrow keys move a chosen bar, Shift widens it. Problems never sampled without a
/// hint have no bar.
class SolvedHistogram : public QWidget {
    Q_OBJECT
   public:
    static constexpr int bins = 10;
    SolvedHistogram(RunModel* model, Selection* selection, QWidget* parent = nullptr);
    void refresh();  ///< Counts at the step shown.
    const std::set<int>& problemsIn(int bin) const { return problems_[static_cast<std::size_t>(bin)]; }
    QRect barRect(int bin) const;  ///< The whole column of a bar, from top to ground.
    QSize sizeHint() const override { return {200, 50}; }
    QSize minimumSizeHint() const override { return {120, 50}; }

   protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

   private:
    int binAt(double x) const;
    void brush(int from, int to);

    RunModel* model_;
    Selection* selection_;
    std::array<std::set<int>, bins> problems_;
    int from_ = -1, to_ = -1;  ///< Bars chosen last; -1 = none.
    bool pressed_ = false;
};

}  // namespace foothold::ui
