// SPDX-License-Identifier: GPL-3.0-or-later
// Unattended use of the window.
#include "ui/workspaces/script.h"

#include <QApplication>
#include <QDialog>
#include <QPainter>
#include <QTextStream>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/application.h"
#include "ui/views/live/plots.h"
#include "ui/workspaces/main_window.h"

namespace foothold::ui {
namespace {

constexpr int tickMilliseconds = 50, settleTicks = 16, patienceTicks = 20 * 600;

}  // namespace

QImage picture(QWidget* window) {
    const qreal scale = window->devicePixelRatioF();
    QImage image(window->size() * scale, QImage::Format_RGB32);
    image.setDevicePixelRatio(scale);
    QPainter painter(&image);
    painter.drawPixmap(0, 0, window->grab());
    for (QWidget* other : QApplication::topLevelWidgets()) {
        if (other == window || !other->isVisible() || other->size().isEmpty()) continue;
        // Inside the picture, whatever a window manager (or none) did with it.
        QPoint at = other->mapToGlobal(QPoint()) - window->mapToGlobal(QPoint());
        if (!window->rect().contains(QRect(at, other->size()))) at = QPoint((window->width() - other->width()) / 2, (window->height() - other->height()) / 3);
        painter.drawPixmap(at, other->grab());
        painter.setPen(Theme::instance().color(ColorRole::borderStrong));
        painter.drawRect(QRect(at, other->size()).adjusted(-1, -1, 0, 0));
    }
    return image;
}

Script::Script(MainWindow* window, ScriptOptions options) : QObject(window), window_(window), options_(std::move(options)) {
    timer_.setInterval(tickMilliseconds);
    connect(&timer_, &QTimer::timeout, this, &Script::tick);
}

void Script::start() {
    if (options_.selftest && !options_.afterSteps) options_.afterSteps = 3;
    const bool unattended = options_.selftest || !options_.screenshot.isEmpty();
    if (options_.run || (options_.afterSteps && window_->model()->lastStep() < *options_.afterSteps)) window_->actions().find(QStringLiteral("run"))->trigger();
    // To the step, not past it: the picture shows the record that was asked for.
    if (options_.afterSteps && window_->model()->session()) window_->model()->session()->run_until(*options_.afterSteps);
    if (unattended) {
        wait_ = patienceTicks;
        timer_.start();
    } else {
        arrange();
    }
}

bool Script::trained() const {
    const RunModel* model = window_->model();
    const TrainerState state = model->progress().state;
    if (options_.afterSteps) return model->lastStep() >= *options_.afterSteps || state == TrainerState::finished;
    if (options_.at && model->lastStep() >= *options_.at) return true;
    return model->session() && state != TrainerState::loading;
}

void Script::tick() {
    switch (phase_) {
        case Phase::training:
            if (window_->model()->progress().state == TrainerState::failed) return fail(QString::fromStdString(window_->model()->progress().error));
            if (!trained()) {
                if (--wait_ <= 0) fail(tr("the trainer did not get there in time"));
                return;
            }
            if (options_.selftest) {
                left_ = {QStringLiteral("view.inspect"), QStringLiteral("inspect.probe"), QStringLiteral("inspect.curve"), QStringLiteral("view.compare"), QStringLiteral("compare.new"), QStringLiteral("studies"), QStringLiteral("view.teach"), QStringLiteral("view.live"), QStringLiteral("palette"),   QStringLiteral("intervene"),   QStringLiteral("runs"),        QStringLiteral("help.keys"),
                         QStringLiteral("help.contents"), QStringLiteral("select.slices"), QStringLiteral("edit.history"), QStringLiteral("shortcuts"), QStringLiteral("layout.manage"), QStringLiteral("view.describe"),
                         QStringLiteral("help.log"),  QStringLiteral("help.about"), QStringLiteral("file.open"),  QStringLiteral("file.save-as"), QStringLiteral("theme.toggle"),
                         QStringLiteral("theme.toggle"), QStringLiteral("problem.next"), QStringLiteral("view.only-fresh")};
                phase_ = Phase::testing;
                return;
            }
            // The picture holds still, so that all views show the same step.
            if (QAction* pause = window_->actions().find(QStringLiteral("pause")); pause->isEnabled()) pause->trigger();
            arrange();
            phase_ = Phase::settling;
            wait_ = settleTicks;
            return;
        case Phase::settling:
            if (--wait_ <= 0) finish();
            return;
        case Phase::testing: return selftest();
        case Phase::over: return;
    }
}

void Script::arrange() {
    if (!options_.select.isEmpty() && !window_->selectProblem(options_.select)) return fail(tr("--select %1: the pool has no such problem").arg(options_.select));
    if (options_.at) window_->selection()->setStep(*options_.at);
    for (const QString& id : options_.actions) window_->actions().find(id)->trigger();
}

void Script::finish() {
    if (phase_ == Phase::over) return;
    if (Application::get()) Application::get()->stopMeasuring();
    for (Plots* plots : window_->findChildren<Plots*>()) plots->flush();
    if (!picture(window_).save(options_.screenshot)) return fail(tr("%1 cannot be written").arg(options_.screenshot));
    phase_ = Phase::over;
    QCoreApplication::exit(0);
}

void Script::selftest() {
    for (QWidget* open : QApplication::topLevelWidgets())
        if (auto* dialog = qobject_cast<QDialog*>(open); dialog && dialog->isVisible()) {
            if (dialog->grab().isNull()) return fail(tr("%1 paints nothing").arg(dialog->objectName()));
            dialog->reject();
        }
    if (left_.isEmpty()) {
        phase_ = Phase::over;
        return QCoreApplication::exit(0);
    }
    QAction* action = window_->actions().find(left_.takeFirst());
    if (!action) return fail(tr("an action is missing"));
    action->trigger();
}

void Script::fail(const QString& why) {
    phase_ = Phase::over;
    QTextStream(stderr) << "foothold: " << why << Qt::endl;
    QCoreApplication::exit(1);
}

}  // namespace foothold::ui
