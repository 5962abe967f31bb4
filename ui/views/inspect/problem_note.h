// SPDX-License-Identifier: GPL-3.0-or-later
// What a person writes about one problem, kept with the run.
#pragma once
#include <QWidget>

class QPlainTextEdit;
class QTimer;

namespace foothold::ui {

class RunModel;
class Text;

class ProblemNote : public QWidget {
    Q_OBJECT
   public:
    explicit ProblemNote(RunModel* model, QWidget* parent = nullptr);
    ~ProblemNote() override;       ///< Keeps what was typed.
    void setProblem(int problem);  ///< Keeps what was typed for the one before; -1 = none.
    void keep();                   ///< Writes what was typed and is not kept yet.

   Q_SIGNALS:
    void failed(const QString& message);

   private:
    RunModel* model_;
    Text* title_;
    QPlainTextEdit* field_;
    QTimer* timer_;
    int problem_ = -1;  ///< Whose note is in the field.
};

}  // namespace foothold::ui
