// SPDX-License-Identifier: GPL-3.0-or-later
// The left card: what is trained on what, who gets which hint, and what is still pending.
#pragma once
#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"

class QPushButton;
class QLineEdit;

namespace foothold::ui {

class ExperimentEditor;
class KeyCombo;
class RatioSlider;
class RunModel;
class Selection;

class ExperimentPanel : public Card, public ExportedView {
    Q_OBJECT
   public:
    ExperimentPanel(RunModel* model, Selection* selection, ExperimentEditor* editor, QWidget* parent = nullptr);

    /// Buttons at the right end of the title: undo, redo, a menu.
    void setHeaderActions(const QList<QAction*>& actions);

    QString exportName() const override { return QStringLiteral("settings"); }
    QString exportTitle() const override;
    ShownTable shownTable() const override;  ///< Every key of the experiment, as the panel has it.

   private:
    QVBoxLayout* section(const QString& title, const QString& note = {});
    void buildTask();
    void buildGuidance();
    void buildCorruption();
    void buildFooter();
    void refresh();
    void refreshFooter();

    RunModel* model_;
    ExperimentEditor* editor_;
    QVBoxLayout* column_ = nullptr;
    QLineEdit* tiers_ = nullptr;
    QWidget* adapter_ = nullptr;  ///< Row of the LoRA rank.
    RatioSlider* dose_ = nullptr;
    Text* doseText_ = nullptr;
    Text* presetNote_ = nullptr;
    QLabel* footIcon_ = nullptr;
    QString footLook_;  ///< What the icon shows now.
    Text* footTitle_ = nullptr;
    Text* footNote_ = nullptr;
    QPushButton* footUndo_ = nullptr;
};

}  // namespace foothold::ui
