// SPDX-License-Identifier: GPL-3.0-or-later
// Any live key of the experiment, changed by name.
#pragma once
#include <QDialog>

class QPushButton;

namespace foothold::ui {

class ExperimentEditor;
class RunModel;
class SettingField;
class Text;

class InterveneDialog : public QDialog {
    Q_OBJECT
   public:
    InterveneDialog(RunModel* model, ExperimentEditor* editor, QWidget* parent);

   private:
    void apply();
    RunModel* model_;
    ExperimentEditor* editor_;
    SettingField* setting_;
    Text* message_;
    QPushButton* apply_;
};

}  // namespace foothold::ui
