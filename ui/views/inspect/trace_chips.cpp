// SPDX-License-Identifier: GPL-3.0-or-later
// Painting and handling the chips of a trace.
#include "ui/views/inspect/trace_chips.h"

#include <QContextMenuEvent>
#include <QFontMetrics>
#include <QLineEdit>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"

namespace foothold::ui {
namespace {

constexpr int chipHeight = 32, gap = 8, numberWidth = 24, handleWidth = 12, reach = 9;

/// A field whose keys stay in it: Return would open the next one otherwise.
class StepField : public QLineEdit {
   public:
    using QLineEdit::QLineEdit;

   protected:
    void keyPressEvent(QKeyEvent* event) override {
        QLineEdit::keyPressEvent(event);
        event->accept();
    }
};

}  // namespace

TraceChips::TraceChips(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("trace-chips"));
    setAccessibleName(tr("Steps of the trace"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    connect(&Theme::instance(), &Theme::changed, this, [this] { place(); });
}

void TraceChips::setTrace(std::vector<Step> steps, int cut) {
    if (steps == steps_) return setCut(cut);  // A step that is being edited stays open.
    steps_ = std::move(steps);
    cut_ = std::clamp(cut, 0, static_cast<int>(steps_.size()));
    chosen_ = std::min(chosen_, static_cast<int>(steps_.size()) - 1);
    if (field_) closeField();
    place();
    updateGeometry();
    describe();
}

void TraceChips::setCut(int cut) {
    cut = std::clamp(cut, 0, static_cast<int>(steps_.size()));
    if (cut == cut_) return;
    cut_ = cut;
    describe();
    update();
}

void TraceChips::describe() {
    QStringList words;
    for (const Step& step : steps_) words << step.text;
    setAccessibleDescription(tr("%1 of %2 steps given. %3").arg(cut_).arg(steps_.size()).arg(words.join(QStringLiteral("; "))));
}

int TraceChips::columnsFor(int width) const { return std::max(1, (width - 2 * handleWidth + gap) / (chipWidth_ + gap)); }

void TraceChips::place() {
    const QFontMetrics metrics(Theme::instance().font(FontRole::mono));
    int widest = metrics.horizontalAdvance(QStringLiteral("12 × 12 = 12"));
    for (const Step& step : steps_) widest = std::max(widest, metrics.horizontalAdvance(step.text) + (step.was.isEmpty() || step.was == step.text ? 0 : metrics.horizontalAdvance(QStringLiteral(" 12"))));
    chipWidth_ = std::min(numberWidth + widest + 14, std::max(120, width() - 2 * handleWidth));
    columns_ = columnsFor(width());
    // The row is filled, as long as chips do not get wider than they read well.
    chipWidth_ = std::max(chipWidth_, std::min(chipWidth_ * 5 / 4, (width() - 2 * handleWidth - (columns_ - 1) * gap) / columns_));
    update();
}

int TraceChips::heightForWidth(int width) const {
    const int rows = (static_cast<int>(steps_.size()) + columnsFor(width) - 1) / columnsFor(width);
    return std::max(1, rows) * (chipHeight + gap) + 2;
}

QSize TraceChips::sizeHint() const { return {5 * (chipWidth_ + gap), heightForWidth(std::max(width(), 300))}; }

QRect TraceChips::chip(int at) const {
    return {handleWidth - 2 + at % columns_ * (chipWidth_ + gap), 2 + at / columns_ * (chipHeight + gap), chipWidth_, chipHeight};
}

QRect TraceChips::handle() const {
    if (steps_.empty()) return {0, 2, handleWidth, chipHeight};
    const QRect beside = chip(cut_ == 0 ? 0 : cut_ - 1);
    const int x = cut_ == 0 ? beside.left() - gap / 2 : beside.right() + 1 + gap / 2;
    return {x - handleWidth / 2, beside.top() - 2, handleWidth, chipHeight + 4};
}

int TraceChips::boundaryAt(QPoint where) const {
    int best = 0, distance = INT_MAX;
    for (int k = 0; k <= static_cast<int>(steps_.size()); ++k) {
        const QRect beside = chip(k == 0 ? 0 : k - 1);
        const QPoint edge(k == 0 ? beside.left() : beside.right(), beside.center().y());
        const int d = std::abs(where.x() - edge.x()) + 4 * std::abs(where.y() - edge.y());
        if (d < distance) distance = d, best = k;
    }
    return best;
}

int TraceChips::chipAt(QPoint where) const {
    for (int at = 0; at < static_cast<int>(steps_.size()); ++at)
        if (chip(at).contains(where)) return at;
    return -1;
}

void TraceChips::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter p(this);
    p.setRenderHint(QPainter::Antialiasing);
    const QFont mono = theme.font(FontRole::mono), small = theme.font(FontRole::caption);
    const QFontMetrics metrics(mono);
    for (int at = 0; at < static_cast<int>(steps_.size()); ++at) {
        const Step& step = steps_[static_cast<std::size_t>(at)];
        const bool given = at < cut_, changed = step.text != step.was;
        const QRectF box = QRectF(chip(at)).adjusted(.5, .5, -.5, -.5);
        QColor ground = theme.color(given ? ColorRole::given : ColorRole::sunken);
        p.setBrush(ground);
        p.setPen(QPen(theme.color(changed ? ColorRole::bad : given ? ColorRole::rescued50 : ColorRole::border), changed ? 1.4 : 1));
        p.drawRoundedRect(box, Theme::controlRadius, Theme::controlRadius);
        if (at == chosen_ && hasFocus()) {
            p.setBrush(Qt::NoBrush);
            p.setPen(QPen(theme.color(ColorRole::accent), 2));
            p.drawRoundedRect(box.adjusted(-2, -2, 2, 2), Theme::controlRadius + 2, Theme::controlRadius + 2);
        }
        p.setFont(small);
        p.setPen(theme.color(ColorRole::text3));
        p.drawText(QRectF(box.left() + 6, box.top(), numberWidth - 6, box.height()), Qt::AlignVCenter, QString::number(at + 1));
        // Words that differ from the reference: what stood there struck out, what stands there now in red and underlined.
        const QStringList now = step.text.split(' '), was = step.was.split(' ');
        double x = box.left() + numberWidth;
        const double base = box.top() + (box.height() + metrics.ascent() - metrics.descent()) / 2;
        p.setClipRect(box.adjusted(0, 0, -3, 0));
        for (int i = 0; i < now.size(); ++i) {
            const bool differs = changed && (now.size() != was.size() || now[i] != was[i]);
            QFont font = mono;
            if (differs && now.size() == was.size()) {
                font.setStrikeOut(true);
                p.setFont(font);
                p.setPen(theme.color(ColorRole::text3));
                p.drawText(QPointF(x, base), was[i]);
                x += metrics.horizontalAdvance(was[i]) + 4;
                font.setStrikeOut(false);
            }
            font.setUnderline(differs);
            p.setFont(font);
            p.setPen(theme.color(differs ? ColorRole::bad : given ? ColorRole::text : ColorRole::text2));
            p.drawText(QPointF(x, base), now[i]);
            x += metrics.horizontalAdvance(now[i] + ' ');
        }
        if (given && !changed) {
            p.setPen(QPen(theme.color(ColorRole::rescued50), 1));
            p.drawLine(QPointF(box.left() + numberWidth, base + 3), QPointF(std::min(x - metrics.horizontalAdvance(' '), box.right() - 4), base + 3));
        }
        p.setClipping(false);
    }
    if (drag_ == Drag::move && target_ >= 0) {
        const QRect beside = chip(std::min(target_, static_cast<int>(steps_.size()) - 1));
        p.setPen(QPen(theme.color(ColorRole::accent), 3));
        const int x = target_ > chosen_ ? beside.right() + gap / 2 : beside.left() - gap / 2;
        p.drawLine(x, beside.top(), x, beside.bottom());
    }
    if (steps_.empty()) return;
    const QRectF grip = handle();
    p.setPen(Qt::NoPen);
    p.setBrush(theme.color(ColorRole::rescued75));
    p.drawRoundedRect(grip, 3, 3);
    p.setBrush(theme.color(ColorRole::surface));
    for (int row = -1; row <= 1; ++row)
        for (int side : {-2, 2}) p.drawEllipse(QPointF(grip.center().x() + side, grip.center().y() + row * 5), 1.1, 1.1);
}

bool TraceChips::event(QEvent* event) {
    // The keys of the trace belong here while it has the focus, whatever the window does with them elsewhere.
    if (event->type() == QEvent::ShortcutOverride) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Home || key == Qt::Key_End || key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Delete || key == Qt::Key_Insert) event->accept();
    }
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) update();
    if (event->type() == QEvent::FocusIn && chosen_ < 0 && !steps_.empty()) chosen_ = 0;
    return QWidget::event(event);
}

