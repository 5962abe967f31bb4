// SPDX-License-Identifier: GPL-3.0-or-later
// The person's own shortcuts over those that actions come with.
#pragma once
#include <QKeySequence>
#include <QObject>

class QAction;

namespace foothold::ui {

class ActionRegistry;

/// Kept in the saved settings under "shortcuts/<action id>" (an empty text = none), unless nothing is to be remembered.
class Shortcuts : public QObject {
    Q_OBJECT
   public:
    Shortcuts(ActionRegistry* actions, bool remember, QObject* parent = nullptr);

    void restore();  ///< Takes what is saved. What would clash (with an action of a newer version, say) stays as the action came.
    /// The action that has these keys, or keys that begin with them or they with its; null if they are free.
    QAction* holder(const QKeySequence& keys, const QAction* except) const;
    /// Throws UserError: keys that another action has, or a plain letter, digit or sign (it could not be typed any more).
    void set(QAction* action, const QKeySequence& keys);
    void reset(QAction* action);  ///< To the keys it came with; throws UserError if another action has them now.
    void resetAll();
    static QKeySequence standard(const QAction* action);  ///< The keys it came with.

   Q_SIGNALS:
    void changed();

   private:
    void put(QAction* action, const QKeySequence& keys);
    ActionRegistry* actions_;
    bool remember_;
};

}  // namespace foothold::ui
