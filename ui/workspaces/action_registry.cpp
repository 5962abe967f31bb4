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
    action->setProperty("standardShortcut", QVariant::fromValue(shortcut));
    if (!shortcut.isEmpty()) setShortcut(action, shortcut);
    connect(action, &QAction::triggered, this, [run = std::move(run)] { run(); });
    window_->addAction(action);  // The shortcut holds in the whole window, also where the menu is hidden.
    actions_.push_back(action);
    return action;
}

QAction* ActionRegistry::find(const QString& id) const {
    const auto found = std::find_if(actions_.begin(), actions_.end(), [&](const QAction* a) { return a->objectName() == id; });
    return found == actions_.end() ? nullptr : *found;
}

void ActionRegistry::setShortcut(QAction* action, const QKeySequence& keys) {
    const auto named = [action](const QKeySequence& own) { return own.isEmpty() ? plainText(action) : tr("%1 (%2)").arg(plainText(action), own.toString(QKeySequence::NativeText)); };
    // A tool tip that says more than the name is left alone.
    const bool plain = action->toolTip() == named(action->shortcut()) || action->toolTip() == plainText(action) || action->shortcut().isEmpty();
    action->setShortcut(keys);
    if (plain) action->setToolTip(named(keys));
}

QString ActionRegistry::plainText(const QAction* action) {
    QString text = action->text();
    return text.remove('&').remove(QStringLiteral("…"));
}

QString ActionRegistry::group(const QAction* action) { return action->property("group").toString(); }

}  // namespace foothold::ui