void TraceChips::resizeEvent(QResizeEvent*) { place(); }

void TraceChips::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    pressed_ = event->position().toPoint();
    if (handle().adjusted(-reach + 4, 0, reach - 4, 0).contains(pressed_)) {
        drag_ = Drag::cut;
    } else if (const int at = chipAt(pressed_); at >= 0) {
        chosen_ = at;
        drag_ = Drag::press;
    }
    update();
}

void TraceChips::mouseMoveEvent(QMouseEvent* event) {
    const QPoint where = event->position().toPoint();
    if (drag_ == Drag::none) {
        setCursor(handle().adjusted(-reach + 4, 0, reach - 4, 0).contains(where) ? Qt::SplitHCursor : chipAt(where) >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
        const int at = chipAt(where);
        setToolTip(at < 0 ? QString() : steps_[static_cast<std::size_t>(at)].text == steps_[static_cast<std::size_t>(at)].was
                                            ? tr("Double click to edit, drag to move, Delete to take out")
                                            : steps_[static_cast<std::size_t>(at)].was.isEmpty() ? tr("The reference trace has no such step") : tr("In the reference trace: %1").arg(steps_[static_cast<std::size_t>(at)].was));
    } else if (drag_ == Drag::cut) {
        if (const int k = boundaryAt(where); k != cut_) Q_EMIT cutChosen(k);
    } else {
        if (drag_ == Drag::press && (where - pressed_).manhattanLength() > 10) drag_ = Drag::move;
        if (drag_ == Drag::move) target_ = chipAt(where), update();
    }
}

void TraceChips::mouseReleaseEvent(QMouseEvent*) {
    const Drag was = std::exchange(drag_, Drag::none);
    const int target = std::exchange(target_, -1);
    update();
    if (was == Drag::move && target >= 0 && target != chosen_) Q_EMIT stepMoved(chosen_, target);
}

void TraceChips::mouseDoubleClickEvent(QMouseEvent* event) {
    if (const int at = chipAt(event->position().toPoint()); at >= 0) editStep(at);
}

void TraceChips::contextMenuEvent(QContextMenuEvent* event) {
    int at = event->reason() == QContextMenuEvent::Mouse ? chipAt(event->pos()) : chosen_;
    if (at < 0) return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Give the steps up to here"), this, [this, at] { Q_EMIT cutChosen(at + 1); });
    menu->addAction(tr("Edit…"), this, [this, at] { editStep(at); });
    menu->addAction(tr("Put a step in before it…"), this, [this, at] { openField(at, true); });
    menu->addAction(tr("Take it out"), this, [this, at] { Q_EMIT stepRemoved(at); });
    menu->popup(event->globalPos());
}

void TraceChips::editStep(int at) { openField(at, false); }

void TraceChips::openField(int at, bool insert) {
    if (at < 0 || at >= static_cast<int>(steps_.size())) return;
    chosen_ = at;
    delete field_;
    field_ = new StepField(insert ? QString() : steps_[static_cast<std::size_t>(at)].text, this);
    field_->setObjectName(QStringLiteral("trace-step"));
    field_->setAccessibleName(insert ? tr("New step before step %1").arg(at + 1) : tr("Step %1").arg(at + 1));
    field_->setPlaceholderText(tr("new step"));
    field_->setFont(Theme::instance().font(FontRole::mono));
    field_->setGeometry(chip(at));
    field_->selectAll();
    field_->show();
    field_->setFocus();
    connect(field_, &QLineEdit::returnPressed, this, [this, at, insert] {
        const QString words = field_->text();
        if (!insert && words == steps_[static_cast<std::size_t>(at)].text) return closeField();
        // The field stays until the new trace comes: a refused step is not lost.
        if (insert) Q_EMIT stepInserted(at, words);
        else Q_EMIT stepEdited(at, words);
    });
    auto* away = new QAction(field_);
    away->setShortcut(Qt::Key_Escape);
    away->setShortcutContext(Qt::WidgetShortcut);
    field_->addAction(away);
    connect(away, &QAction::triggered, this, &TraceChips::closeField);
}

void TraceChips::closeField() {
    field_->deleteLater();
    field_ = nullptr;
    setFocus();
    Q_EMIT editEnded();
}

void TraceChips::keyPressEvent(QKeyEvent* event) {
    const int last = static_cast<int>(steps_.size()) - 1;
    const bool alt = event->modifiers() & Qt::AltModifier, shift = event->modifiers() & Qt::ShiftModifier;
    const auto choose = [&](int at) { chosen_ = std::clamp(at, 0, std::max(0, last)), update(); };
    switch (event->key()) {
        case Qt::Key_Left:
            if (alt) { if (chosen_ > 0) --chosen_, stepMoved(chosen_ + 1, chosen_); }
            else if (shift) choose(chosen_ - 1);
            else if (cut_ > 0) Q_EMIT cutChosen(cut_ - 1);
            return;
        case Qt::Key_Right:
            if (alt) { if (chosen_ >= 0 && chosen_ < last) ++chosen_, stepMoved(chosen_ - 1, chosen_); }
            else if (shift) choose(chosen_ + 1);
            else if (cut_ <= last) Q_EMIT cutChosen(cut_ + 1);
            return;
        case Qt::Key_Up: return choose(chosen_ - columns_);
        case Qt::Key_Down: return choose(chosen_ + columns_);
        case Qt::Key_Home: Q_EMIT cutChosen(0); return;
        case Qt::Key_End: Q_EMIT cutChosen(last + 1); return;
        case Qt::Key_F2:
        case Qt::Key_Return:
        case Qt::Key_Enter: return editStep(chosen_);
        case Qt::Key_Insert: return openField(chosen_, true);
        case Qt::Key_Delete:
            if (chosen_ >= 0) Q_EMIT stepRemoved(chosen_);
            return;
        default: QWidget::keyPressEvent(event);
    }
}

}  // namespace foothold::ui
