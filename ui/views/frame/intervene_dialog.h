// SPDX-License-Identifier: GPL-3.0-or-later
// Any live key of the experiment, changed by name.
#pragma once
#include <QDialog>

class QComboBox;
class QLineEdit;
class QPushButton;

namespace foothold::ui {

class ExperimentEditor;
class RunModel;
class Text;

class InterveneDialog : public QDialog {
    Q_OBJECT
   public:
    InterveneDialog(RunModel* model, ExperimentEditor* editor, QWidget* parent);

   private:
    void showKey();
    void apply();
    RunModel* model_;
    ExperimentEditor* editor_;
    QComboBox *keys_, *choices_;
    QLineEdit* value_;
    Text *meaning_, *now_, *message_;
    QPushButton* apply_;
};

}  // namespace foothold::ui
