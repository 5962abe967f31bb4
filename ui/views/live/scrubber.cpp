// SPDX-License-Identifier: GPL-3.0-or-later
// The scrubber's track, buttons and pill.
#include "ui/views/live/scrubber.h"

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"
#include "ui/views/common/step_axis.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <QToolTip>
#include <algorithm>

namespace foothold::ui {
namespace {

constexpr int kTrackY = 22, kButton = 24;
constexpr double kHandle = 8, kDiamond = 5.5;

/// The pill: green with a dot at the head, an outline with "Go live" otherwise.
class LivePill : public QPushButton {
public:
    LivePill(Selection* selection, QWidget* parent) : QPushButton(parent), selection_(selection) {
        setObjectName("livePill");
        setCursor(Qt::PointingHandCursor);
    }

protected:
    void paintEvent(QPaintEvent*) override {
        const Theme& theme = Theme::instance();
        const bool live = selection_->live();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QColor green = theme.color(ColorRole::good);
        QColor line = live ? green : theme.color(underMouse() ? ColorRole::text3 : ColorRole::borderStrong);
        if (hasFocus()) line = theme.color(live ? ColorRole::text : ColorRole::accent);
        const double width = hasFocus() ? 2 : 1;
        painter.setPen(QPen(line, width));
        painter.setBrush(live ? green : theme.color(ColorRole::field));
        const QRectF r = QRectF(rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2);
        painter.drawRoundedRect(r, r.height() / 2, r.height() / 2);
        QFont font = theme.font(FontRole::button);
        font.setWeight(QFont::DemiBold);
        painter.setFont(font);
        painter.setPen(live ? theme.color(theme.isDark() ? ColorRole::onAccent : ColorRole::surface)
                            : theme.color(isEnabled() ? ColorRole::text : ColorRole::text3));
        const double dot = live ? 10 : 0;
        const double textWidth = painter.fontMetrics().horizontalAdvance(text()),
                     left = (this->width() - textWidth - dot) / 2;
        if (live) {
            painter.save();
            painter.setBrush(painter.pen().color());
            painter.setPen(Qt::NoPen);
            painter.drawEllipse(QPointF(left + 3, height() / 2.0), 3, 3);
            painter.restore();
        }
        painter.drawText(QRectF(left + dot, 0, textWidth + 4, height()), Qt::AlignVCenter | Qt::AlignLeft, text());
    }

private:
    Selection* selection_;
};

}  // namespace

Scrubber::Scrubber(RunModel* model, Selection* selection, QWidget* parent)
    : QWidget(parent), model_(model), selection_(selection), axis_(StepAxis::of(model)) {
    setObjectName("scrubber");
    setAccessibleName(tr("Step shown"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    const auto button = [this](const char* name, const char* icon, const QString& tip, void (Scrubber::*slot)()) {
        auto* made = new QToolButton(this);
        made->setObjectName(name);
        made->setIcon(Theme::instance().icon(icon, ColorRole::text2));
        made->setIconSize({14, 14});
        made->setToolTip(tip);
        made->setAccessibleName(tip);
        made->setAutoRepeat(true);
        connect(made, &QToolButton::clicked, this, slot);
        return made;
    };
    back_ = button("stepBackButton", "back", tr("One step back (,)"), &Scrubber::stepBack);
    forward_ = button("stepForwardButton", "forward", tr("One step forward (.)"), &Scrubber::stepForward);
    next_ = button("nextMarkerButton", "flag", tr("To the next marker"), &Scrubber::nextMarker);
    live_ = new LivePill(selection, this);
    connect(live_, &QPushButton::clicked, this, &Scrubber::goLive);
    connect(model, &RunModel::runChanged, this, &Scrubber::refresh);
    connect(model, &RunModel::stepsArrived, this, &Scrubber::refresh);
    connect(model, &RunModel::progressChanged, this, &Scrubber::refresh);
    connect(axis_, &StepAxis::changed, this, &Scrubber::refresh);
    connect(selection, &Selection::stepChanged, this, &Scrubber::refresh);
    connect(selection, &Selection::liveChanged, this, &Scrubber::refresh);
    connect(&Theme::instance(), &Theme::changed, this, &Scrubber::refresh);
    refresh();
}

void Scrubber::refresh() {
    markers_ = stepMarkers(*model_);
    const bool any = model_->lastStep() >= 0;
    back_->setEnabled(any && selection_->step() > 0);
    forward_->setEnabled(any && !selection_->live());
    next_->setEnabled(!markers_.empty());
    live_->setEnabled(any);
    live_->setText(selection_->live() ? tr("Live") : tr("Go live"));
    const QString tip = selection_->live() ? tr("The views follow the newest step") : tr("Follow the newest step (L)");
    if (tip != live_->toolTip()) live_->setToolTip(tip);
    const QString now = selection_->live() ? tr("live, step %1").arg(std::max<qint64>(0, model_->lastStep())) : line();
    if (now != accessibleDescription()) setAccessibleDescription(now);
    update();
}

QString Scrubber::line() const {
    if (selection_->live() || model_->lastStep() < 0) return {};
    const QString viewing = tr("Viewing step %1.").arg(selection_->step());
    switch (model_->progress().state) {
        case TrainerState::running: return viewing + ' ' + tr("Training goes on at step %1.").arg(model_->lastStep());
        case TrainerState::finished: return viewing + ' ' + tr("The run ended at step %1.").arg(model_->lastStep());
        default: return viewing + ' ' + tr("The newest is step %1.").arg(model_->lastStep());
    }
}

void Scrubber::showStep(qint64 step) {
    if (model_->lastStep() < 0) return;
    step = std::clamp<qint64>(step, 0, model_->lastStep());
    selection_->setStep(step);
    axis_->ensureVisible(step);
}

void Scrubber::stepBack() { showStep(std::min(selection_->step(), model_->lastStep()) - 1); }

void Scrubber::stepForward() {
    if (selection_->live()) return;
    if (selection_->step() >= model_->lastStep())
        goLive();
    else
        showStep(selection_->step() + 1);
}

void Scrubber::nextMarker() {
    if (markers_.empty()) return;
    const auto next = std::find_if(markers_.begin(), markers_.end(),
                                   [this](const StepMarker& m) { return m.step > selection_->step(); });
    showStep(next == markers_.end() ? markers_.front().step : next->step);
}

void Scrubber::goLive() {
    selection_->setLive(true);
    selection_->followHead(model_->lastStep());
    axis_->ensureVisible(model_->lastStep());
}

double Scrubber::handleX() const {
    return std::clamp(axis_->center(double(std::min(selection_->step(), std::max<qint64>(0, model_->lastStep())))),
                      double(axis_->left()), double(axis_->right()));
}

void Scrubber::resizeEvent(QResizeEvent*) {
    axis_->setWidth(width());
    const int y = kTrackY - kButton / 2;
    back_->setGeometry(-4, y, kButton, kButton);
    forward_->setGeometry(kButton - 4, y, kButton, kButton);
    next_->setGeometry(2 * kButton - 4, y, kButton, kButton);
    live_->setGeometry(width() - StepAxis::rightMargin + 10, kTrackY - 14, StepAxis::rightMargin - 10, 28);
}

void Scrubber::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.fillRect(rect(), theme.color(ColorRole::surface));
    painter.setRenderHint(QPainter::Antialiasing);
    const qint64 head = model_->lastStep();
    const double left = axis_->left(), right = axis_->right();
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.color(ColorRole::border));
    painter.drawRoundedRect(QRectF(left, kTrackY - 1.5, right - left, 3), 1.5, 1.5);
    if (head < 0) return;
    const double handle = handleX(), headX = std::clamp(axis_->center(double(head)), left, right);
    painter.setBrush(theme.color(ColorRole::borderStrong));
    painter.drawRoundedRect(QRectF(left, kTrackY - 1.5, headX - left, 3), 1.5, 1.5);
    painter.setBrush(theme.color(ColorRole::accent));
    painter.drawRoundedRect(QRectF(left, kTrackY - 1.5, handle - left, 3), 1.5, 1.5);
    painter.setPen(QPen(theme.color(ColorRole::borderStrong), 1));
    for (const qint64 tick : axis_->ticks()) {
        const double x = std::floor(axis_->center(double(tick))) + 0.5;
        painter.drawLine(QPointF(x, kTrackY + 8), QPointF(x, kTrackY + 11));
    }
    for (const StepMarker& marker : markers_)
        if (axis_->visible(marker.step))
            drawMarkerDiamond(painter, {double(axis_->columnLeft(marker.step)), double(kTrackY)}, kDiamond,
                              marker.byUser);
    if (!selection_->live() && axis_->visible(head)) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.color(ColorRole::good));
        painter.drawRoundedRect(QRectF(headX - 1.5, kTrackY - 8, 3, 16), 1.5, 1.5);
    }
    painter.setPen(QPen(theme.color(ColorRole::accent), 1.5));
    painter.setBrush(theme.color(theme.isDark() ? ColorRole::text : ColorRole::surface));
    painter.drawEllipse(QPointF(handle, kTrackY), kHandle, kHandle);
    if (const QString text = line(); !text.isEmpty()) {
        QFont font = theme.font(FontRole::caption);
        font.setWeight(QFont::Medium);
        painter.setFont(font);
        painter.setPen(theme.color(ColorRole::accent));
        painter.drawText(QRectF(left, kTrackY + 12, right - left, 16), Qt::AlignLeft | Qt::AlignVCenter, text);
    }
}

