// SPDX-License-Identifier: GPL-3.0-or-later
// The window's habits: what they share, and what the window itself receives.
#include "ui/workspaces/habits.h"

#include <QActionGroup>
#include <QKeyEvent>
#include <QSettings>
#include <QTimer>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/control_words.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/layouts.h"
#include "ui/workspaces/main_window.h"
#include "ui/workspaces/shortcuts.h"
#include "ui/workspaces/tour.h"
#include "ui/workspaces/view_exports.h"

namespace foothold::ui {

namespace {

const QString tourEnded = QStringLiteral("tour/ended");

}  // namespace

Habits::Habits(MainWindow* window, ActionRegistry* actions)
    : QObject(window),
      window_(window),
      actions_(actions),
      shortcuts_(new Shortcuts(actions, window->options().remember, this)),
      layouts_(new Layouts(window, window->options().config, this)),
      exports_(new ViewExports(window)) {
    window->installEventFilter(this);
}

void Habits::addActions() {
    addSelectActions();
    addLayoutActions();
    addFileActions();
    addHelpActions();
    exports_->addActions(actions_);
}

void Habits::begin() {
    shortcuts_->restore();
    exports_->adopt(window_);
    tour_ = new Tour(window_);
    if (window_->options().remember) {
        connect(tour_, &Tour::ended, this, [] { QSettings().setValue(tourEnded, true); });
        if (!QSettings().value(tourEnded).toBool()) QTimer::singleShot(0, tour_, &Tour::start);  // Once the window has its size.
    }
    explainControls(window_);
    // Rows of tiers are made anew with each run, and a workspace when it is first shown.
    const auto explain = [this] { explainControls(window_); };
    connect(window_->model(), &RunModel::runChanged, this, explain, Qt::QueuedConnection);
    connect(actions_->find(QStringLiteral("view.live"))->actionGroup(), &QActionGroup::triggered, this, explain, Qt::QueuedConnection);
}

void Habits::welcome(QWidget* workspace) {
    layouts_->welcome(workspace);
    exports_->adopt(workspace);
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
