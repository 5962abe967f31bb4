// SPDX-License-Identifier: GPL-3.0-or-later
// Actions on shortcuts and layouts.
#include <QMenu>

#include "ui/views/frame/named_dialog.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/habits.h"
#include "ui/workspaces/layouts.h"
#include "ui/workspaces/main_window.h"
#include "ui/workspaces/shortcut_editor.h"
#include "ui/workspaces/shortcuts.h"

namespace foothold::ui {

void Habits::addLayoutActions() {
    const QString view = tr("View");
    add("layout.save", view, tr("&Save the layout…"), "save", {}, [this] { showLayouts()->focusName(); });
    add("layout.manage", view, tr("&Layouts…"), "", {}, [this] { showLayouts(); });
    add("layout.reset", view, tr("&Reset the layout"), "", {}, [this] { layouts_->reset(); });
    add("shortcuts", view, tr("S&hortcuts…"), "", {}, [this] { (new ShortcutEditor(*actions_, shortcuts_, window_))->open(); });
}

void Habits::fillLayoutMenu(QMenu* menu) {
    menu->setObjectName(QStringLiteral("layout.menu"));
    connect(menu, &QMenu::aboutToShow, menu, [this, menu] {
        menu->clear();
        bool own = false;
        for (const Layouts::One& one : layouts_->all()) {
            if (!one.builtIn && !std::exchange(own, true)) menu->addSeparator();
            QString shown = one.broken.isEmpty() ? one.name : tr("%1 (cannot be read)").arg(one.name);
            QAction* action = menu->addAction(shown.replace('&', QStringLiteral("&&")));
            action->setCheckable(true);
            action->setChecked(one.name == layouts_->current());
            connect(action, &QAction::triggered, this, [this, name = one.name] { guarded([&] { layouts_->apply(name); }); });
        }
        menu->addSeparator();
        for (const char* id : {"layout.save", "layout.manage", "layout.reset"}) menu->addAction(actions_->find(QString::fromLatin1(id)));
    });
}

NamedDialog* Habits::showLayouts() {
    NamedThings things;
    things.id = QStringLiteral("layouts");
    things.title = tr("Layouts");
    things.help = tr("A layout keeps the workspace in front, sizes, colours, filters, order and what the legend hides. Each is one file in %1.")
                      .arg(QString::fromStdString(layouts_->folder().string()));
    things.use = tr("Apply");
    things.all = [this] {
        std::vector<NamedThings::One> all;
        for (const Layouts::One& one : layouts_->all()) all.push_back({one.name, one.broken.isEmpty() ? one.name : tr("%1 (cannot be read)").arg(one.name), one.builtIn});
        return all;
    };
    things.saveText = [] { return tr("Save this layout"); };
    things.save = [this](const QString& name) { layouts_->save(name); };
    things.apply = [this](const QString& name) { layouts_->apply(name); };
    things.remove = [this](const QString& name) { layouts_->remove(name); };
    things.rename = [this](const QString& from, const QString& to) { layouts_->rename(from, to); };
    auto* dialog = new NamedDialog(std::move(things), window_);
    dialog->open();
    return dialog;
}

}  // namespace foothold::ui