const StepMarker* Scrubber::markerAt(QPointF at) const {
    for (const StepMarker& marker : markers_)
        if (axis_->visible(marker.step) && std::abs(axis_->columnLeft(marker.step) - at.x()) <= kDiamond + 1 &&
            std::abs(at.y() - kTrackY) <= kDiamond + 2)
            return &marker;
    return nullptr;
}

void Scrubber::dragTo(double x) {
    // Past the ends the axis moves along.
    if (x < axis_->left() && axis_->first() > 0) axis_->pan(-axis_->bin());
    if (x > axis_->right() && axis_->end() <= model_->lastStep()) axis_->pan(axis_->bin());
    showStep(axis_->stepAt(std::clamp(x, double(axis_->left()), double(axis_->right()) - 1)));
}

void Scrubber::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || model_->lastStep() < 0) return;
    const double x = event->position().x();
    if (x < axis_->left() - kHandle || x > axis_->right() + kHandle || std::abs(event->position().y() - kTrackY) > 14)
        return;
    if (const StepMarker* marker = markerAt(event->position())) {
        showStep(marker->step);
        return;
    }
    dragging_ = true;
    // Taking hold of the handle alone must not move it.
    if (std::abs(x - handleX()) > kHandle) dragTo(x);
}

void Scrubber::mouseMoveEvent(QMouseEvent* event) {
    if (dragging_)
        dragTo(event->position().x());
    else
        setCursor(markerAt(event->position()) ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void Scrubber::mouseReleaseEvent(QMouseEvent*) { dragging_ = false; }

void Scrubber::mouseDoubleClickEvent(QMouseEvent* event) {
    if (const StepMarker* marker = markerAt(event->position())) Q_EMIT openMarker(marker->step);
}

void Scrubber::wheelEvent(QWheelEvent* event) { axis_->wheel(event); }

bool Scrubber::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        if (const StepMarker* marker = markerAt(help->pos()))
            QToolTip::showText(help->globalPos(), marker->texts.join('\n'), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

}  // namespace foothold::ui
