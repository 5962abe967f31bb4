// SPDX-License-Identifier: GPL-3.0-or-later
// Going to steps and watching for the last repaint.
#include "ui/workspaces/scrub_bench.h"

#include <QCoreApplication>
#include <QFile>
#include <QTextStream>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/workspaces/application.h"
#include "ui/workspaces/main_window.h"

namespace foothold::ui {
namespace {

constexpr double quietMilliseconds = 60, patienceMilliseconds = 20000;
constexpr const char* views[] = {"live", "inspect"};

/// A figure of this process in MB, as Linux tells it ("VmRSS:", "VmHWM:"); -1 elsewhere.
double processMegabytes(const QByteArray& figure) {
    QFile status(QStringLiteral("/proc/self/status"));
    if (!status.open(QIODevice::ReadOnly)) return -1;
    for (const QByteArray& line : status.readAll().split('\n'))
        if (line.startsWith(figure)) return line.mid(figure.size()).trimmed().split(' ').front().toDouble() / 1024;
    return -1;
}

nlohmann::ordered_json summary(std::vector<double> times) {
    std::sort(times.begin(), times.end());
    return {{"visits", times.size()}, {"median_ms", times[times.size() / 2]}, {"p90_ms", times[times.size() * 9 / 10]}, {"max_ms", times.back()}};
}

}  // namespace

ScrubBench::ScrubBench(MainWindow* window, int visits) : QObject(window), window_(window), visits_(visits) {
    timer_.setTimerType(Qt::PreciseTimer);
    timer_.setInterval(2);
    connect(&timer_, &QTimer::timeout, this, &ScrubBench::look);
}

double ScrubBench::now() const { return Application::get()->wallSeconds() * 1e3; }

void ScrubBench::start() {
    if (window_->model()->lastStep() < 1) {
        QTextStream(stderr) << "foothold: --bench-scrub needs a stored run of one step or more" << Qt::endl;
        return finish(1);
    }
    times_.resize(std::size(views));
    asked_ = busy_ = now();
    timer_.start();
}

void ScrubBench::look() {
    const double at = now();
    if (window_->model()->reading()) busy_ = at;
    busy_ = std::max(busy_, Application::get()->lastFrameMilliseconds());
    if (at - asked_ > patienceMilliseconds) {
        QTextStream(stderr) << "foothold: a step was not shown in time" << Qt::endl;
        return finish(1);
    }
    if (at - busy_ < quietMilliseconds) return;
    if (opening_) {
        openings_.push_back(view_ == 0 ? busy_ : busy_ - asked_);
        opening_ = false;
    } else {
        times_[view_].push_back(busy_ - asked_);
    }
    next();
}

void ScrubBench::next() {
    if (static_cast<int>(times_[view_].size()) >= visits_) {
        if (++view_ == std::size(views)) return finish(0);
        opening_ = true;
        asked_ = busy_ = now();
        window_->showWorkspace(QString::fromLatin1(views[view_]));
        return;
    }
    asked_ = busy_ = now();
    window_->selection()->setStep(1 + static_cast<qint64>(random_.below(static_cast<std::uint64_t>(window_->model()->lastStep()))));
}

void ScrubBench::finish(int code) {
    timer_.stop();
    if (code == 0) {
        const RunModel* model = window_->model();
        nlohmann::ordered_json line = {{"steps", model->lastStep()},
                                       {"groups_a_step", model->steps().back()->groups.size()},
                                       {"first_paint_ms", Application::get()->firstPaintMilliseconds()},
                                       {"run_shown_ms", openings_[0]},
                                       {"inspect_shown_ms", openings_[1]}};
        for (std::size_t view = 0; view < std::size(views); ++view) line[views[view]] = summary(times_[view]);
        line["resident_mb"] = processMegabytes("VmRSS:");
        line["resident_peak_mb"] = processMegabytes("VmHWM:");
        std::cout << line.dump() << std::endl;
    }
    QCoreApplication::exit(code);
}

}  // namespace foothold::ui
