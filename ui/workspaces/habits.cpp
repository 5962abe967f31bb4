// SPDX-License-Identifier: GPL-3.0-or-later
// The window's habits: what they share, and what the window itself receives.
#include "ui/workspaces/habits.h"

#include <QKeyEvent>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/control_words.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/layouts.h"
#include "ui/workspaces/main_window.h"
#include "ui/workspaces/shortcuts.h"

namespace foothold::ui {

Habits::Habits(MainWindow* window, ActionRegistry* actions)
    : QObject(window),
      window_(window),
      actions_(actions),
      shortcuts_(new Shortcuts(actions, window->options().remember, this)),
      layouts_(new Layouts(window, window->options().config, this)) {
    window->installEventFilter(this);
}

void Habits::addActions() {
    addSelectActions();
    addLayoutActions();
    addFileActions();
    addHelpActions();
}

void Habits::begin() {
    shortcuts_->restore();
    explainControls(window_);
    // Rows of tiers are made anew with each run.
    connect(window_->model(), &RunModel::runChanged, this, [this] { explainControls(window_); }, Qt::QueuedConnection);
}

void Habits::welcome(QWidget* workspace) {
    explainControls(workspace);
    layouts_->welcome(workspace);
}

QAction* Habits::add(const char* id, const QString& group, const QString& text, const char* icon, const QString& keys, std::function<void()> run) {
    return actions_->add(QString::fromLatin1(id), group, text, QString::fromLatin1(icon), QKeySequence(keys), std::move(run));
}

void Habits::guarded(const std::function<void()>& work) {
    try {
        work();
    } catch (const std::exception& error) {
        window_->notice()->showNotice(NoticeBar::Kind::error, QString::fromUtf8(error.what()));
    }
}

bool Habits::eventFilter(QObject* watched, QEvent* event) {
    // What no widget wanted comes up to the window.
    if (watched == window_ && event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape && !window_->selection()->brushed().empty()) {
        window_->selection()->setBrushed({});
        return true;
    }
    if (watched == window_ && handleDrag(event)) return true;
    return QObject::eventFilter(watched, event);
}

}  // namespace foothold::ui
