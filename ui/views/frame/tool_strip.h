// SPDX-License-Identifier: GPL-3.0-or-later
// The line under the menu: the trainer's buttons, where it is, its pace, and the ways to everything else.
#pragma once
#include <QWidget>
#include <functional>

class QComboBox;
class QFrame;
class QMenu;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace foothold::ui {

class ActionRegistry;
class RunModel;
class Text;

class ToolStrip : public QWidget {
    Q_OBJECT
   public:
    ToolStrip(RunModel* model, const ActionRegistry& actions, QWidget* parent = nullptr);

    double pace() const;  ///< Steps a second asked for; 0 = as fast as it goes.
    void setPace(double stepsPerSecond);  ///< One of those on offer; others are passed over.
    /// A workspace of the switch in the middle, which shows itself once there are two.
    void addWorkspace(QAction* action);
    void setExportMenu(QMenu* menu);

   Q_SIGNALS:
    void paceChanged(double stepsPerSecond);

   protected:
    void resizeEvent(QResizeEvent* event) override;

   private:
    QPushButton* actionButton(QAction* action, const QString& text);
    void refresh();

    RunModel* model_;
    QAction *run_, *pause_;
    QPushButton* runButton_;
    Text *step_, *time_, *paceLabel_;
    QProgressBar* progress_;
    QComboBox* pace_;
    QFrame* switch_;
    QPushButton* commands_;
    QToolButton* export_;
};

}  // namespace foothold::ui
