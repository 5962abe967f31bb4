// SPDX-License-Identifier: GPL-3.0-or-later
// A new comparison of the open experiment: one setting changed, so many seeds; from the start, or as forks of the run at a step.
#pragma once
#include <QDialog>

#include "studies/comparison.h"

class QCheckBox;
class QSpinBox;
class QVBoxLayout;

namespace foothold::ui {

class SettingField;
class Text;

class NewComparisonDialog : public QDialog {
    Q_OBJECT
   public:
    /// Another arm of a plan: its baseline's experiment with one setting changed. Emits armed().
    explicit NewComparisonDialog(const ComparisonPlan& plan, std::size_t baseline, QWidget* parent = nullptr);
    /// `run` empty: no fork can be offered. `step`: where it would be forked.
    NewComparisonDialog(const Experiment& experiment, const std::filesystem::path& run, qint64 step, QWidget* parent = nullptr);
    ComparisonPlan plan() const;  ///< `dir` is left empty. Throws UserError (unknown key, refused value, nothing changed).

    Arm arm() const;              ///< Of the setting chosen. Throws the same.

   Q_SIGNALS:
    void planned(const foothold::ComparisonPlan& plan);
    void armed(const foothold::Arm& arm);

   private:
    QVBoxLayout* build(const QString& title, const QString& intro, const QString& action);
    void accept() override;
    Experiment experiment_;
    std::filesystem::path run_;
    qint64 step_;
    bool forks_ = false;  ///< The plan that gets another arm is one of forks.
    SettingField* setting_ = nullptr;
    QSpinBox *seeds_ = nullptr, *first_ = nullptr, *steps_ = nullptr;
    QCheckBox* fork_ = nullptr;
    Text* problem_;
};

}  // namespace foothold::ui
