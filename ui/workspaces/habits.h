// SPDX-License-Identifier: GPL-3.0-or-later
// What people expect of any window of this kind: brushing and slices, pinning, the list of edits, shortcuts, layouts, drag and drop, help.
#pragma once
#include <QObject>
#include <functional>

class QAction;
class QMenu;

namespace foothold::ui {

class ActionRegistry;
class DropHint;
class Layouts;
class MainWindow;
class NamedDialog;
class Shortcuts;
class Tour;
class ViewExports;

/// One a window. It acts on the window only through the window's public doors and registers its actions like any other part.
class Habits : public QObject {
    Q_OBJECT
   public:
    Habits(MainWindow* window, ActionRegistry* actions);
    void addActions();                   ///< Called while the window makes its actions.
    void fillSelectMenu(QMenu* menu);
    void fillLayoutMenu(QMenu* menu);
    void begin();                        ///< All actions are there: takes the person's own shortcuts.
    void welcome(QWidget* workspace);    ///< A workspace was made: it gets what was chosen for it before.
    QString description() const;         ///< What the views in front show, in words.
    Shortcuts* shortcuts() const { return shortcuts_; }
    Layouts* layouts() const { return layouts_; }
    Tour* tour() const { return tour_; }

   protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

   private:
    void addSelectActions();             // habits_select.cpp
    void guarded(const std::function<void()>& work);
    QAction* add(const char* id, const QString& group, const QString& text, const char* icon, const QString& keys, std::function<void()> run);
    NamedDialog* showSlices();
    void showEdits();
    void addLayoutActions();             // habits_layouts.cpp
    NamedDialog* showLayouts();
    void addFileActions();               // habits_files.cpp
    bool handleDrag(QEvent* event);
    void addHelpActions();               // habits_help.cpp
    void showDescription();

    MainWindow* window_;
    ActionRegistry* actions_;
    Shortcuts* shortcuts_;
    Layouts* layouts_;
    ViewExports* exports_;
    DropHint* drop_ = nullptr;
    Tour* tour_ = nullptr;  ///< Made by begin().
};

}  // namespace foothold::ui
