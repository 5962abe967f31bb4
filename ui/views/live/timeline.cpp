// SPDX-License-Identifier: GPL-3.0-or-later
// Collecting, painting and describing the time of steps.
#include "ui/views/live/timeline.h"

#include <QApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/phase_colors.h"
#include "ui/theme/theme.h"
#include "ui/views/common/plot_overlay.h"
#include "ui/views/common/step_axis.h"
#include "ui/views/common/step_keys.h"

namespace foothold::ui {
namespace {

constexpr int kTop = 26, kBottom = 22, kUnrecorded = phaseCount - 1;

QColor color(ColorRole role) { return Theme::instance().color(role); }

float sum(const PhaseTimes& times) { return std::accumulate(times.begin(), times.end(), 0.0F); }

/// ".82 s", "12 ms".
QString secondsText(double seconds) {
    if (seconds < .0995) return Timeline::tr("%1 ms").arg(seconds * 1000, 0, 'g', seconds < .00995 ? 2 : 3);
    QString number = QString::number(seconds, 'f', seconds < 9.95 ? 2 : 0);
    if (number.startsWith(QStringLiteral("0."))) number.remove(0, 1);
    return Timeline::tr("%1 s").arg(number);
}

/// The next number of one round digit.
double roundUp(double value) {
    const double ten = std::pow(10, std::floor(std::log10(std::max(value, 1e-6))));
    for (const double digit : {1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0})
        if (ten * digit >= value * .999) return ten * digit;
    return ten * 10;
}

}  // namespace

QString phaseTitle(int phase) {
    switch (phase) {
        case 0: return Timeline::tr("draw");
        case 1: return Timeline::tr("generate");
        case 2: return Timeline::tr("judge");
        case 3: return Timeline::tr("update");
        case 4: return Timeline::tr("held-out");
        case 5: return Timeline::tr("checkpoint");
        case 6: return Timeline::tr("jobs");
        default: return Timeline::tr("not recorded");
    }
}

Timeline::Timeline(RunModel* model, Selection* selection, QWidget* parent) : QWidget(parent), model_(model), selection_(selection), axis_(StepAxis::of(model)) {
    setObjectName(QStringLiteral("timeline"));
    setAccessibleName(tr("Where each step's time went"));
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(model, &RunModel::runChanged, this, [this] {
        times_.clear();
        seen_ = {};
        extend();
    });
    connect(model, &RunModel::stepsArrived, this, &Timeline::extend);
    connect(axis_, &StepAxis::changed, this, qOverload<>(&QWidget::update));
    connect(selection, &Selection::stepChanged, this, &Timeline::describe);
    connect(selection, &Selection::liveChanged, this, qOverload<>(&QWidget::update));
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
    extend();
}

void Timeline::extend() {
    for (std::size_t step = times_.size(); step < model_->steps().size(); ++step) {
        const StepSummary& summary = *model_->steps()[step];
        PhaseTimes times{};
        bool any = false;
        double within = 0;  // What is part of step_time; checkpoint and jobs come on top of it.
        for (std::size_t phase = 0; phase < step_phases.size(); ++phase)
            if (const double* seconds = summary.metric(step_phases[phase].metric)) {
                times[phase] = static_cast<float>(std::max(0.0, *seconds));
                seen_[phase] = any = true;
                if (static_cast<StepPhase>(phase) < StepPhase::checkpoint) within += times[phase];
            }
        // Milliseconds of rounding are no phase of their own.
        if (const double* whole = summary.metric("step_time"); any && whole && *whole - within > .01 * *whole) {
            times[kUnrecorded] = static_cast<float>(*whole - within);
            seen_[kUnrecorded] = true;
        }
        times_.push_back(times);
    }
    describe();
}

bool Timeline::recorded() const { return std::any_of(seen_.begin(), seen_.end(), [](bool seen) { return seen; }); }

QString Timeline::words(qint64 step) const {
    if (step < 0 || step >= static_cast<qint64>(times_.size())) return tr("no such step");
    const PhaseTimes& times = times_[static_cast<std::size_t>(step)];
    const double all = sum(times);
    if (all <= 0) return tr("not recorded");
    QStringList parts;
    for (int phase = 0; phase < phaseCount; ++phase)
        if (const double one = times[static_cast<std::size_t>(phase)]; one > 0) parts << tr("%1 %2 (%3 %)").arg(phaseTitle(phase), secondsText(one)).arg(std::lround(100 * one / all));
    return tr("%1: %2").arg(secondsText(all), parts.join(QStringLiteral(", ")));
}

void Timeline::describe() {
    update();
    const qint64 step = std::min(selection_->step(), model_->lastStep());
    const QString text = model_->lastStep() < 0 ? tr("no steps yet")
                         : !recorded()          ? tr("This run did not record where its time went.")
                                                : tr("step %1: %2").arg(step).arg(words(step));
    if (text != accessibleDescription()) setAccessibleDescription(text);
}

QRect Timeline::area() const { return {axis_->left(), kTop, axis_->right() - axis_->left(), std::max(10, height() - kTop - kBottom)}; }

PhaseTimes Timeline::mean(qint64 from, qint64 to) const {
    PhaseTimes all{};
    to = std::min<qint64>(to, static_cast<qint64>(times_.size()));
    for (qint64 step = from; step < to; ++step)
        for (std::size_t phase = 0; phase < all.size(); ++phase) all[phase] += times_[static_cast<std::size_t>(step)][phase] / static_cast<float>(to - from);
    return all;
}

void Timeline::paintHeading(QPainter& painter) const {
    std::vector<KeyEntry> key;
    for (int phase = 0; phase < phaseCount; ++phase)
        if (seen_[static_cast<std::size_t>(phase)]) key.push_back({KeyEntry::Kind::box, phaseTitle(phase), phaseColor(phase), QPen(color(ColorRole::borderStrong), 1)});
    if (axis_->bin() > 1) key.push_back({KeyEntry::Kind::words, tr("mean of %1 steps").arg(axis_->bin()), {}, Qt::NoPen});
    drawHeading(painter, QRectF(axis_->left(), 4, axis_->right() - axis_->left(), 20), tr("Where each step's time went"), key);
}

void Timeline::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.fillRect(rect(), color(ColorRole::surface));
    paintHeading(painter);
    const QRect room = area();
    painter.setFont(theme.font(FontRole::caption));
    if (!recorded()) {
        painter.setPen(color(ColorRole::text3));
        painter.drawText(room, Qt::AlignCenter, model_->lastStep() < 1 ? tr("Begins with the first step.") : tr("This run did not record where its time went. Runs made from now on do."));
        return;
    }
    const qint64 last = model_->lastStep(), bin = axis_->bin();
    double highest = 0;
    for (qint64 from = axis_->first(); from < std::min<qint64>(axis_->end(), last + 1); from += bin) highest = std::max<double>(highest, sum(mean(from, from + bin)));
    const double top = roundUp(highest);
    const auto yOf = [&](double seconds) { return room.bottom() + 1 - seconds / top * room.height(); };
    for (const double share : {0.0, .5, 1.0}) {
        const int y = static_cast<int>(std::lround(yOf(top * share)));
        painter.fillRect(QRect(room.left(), y, room.width(), 1), color(share == 0 ? ColorRole::borderStrong : ColorRole::gridLine));
        painter.setPen(color(ColorRole::text3));
        painter.drawText(QRectF(0, y - 9, room.left() - 6, 18), Qt::AlignRight | Qt::AlignVCenter, share == 0 ? QStringLiteral("0") : secondsText(top * share));
    }
    for (qint64 from = axis_->first(); from < std::min<qint64>(axis_->end(), last + 1); from += bin) {
        const PhaseTimes times = mean(from, from + bin);
        double below = 0;
        for (int phase = 0; phase < phaseCount; ++phase) {
            const double one = times[static_cast<std::size_t>(phase)];
            if (one <= 0) continue;
            painter.fillRect(QRectF(axis_->columnLeft(from), yOf(below + one), std::max(1, axis_->pitch() - 1), yOf(below) - yOf(below + one)), phaseColor(phase));
            below += one;
        }
    }
    painter.setPen(color(ColorRole::text3));
    painter.drawText(QRectF(0, room.bottom() + 3, 60, 18), Qt::AlignLeft | Qt::AlignVCenter, tr("step"));
    for (const qint64 tick : axis_->ticks())
        painter.drawText(QRectF(axis_->center(double(tick)) - 30, room.bottom() + 4, 60, 16), Qt::AlignCenter, QString::number(tick));

