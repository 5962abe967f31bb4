// SPDX-License-Identifier: GPL-3.0-or-later
// Rows "label, control" for keys of the experiment; each follows the editor and edits through it.
#pragma once
#include <QComboBox>
#include <QSpinBox>
#include <string>
#include <vector>

class QBoxLayout;
class QLineEdit;
class QMenu;
class QPushButton;

namespace foothold::ui {

class ExperimentEditor;

/// Adds "label | control" to a column. Keys that need a new run carry a mark behind their label.
void addRow(QBoxLayout* column, const std::string& key, QWidget* control, const QString& title = {});

/// The choices of a text key (ExperimentKey::choices, or those given); a value that is none of them is added while it is set.
class KeyCombo : public QComboBox {
    Q_OBJECT
   public:
    KeyCombo(ExperimentEditor* editor, std::string key, std::vector<std::string> choices = {}, QWidget* parent = nullptr);

   protected:
    void wheelEvent(QWheelEvent* event) override;  ///< Scrolls the panel, never changes the value by accident.

   private:
    void refresh();
    ExperimentEditor* editor_;
    std::string key_;
};

/// A whole number.
class KeySpin : public QSpinBox {
    Q_OBJECT
   public:
    KeySpin(ExperimentEditor* editor, std::string key, QWidget* parent = nullptr);

   protected:
    void wheelEvent(QWheelEvent* event) override;

   private:
    void refresh();
    ExperimentEditor* editor_;
    std::string key_;
};

/// The tiers whose hints are corrupted: a menu of check marks; none checked means all.
QPushButton* tierMenuButton(ExperimentEditor* editor, const std::string& key, QWidget* parent = nullptr);

}  // namespace foothold::ui
