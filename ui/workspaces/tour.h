// SPDX-License-Identifier: GPL-3.0-or-later
// The first tour: seven bubbles on real widgets, each waiting for what really happens.
#pragma once
#include <QObject>
#include <QTimer>
#include <functional>
#include <vector>

class QWidget;

namespace foothold::ui {

class MainWindow;
class TourBubble;

/// A stop is over when its `done` comes true - a step was trained, a dead group came, a problem was opened, a ratio changed - or by "Next", and
/// by that alone where it was true when the stop began: nobody could read it otherwise. Of a stop in another workspace "Next" goes there.
class Tour : public QObject {
    Q_OBJECT
   public:
    explicit Tour(MainWindow* window);
    void start();  ///< From the first stop.
    void end();    ///< Skipped or finished.
    bool running() const { return at_ >= 0; }
    int stop() const { return at_; }  ///< Index of the stop shown.
    int stops() const { return static_cast<int>(stops_.size()); }

   Q_SIGNALS:
    void ended();

   private:
    struct Stop {
        QString workspace, target, title, text;
        std::function<bool()> done;  ///< Null: only "Next" ends it.
    };
    void makeStops();
    void go(int at);
    void next();
    bool isHere(const Stop& stop) const;
    void check();   ///< Something happened.
    void show();

    MainWindow* window_;
    std::vector<Stop> stops_;
    TourBubble* bubble_ = nullptr;  ///< While it runs; belongs to the window.
    int at_ = -1;
    // What was when the stop began.
    qint64 step_ = 0, cursor_ = 0;
    int problem_ = -1, edits_ = 0;
    bool waits_ = false;  ///< For its `done`.
    bool pressed_ = false;  ///< Run or Step, by the person.
    QTimer settle_;       ///< Since the cut was moved last.
    double cut_ = 0;
    double paceBefore_ = 0;
};

}  // namespace foothold::ui
