// SPDX-License-Identifier: GPL-3.0-or-later
// What the command line asks the window to do by itself: train, select, trigger, take a picture, test itself.
#pragma once
#include <QImage>
#include <QObject>
#include <QStringList>
#include <QTimer>
#include <functional>
#include <optional>

namespace foothold::ui {

class MainWindow;

struct ScriptOptions {
    bool run = false;                 ///< Start training at once.
    std::optional<qint64> afterSteps; ///< Train until this step is drawn.
    std::optional<qint64> at;         ///< Freeze the views at a step.
    QString select;                   ///< Problem id.
    QStringList actions;              ///< Triggered in order.
    QString screenshot;               ///< File to write; then quit.
    bool selftest = false;
};

/// Every visible window in one picture, each where it stands over the main one.
QImage picture(QWidget* window);

class Script : public QObject {
    Q_OBJECT
   public:
    Script(MainWindow* window, ScriptOptions options);

    /// Begins once the window has a session. Ends by QCoreApplication::exit(): 0, or 1 with a message on standard error.
    void start();

   private:
    bool trained() const;
    void tick();
    void arrange();   ///< Selection, cursor, actions.
    void finish();
    void selftest();
    void fail(const QString& why);

    MainWindow* window_;
    ScriptOptions options_;
    QTimer timer_;
    enum class Phase { training, settling, testing, over } phase_ = Phase::training;
    int wait_ = 0;  ///< Ticks left in this phase.
    QStringList left_;  ///< Actions that the self-test has still to open.
};

}  // namespace foothold::ui