    const qint64 step = std::min(selection_->step(), last);
    if (!selection_->live() && step < last) {
        QColor veil = color(ColorRole::surface);
        veil.setAlphaF(.66F);
        const int from = std::max(axis_->left(), axis_->columnLeft(step) + axis_->pitch());
        if (from < axis_->right()) painter.fillRect(QRect(QPoint(from, room.top()), room.bottomRight()), veil);
    }
    if (axis_->visible(step)) painter.fillRect(QRectF(axis_->columnLeft(step) + (axis_->pitch() - 1) / 2 - 1, room.top(), 2, room.height()), color(ColorRole::accent));
    if (const double all = sum(times_[static_cast<std::size_t>(step)]); all > 0) {
        QFont font = theme.font(FontRole::caption);
        font.setWeight(QFont::DemiBold);
        painter.setFont(font);
        painter.setPen(color(ColorRole::text2));
        const double y = std::clamp(yOf(all), room.top() + 4.0, room.bottom() - 4.0);
        painter.drawText(QRectF(room.right() + 8, y - 8, StepAxis::rightMargin - 8, 16), Qt::AlignLeft | Qt::AlignVCenter, secondsText(all));
    }
    if (focusRing_) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(color(ColorRole::accent), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), Theme::controlRadius, Theme::controlRadius);
    }
}

