// SPDX-License-Identifier: GPL-3.0-or-later
// How long the window takes to show another step of a stored run: the figures of `foothold-cli bench scrub`.
#pragma once
#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <vector>

#include "record/random.h"

namespace foothold::ui {

class MainWindow;

/// Goes to steps drawn at random, first in Live, then in Inspect. A step is shown when attempts are read and the last repaint that
/// followed is done; what was timed is the moment of that repaint. At the end prints one line of JSON and ends the program: 0, or 1 if a
/// step was never shown.
class ScrubBench : public QObject {
    Q_OBJECT
   public:
    ScrubBench(MainWindow* window, int visits);

    void start();  ///< Once the window shows the run.

   private:
    void look();
    void next();
    void finish(int code);
    double now() const;

    MainWindow* window_;
    int visits_;
    QTimer timer_;
    Random random_{1};
    std::size_t view_ = 0;
    bool opening_ = true;  ///< The workspace comes first into view; its time is no visit's.
    double asked_ = 0, busy_ = 0, opened_ = 0;  ///< Milliseconds since main().
    std::vector<std::vector<double>> times_;    ///< [view][visit]
    std::vector<double> openings_;
};

}  // namespace foothold::ui
