// SPDX-License-Identifier: GPL-3.0-or-later
// Conflict check and storage of shortcuts.
#include "ui/workspaces/shortcuts.h"

#include <QSettings>

#include "record/error.h"
#include "ui/workspaces/action_registry.h"

namespace foothold::ui {
namespace {

QString settingOf(const QAction* action) { return QStringLiteral("shortcuts/") + action->objectName(); }

/// A key that writes a character.
bool types(const QKeySequence& keys) {
    if (keys.isEmpty()) return false;
    const QKeyCombination first = keys[0];
    const bool command = first.keyboardModifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier);
    return !command && first.key() < Qt::Key_Escape;  // Keys above have no character.
}

}  // namespace

Shortcuts::Shortcuts(ActionRegistry* actions, bool remember, QObject* parent) : QObject(parent), actions_(actions), remember_(remember) {}

QKeySequence Shortcuts::standard(const QAction* action) { return action->property("standardShortcut").value<QKeySequence>(); }

void Shortcuts::restore() {
    if (!remember_) return;
    const QSettings settings;
    // First those that were freed: their keys may be another's now.
    for (const bool freed : {true, false})
        for (QAction* action : actions_->all()) {
            const QVariant saved = settings.value(settingOf(action));
            if (!saved.isValid()) continue;
            const QKeySequence keys(saved.toString(), QKeySequence::PortableText);
            if (freed) ActionRegistry::setShortcut(action, {});
            else if (!types(keys)) ActionRegistry::setShortcut(action, holder(keys, action) ? (holder(standard(action), action) ? QKeySequence() : standard(action)) : keys);
        }
    Q_EMIT changed();
}

QAction* Shortcuts::holder(const QKeySequence& keys, const QAction* except) const {
    if (keys.isEmpty()) return nullptr;
    for (QAction* other : actions_->all())
        if (other != except && !other->shortcut().isEmpty() &&
            (other->shortcut().matches(keys) != QKeySequence::NoMatch || keys.matches(other->shortcut()) != QKeySequence::NoMatch))
            return other;
    return nullptr;
}

void Shortcuts::set(QAction* action, const QKeySequence& keys) {
    if (types(keys))
        throw UserError(tr("%1 alone could not be typed into a field any more: add Ctrl, Alt or Meta, or take a function key.").arg(keys.toString(QKeySequence::NativeText)).toStdString());
    if (const QAction* other = holder(keys, action))
        throw UserError(tr("%1 belongs to “%2”. Choose other keys, or take them away there first.").arg(keys.toString(QKeySequence::NativeText), ActionRegistry::plainText(other)).toStdString());
    put(action, keys);
}

void Shortcuts::put(QAction* action, const QKeySequence& keys) {
    ActionRegistry::setShortcut(action, keys);
    if (remember_) {
        QSettings settings;
        if (keys == standard(action)) settings.remove(settingOf(action));
        else settings.setValue(settingOf(action), keys.toString(QKeySequence::PortableText));
    }
    Q_EMIT changed();
}

void Shortcuts::reset(QAction* action) { set(action, standard(action)); }

void Shortcuts::resetAll() {
    for (QAction* action : actions_->all()) ActionRegistry::setShortcut(action, standard(action));
    if (remember_) QSettings().remove(QStringLiteral("shortcuts"));
    Q_EMIT changed();
}

}  // namespace foothold::ui
