// SPDX-License-Identifier: GPL-3.0-or-later
// Levels of magnification, and the arithmetic from steps to pixels and back.
#include "ui/views/common/step_axis.h"

#include "ui/models/run_model.h"

#include <QWheelEvent>
#include <algorithm>
#include <array>
#include <cmath>

namespace foothold::ui {
namespace {

struct Level {
    int bin, pitch;
};

/// From the widest cells to the narrowest: columns get wider than 4 px again by binning more steps.
const std::vector<Level>& levels() {
    static const std::vector<Level> all = [] {
        std::vector<Level> made;
        for (const int pitch : {32, 26, 22, 18, 16, 14, 12, 11, 10, 9, 8, 7, 6, 5, 4}) made.push_back({1, pitch});
        for (int bin = 2; bin <= 4096; bin += std::max(1, bin / 8))
            for (int pitch = 7; pitch >= 4; --pitch)
                if (pitch * made.back().bin < made.back().pitch * bin) made.push_back({bin, pitch});
        return made;
    }();
    return all;
}

/// Until the run fills the width, cells keep the design's pitch of 7 px and a gap.
constexpr int kUsualPitch = 8;
constexpr int kWidestFitted = 16;  // Of a short run; wider only by zooming.

}  // namespace

StepAxis* StepAxis::of(RunModel* model) {
    if (auto* axis = model->findChild<StepAxis*>({}, Qt::FindDirectChildrenOnly)) return axis;
    return new StepAxis(model);
}

StepAxis::StepAxis(RunModel* model) : QObject(model), model_(model), level_(0) {
    setObjectName("stepAxis");
    connect(model, &RunModel::stepsArrived, this, [this] { sync(); });
    connect(model, &RunModel::progressChanged, this, [this] {
        if (model_->progress().planned_steps != planned_) sync();
    });
    connect(model, &RunModel::runChanged, this, [this] {
        follow_ = true;
        sync();
    });
    sync();
}

void StepAxis::sync() {
    head_ = model_->lastStep();
    planned_ = model_->progress().planned_steps;
    if (follow_) setLevel(fitting(), 0);
}

void StepAxis::setWidth(int pixels) {
    if (pixels == width_) return;
    width_ = pixels;
    if (follow_) level_ = fitting();
    bin_ = 0;  // So that the change is told even at the same level.
    setLevel(level_, first_);
}

int StepAxis::columnsIn(int pitch) const { return std::max(1, (right() - left()) / pitch); }

qint64 StepAxis::end() const { return first_ + static_cast<qint64>(columnsIn(pitch_)) * bin_; }

std::size_t StepAxis::fitting() const {
    const qint64 usual = columnsIn(kUsualPitch) - 1;
    const qint64 wanted = std::max(head_, planned_ > 0 ? std::min(planned_, usual) : usual) + 1;
    for (std::size_t i = 0; i < levels().size(); ++i)
        if (levels()[i].pitch <= kWidestFitted &&
            static_cast<qint64>(columnsIn(levels()[i].pitch)) * levels()[i].bin >= wanted)
            return i;
    return levels().size() - 1;
}

void StepAxis::setLevel(std::size_t level, qint64 first) {
    const auto [bin, pitch] = levels()[level];
    const qint64 room = static_cast<qint64>(columnsIn(pitch)) * bin;
    first = std::clamp<qint64>(first, 0, std::max<qint64>(0, head_ + bin - room));
    first -= first % bin;
    level_ = level;
    if (bin == bin_ && pitch == pitch_ && first == first_) return;
    bin_ = bin;
    pitch_ = pitch;
    first_ = first;
    Q_EMIT changed();
}

int StepAxis::columnLeft(qint64 step) const { return left() + static_cast<int>((step - first_) / bin_) * pitch_; }

qint64 StepAxis::stepAt(double x) const {
    const auto step = static_cast<qint64>(std::floor((x - left()) / pixelsPerStep())) + first_;
    return std::clamp<qint64>(step, 0, std::max<qint64>(0, head_));
}

std::vector<qint64> StepAxis::ticks() const {
    qint64 apart = 1;
    for (qint64 ten = 1; apart * pixelsPerStep() < 56; ten *= 10)
        for (const int digit : {1, 2, 5})
            if (apart = ten * digit; apart * pixelsPerStep() >= 56) break;
    std::vector<qint64> marks;
    for (qint64 step = (first_ + apart - 1) / apart * apart; center(double(step)) < right(); step += apart)
        marks.push_back(step);
    return marks;
}

void StepAxis::zoom(int notches, double x) {
    const double anchor = double(first_) + (x - left()) / pixelsPerStep();
    const auto last = static_cast<std::ptrdiff_t>(fitting());
    const auto level = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(level_) - notches, 0, last);
    if (level == last && notches < 0) return reset();
    if (level == static_cast<std::ptrdiff_t>(level_)) return;
    follow_ = false;
    const auto& to = levels()[static_cast<std::size_t>(level)];
    setLevel(static_cast<std::size_t>(level),
             static_cast<qint64>(std::llround(anchor - (x - left()) * to.bin / to.pitch)));
}

void StepAxis::pan(qint64 steps) {
    if (!follow_)
        setLevel(level_, first_ + (steps > 0 ? std::max<qint64>(steps, bin_) : std::min<qint64>(steps, -bin_)));
}

void StepAxis::reset() {
    follow_ = true;
    setLevel(fitting(), 0);
}

void StepAxis::ensureVisible(qint64 step) {
    if (visible(step)) return;
    setLevel(level_, step < first_ ? step : step - (end() - first_) + 1 + bin_);
}

void StepAxis::wheel(QWheelEvent* event) {
    const QPoint turn = event->angleDelta();
    const bool sideways = std::abs(turn.x()) > std::abs(turn.y()) || (event->modifiers() & Qt::ShiftModifier);
    const int amount = std::abs(turn.x()) > std::abs(turn.y()) ? turn.x() : turn.y();
    const int notches = amount / 120 != 0 ? amount / 120 : amount > 0 ? 1 : amount < 0 ? -1 : 0;
    if (notches == 0) return;
    if (sideways)
        pan(-notches * std::max<qint64>(1, (end() - first_) / 12));
    else
        zoom(notches, event->position().x());
    event->accept();
}

}  // namespace foothold::ui
