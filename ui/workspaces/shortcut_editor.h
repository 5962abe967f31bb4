// SPDX-License-Identifier: GPL-3.0-or-later
// The dialog in which keys are given to actions.
#pragma once
#include <QDialog>

class QAction;
class QKeySequenceEdit;
class QLineEdit;
class QPushButton;
class QTreeWidget;

namespace foothold::ui {

class ActionRegistry;
class Shortcuts;
class Text;

/// Every action with its keys; those changed from the standard are in bold. Keys of another action are refused with its name, and can be
/// taken from it with one more click.
class ShortcutEditor : public QDialog {
    Q_OBJECT
   public:
    ShortcutEditor(const ActionRegistry& actions, Shortcuts* shortcuts, QWidget* parent = nullptr);
    void choose(const QString& id);  ///< Makes an action the current one.

   private:
    void fill();
    void filter(const QString& typed);
    void showCurrent();
    void assign(bool take);
    QAction* current() const;
    const ActionRegistry& actions_;
    Shortcuts* shortcuts_;
    QLineEdit* filter_;
    QTreeWidget* tree_;
    QKeySequenceEdit* keys_;
    QPushButton *assign_, *take_, *none_, *reset_;
    Text* message_;
};

}  // namespace foothold::ui
