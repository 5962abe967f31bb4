// SPDX-License-Identifier: GPL-3.0-or-later
// Every action of the window under an id: menus, shortcuts, the command palette and `--do` all take them from here.
#pragma once
#include <QAction>
#include <QKeySequence>
#include <QObject>
#include <functional>
#include <vector>

namespace foothold::ui {

class ActionRegistry : public QObject {
    Q_OBJECT
   public:
    explicit ActionRegistry(QWidget* window);

    /// Makes an action with objectName `id`. `group` is the menu it belongs to, in words, for the palette.
    QAction* add(const QString& id, const QString& group, const QString& text, const QString& icon, const QKeySequence& shortcut,
                 std::function<void()> run);
    QAction* find(const QString& id) const;  ///< Null if there is none.
    const std::vector<QAction*>& all() const { return actions_; }
    static QString group(const QAction* action);
    static QString plainText(const QAction* action);  ///< Without the mark of its access key and the dots.
    /// Changes the keys and names them in the tool tip. What an action came with stays in its property "standardShortcut".
    static void setShortcut(QAction* action, const QKeySequence& keys);

   private:
    QWidget* window_;
    std::vector<QAction*> actions_;
};

}  // namespace foothold::ui
