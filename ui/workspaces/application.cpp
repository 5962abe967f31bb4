// SPDX-License-Identifier: GPL-3.0-or-later
// Timing of events.
#include "ui/workspaces/application.h"

#include <QEvent>
#include <QThread>
#include <algorithm>

#include "ui/models/thread_cpu.h"

namespace foothold::ui {

Application::Application(int& argc, char** argv) : QApplication(argc, argv) { start_.start(); }

Application* Application::get() { return qobject_cast<Application*>(QCoreApplication::instance()); }

double Application::wallSeconds() const { return measuring_ ? static_cast<double>(start_.nsecsElapsed()) * 1e-9 : endWall_; }

double Application::cpuSeconds() const {
    return measuring_ ? threadCpuSeconds() : endCpu_;
}

void Application::stopMeasuring() {
    endWall_ = wallSeconds();
    endCpu_ = cpuSeconds();
    measuring_ = false;
}

bool Application::notify(QObject* receiver, QEvent* event) {
    if (depth_ > 0 || QThread::currentThread() != thread()) {
        // An event inside another one: its time is the outer's, unless the outer one waits in a loop of its own (a dialog).
        if (depth_ > 0 && QThread::currentThread() == thread() && thread()->loopLevel() > 1) nested_ = true;
        return QApplication::notify(receiver, event);
    }
    const QEvent::Type type = event->type();
    ++depth_;
    nested_ = false;
    const qint64 from = start_.nsecsElapsed();
    const double cpuFrom = cpuSeconds();
    const bool handled = QApplication::notify(receiver, event);
    const double took = static_cast<double>(start_.nsecsElapsed() - from) * 1e-6;
    --depth_;
    if (nested_) return handled;
    if (type == QEvent::UpdateRequest || type == QEvent::Expose || type == QEvent::Paint) {
        lastFrame_ = static_cast<double>(start_.nsecsElapsed()) * 1e-6;
        frames_[frameCount_++ % frames_.size()] = static_cast<float>(took);
        if (firstPaint_ < 0) {
            startCpu_ = cpuSeconds();
            firstPaint_ = static_cast<double>(start_.nsecsElapsed()) * 1e-6;
            Q_EMIT painted();
            return handled;
        }
    }
    if (firstPaint_ < 0 || !measuring_) return handled;
    // Making the window is no block: nothing is there to be used.
    longest_ = std::max(longest_, took);
    longestCpu_ = std::max(longestCpu_, (cpuSeconds() - cpuFrom) * 1e3);
    return handled;
}

double Application::frameMilliseconds() const {
    if (frameCount_ == 0) return -1;
    std::array<float, 128> sorted = frames_;
    const auto count = static_cast<std::ptrdiff_t>(std::min(frameCount_, sorted.size()));
    const auto at = sorted.begin() + (count * 99 + 99) / 100 - 1;
    std::nth_element(sorted.begin(), at, sorted.begin() + count);
    return *at;
}

}  // namespace foothold::ui