void Timeline::resizeEvent(QResizeEvent*) { axis_->setWidth(width()); }

void Timeline::mousePressEvent(QMouseEvent* event) {
    press_ = event->pos();
    mouseMoveEvent(event);
}

void Timeline::mouseMoveEvent(QMouseEvent* event) {
    const double x = event->position().x();
    if (!(event->buttons() & Qt::LeftButton) || model_->lastStep() < 0 || x < axis_->left() - 8 || x > axis_->right() + 8) return;
    selection_->setStep(axis_->stepAt(std::clamp(x, double(axis_->left()), double(axis_->right() - 1))));
}

void Timeline::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && model_->lastStep() >= 1 && (event->pos() - press_).manhattanLength() < QApplication::startDragDistance()) Q_EMIT stepClicked(selection_->step());
}

void Timeline::mouseDoubleClickEvent(QMouseEvent*) {
    if (model_->lastStep() >= 1) Q_EMIT stepActivated(selection_->step());
}

void Timeline::focusInEvent(QFocusEvent* event) {
    focusRing_ = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason || event->reason() == Qt::ShortcutFocusReason;
    update();
}

void Timeline::focusOutEvent(QFocusEvent*) {
    focusRing_ = false;
    update();
}

void Timeline::wheelEvent(QWheelEvent* event) { axis_->wheel(event); }

void Timeline::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) return Q_EMIT stepActivated(selection_->step());
    if (!moveStepByKey(*event, *model_, *selection_, *axis_)) QWidget::keyPressEvent(event);
}

bool Timeline::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        if (recorded() && help->x() >= axis_->left() && help->x() < axis_->right()) {
            const qint64 step = axis_->stepAt(help->x());
            QToolTip::showText(help->globalPos(), tr("step %1\n%2").arg(step).arg(words(step).replace(QStringLiteral(": "), QStringLiteral("\n")).replace(QStringLiteral(", "), QStringLiteral("\n"))), this);
        }
        return true;
    }
    return QWidget::event(event);
}

QString Timeline::exportTitle() const { return tr("Time by step and phase"); }

QString Timeline::exportNote() const {
    const qint64 to = std::min<qint64>(axis_->end() - 1, model_->lastStep());
    QStringList parts;
    if (axis_->first() > 0 || to < model_->lastStep()) parts << tr("in sight: steps %1 to %2").arg(axis_->first()).arg(to);
    if (axis_->bin() > 1) parts << tr("a bar is the mean of %1 steps").arg(axis_->bin());
    return parts.join(QStringLiteral(" · "));
}

ShownTable Timeline::shownTable() const {
    ShownTable table;
    table.columns << QStringLiteral("step");
    for (int phase = 0; phase < phaseCount; ++phase)
        if (seen_[static_cast<std::size_t>(phase)])
            table.columns << (phase == kUnrecorded ? QStringLiteral("not_recorded_s") : QString::fromLatin1(step_phases[static_cast<std::size_t>(phase)].name).replace('-', '_') + QStringLiteral("_s"));
    for (qint64 step = axis_->first(); step < std::min<qint64>(axis_->end(), static_cast<qint64>(times_.size())); ++step) {
        QStringList row{QString::number(step)};
        for (std::size_t phase = 0; phase < phaseCount; ++phase)
            if (seen_[phase]) row << csvNumber(times_[static_cast<std::size_t>(step)][phase]);
        table.rows.push_back(row);
    }
    return table;
}

}  // namespace foothold::ui
