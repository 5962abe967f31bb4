// SPDX-License-Identifier: GPL-3.0-or-later
// The application with a clock on its event loop: how long the window's thread is busy with one event.
#pragma once
#include <QApplication>
#include <QElapsedTimer>
#include <array>

namespace foothold::ui {

/// Measures every event that the window's thread handles (nested event loops left out). The window's frame time in the status bar and
/// the longest block in `--gui-stats` come from here.
class Application : public QApplication {
    Q_OBJECT
   public:
    Application(int& argc, char** argv);

    bool notify(QObject* receiver, QEvent* event) override;

    /// The application as one of this class, or null (tests run without).
    static Application* get();
    double frameMilliseconds() const;  ///< 99th percentile over the last frames (repaints of a window); negative before the first.
    double lastFrameMilliseconds() const { return lastFrame_; }  ///< When the last repaint ended, since main() began.
    void stopMeasuring();  ///< What comes now is no use of the window: a screenshot, say.
    double longestBlockMilliseconds() const { return longest_; }
    /// The most processor time that one event took: what a block costs where nothing else wants the processor.
    double longestBlockCpuMilliseconds() const { return longestCpu_; }
    double firstPaintMilliseconds() const { return firstPaint_; }  ///< Since the program's main() began; negative before it.
    double wallSeconds() const;  ///< Since main() began, until stopMeasuring().
    double cpuSeconds() const;   ///< CPU time of this thread, until stopMeasuring().
    double startCpuSeconds() const { return startCpu_; }  ///< The part of it up to the first paint.

   Q_SIGNALS:
    void painted();  ///< Once: the window has been painted for the first time.

   private:
    QElapsedTimer start_;
    int depth_ = 0;
    bool nested_ = false, measuring_ = true;
    double longest_ = 0, longestCpu_ = 0, firstPaint_ = -1, startCpu_ = 0, lastFrame_ = 0, endWall_ = 0, endCpu_ = 0;
    std::array<float, 128> frames_{};
    std::size_t frameCount_ = 0;
};

}  // namespace foothold::ui
