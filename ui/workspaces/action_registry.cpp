// SPDX-License-Identifier: GPL-3.0-or-later
// The list of actions.
#include "ui/workspaces/action_registry.h"

#include <QWidget>
#include <algorithm>

#include "ui/theme/theme.h"

namespace foothold::ui {

ActionRegistry::ActionRegistry(QWidget* window) : QObject(window), window_(window) {}

QAction* ActionRegistry::add(const QString& id, const QString& group, const QString& text, const QString& icon, const QKeySequence& shortcut,
                             std::function<void()> run) {
    auto* action = new QAction(text, window_);
    action->setObjectName(id);
    action->setProperty("group", group);
    if (!icon.isEmpty()) action->setIcon(Theme::instance().icon(icon, ColorRole::text));
    if (!shortcut.isEmpty()) {
        action->setShortcut(shortcut);
        QString plain = text;
        plain.remove('&').remove(QStringLiteral("…"));
        action->setToolTip(tr("%1 (%2)").arg(plain, shortcut.toString(QKeySequence::NativeText)));
    }
    connect(action, &QAction::triggered, this, [run = std::move(run)] { run(); });
    window_->addAction(action);  // The shortcut holds in the whole window, also where the menu is hidden.
    actions_.push_back(action);
    return action;
}

QAction* ActionRegistry::find(const QString& id) const {
    const auto found = std::find_if(actions_.begin(), actions_.end(), [&](const QAction* a) { return a->objectName() == id; });
    return found == actions_.end() ? nullptr : *found;
}

QString ActionRegistry::group(const QAction* action) { return action->property("group").toString(); }

}  // namespace foothold::ui
