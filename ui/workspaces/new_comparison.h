// SPDX-License-Identifier: GPL-3.0-or-later
// A new comparison of the open experiment: one setting changed, so many seeds; from the start, or as forks of the run at a step.
#pragma once
#include <QDialog>

#include "studies/comparison.h"

class QCheckBox;
class QComboBox;
class QLineEdit;
class QSpinBox;

namespace foothold::ui {

class Text;

class NewComparisonDialog : public QDialog {
    Q_OBJECT
   public:
    /// `parent run` empty: no fork can be offered. `step`: where it would be forked.
    NewComparisonDialog(const Experiment& experiment, const std::filesystem::path& run, qint64 step, QWidget* parent = nullptr);
    ComparisonPlan plan() const;  ///< `dir` is left empty. Throws UserError (unknown key, refused value, nothing changed).

   Q_SIGNALS:
    void planned(const foothold::ComparisonPlan& plan);

   private:
    void accept() override;
    Experiment experiment_;
    std::filesystem::path run_;
    qint64 step_;
    QComboBox* key_;
    QLineEdit* value_;
    QSpinBox *seeds_, *first_, *steps_;
    QCheckBox* fork_;
    Text* problem_;
};

}  // namespace foothold::ui
