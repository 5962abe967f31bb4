// SPDX-License-Identifier: GPL-3.0-or-later
// The solve curve of the selected problem, small, in the problem card.
#pragma once
#include <QWidget>

class QPushButton;

namespace foothold::ui {

class CurveBook;
class RunModel;
class Selection;
class SolveCurve;
class Text;

/// Until something is sampled it only says what can be asked; the plot is made with the first answer.
class CurveSection : public QWidget {
    Q_OBJECT
   public:
    CurveSection(RunModel* model, Selection* selection, CurveBook* curves, QWidget* parent = nullptr);

   Q_SIGNALS:
    void asked();  ///< For the curve of the selected problem.

   private:
    void refresh();

    RunModel* model_;
    Selection* selection_;
    CurveBook* curves_;
    SolveCurve* curve_ = nullptr;
    Text* words_;
    QPushButton* ask_;
};

}  // namespace foothold::ui
