// SPDX-License-Identifier: GPL-3.0-or-later
// Painting of combo boxes, spin boxes, sliders and check boxes in the theme's colours.
#include "ui/theme/controls.h"

#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QComboBox>
#include <QPainter>
#include <QSlider>
#include <QStyleOption>

namespace foothold::ui {
namespace {

constexpr int kChevron = 14;
constexpr double kHandle = 8;  // Radius of a slider's handle.

QColor color(ColorRole role) { return Theme::instance().color(role); }

/// The field every boxed control stands in: border strong, darker under the mouse, a 2 px accent ring with focus.
void drawField(QPainter* painter, const QRect& rect, QStyle::State state, bool focus) {
    const bool enabled = state & QStyle::State_Enabled;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setBrush(enabled ? QBrush(color(ColorRole::field)) : QBrush(Qt::NoBrush));
    const QColor line = !enabled                            ? color(ColorRole::border)
                        : focus                             ? color(ColorRole::accent)
                        : (state & QStyle::State_MouseOver) ? color(ColorRole::text3)
                                                            : color(ColorRole::borderStrong);
    const double width = focus && enabled ? 2 : 1;
    painter->setPen(QPen(line, width));
    painter->drawRoundedRect(QRectF(rect).adjusted(width / 2, width / 2, -width / 2, -width / 2), Theme::controlRadius,
                             Theme::controlRadius);
    painter->restore();
}

}  // namespace

Controls::Controls() : QProxyStyle("Fusion") {}

void Controls::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                  const QWidget* widget) const {
    const QColor glyph = color(option->state & State_Enabled ? ColorRole::text2 : ColorRole::text3);
    if (control == CC_ComboBox) {
        drawField(painter, option->rect, option->state, option->state & State_HasFocus);
        const QRect arrow = subControlRect(control, option, SC_ComboBoxArrow, widget);
        QRect place(0, 0, kChevron, kChevron);
        place.moveCenter(arrow.center());
        paintIcon(*painter, "chevron-down", place, glyph);
    } else if (control == CC_SpinBox) {
        const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
        const bool focus = widget && (widget->hasFocus() || (option->state & State_HasFocus));
        if (!spin || spin->frame) drawField(painter, option->rect, option->state, focus);
        if (spin && spin->buttonSymbols != QAbstractSpinBox::NoButtons) {
            const QRect up = subControlRect(control, option, SC_SpinBoxUp, widget),
                        down = subControlRect(control, option, SC_SpinBoxDown, widget);
            const auto paint = [&](const QRect& r, bool can, const char* name, int shift) {
                QRectF place(0, 0, 11, 11);
                place.moveCenter(QRectF(r).center() + QPointF(0, shift));
                paintIcon(*painter, name, place,
                          can && (option->state & State_Enabled) ? glyph : color(ColorRole::borderStrong));
            };
            paint(up, spin->stepEnabled & QAbstractSpinBox::StepUpEnabled, "chevron-up", 1);
            paint(down, spin->stepEnabled & QAbstractSpinBox::StepDownEnabled, "chevron-down", -1);
        }
    } else if (control == CC_Slider) {
        drawSlider(option, painter, widget);
    } else {
        QProxyStyle::drawComplexControl(control, option, painter, widget);
    }
}

void Controls::drawSlider(const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (!slider) return;
    const bool horizontal = slider->orientation == Qt::Horizontal, enabled = option->state & State_Enabled;
    const QPointF handle = QRectF(subControlRect(CC_Slider, slider, SC_SliderHandle, widget)).center();
    const QRectF rect = option->rect;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    if (horizontal) {
        const double left = rect.left() + kHandle, right = rect.right() - kHandle;
        if (slider->tickPosition != QSlider::NoTicks && slider->tickInterval > 0) {
            painter->setPen(QPen(color(ColorRole::borderStrong), 1));
            for (int v = slider->minimum; v <= slider->maximum; v += slider->tickInterval) {
                const double x =
                    left + (right - left) * (v - slider->minimum) / std::max(1, slider->maximum - slider->minimum);
                painter->drawLine(QPointF(x, handle.y() + 8), QPointF(x, handle.y() + 11));
            }
            painter->setPen(Qt::NoPen);
        }
        painter->setBrush(color(ColorRole::borderStrong));
        painter->drawRoundedRect(QRectF(left, handle.y() - 1.5, right - left, 3), 1.5, 1.5);
        if (enabled) {
            painter->setBrush(color(ColorRole::accent));
            painter->drawRoundedRect(QRectF(QPointF(left, handle.y() - 1.5), QPointF(handle.x(), handle.y() + 1.5)),
                                     1.5, 1.5);
        }
    } else {
        painter->setBrush(color(ColorRole::borderStrong));
        painter->drawRoundedRect(QRectF(handle.x() - 1.5, rect.top() + kHandle, 3, rect.height() - 2 * kHandle), 1.5,
                                 1.5);
    }
    if (option->state & State_HasFocus) {
        QColor ring = color(ColorRole::accent);
        ring.setAlphaF(0.3f);
        painter->setBrush(ring);
        painter->drawEllipse(handle, kHandle + 1.5, kHandle + 1.5);
    }
    const bool hover = enabled && (option->state & State_MouseOver);
    painter->setBrush(Theme::instance().isDark() && enabled ? color(ColorRole::text) : color(ColorRole::surface));
    painter->setPen(QPen(enabled ? color(ColorRole::accent) : color(ColorRole::borderStrong), hover ? 2 : 1.5));
    painter->drawEllipse(handle, kHandle - 2, kHandle - 2);
    painter->restore();
}

void Controls::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                             const QWidget* widget) const {
    switch (element) {
        case PE_FrameFocusRect: return;  // Every control draws its own ring.
        case PE_IndicatorCheckBox: {
            const QRectF box = QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5);
            const bool on = option->state & (State_On | State_NoChange), enabled = option->state & State_Enabled;
            painter->save();
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(QPen(color(!enabled                                 ? ColorRole::border
                                       : on || (option->state & State_HasFocus) ? ColorRole::accent
                                       : (option->state & State_MouseOver)      ? ColorRole::text3
                                                                                : ColorRole::borderStrong),
                                 option->state & State_HasFocus ? 2 : 1));
            painter->setBrush(on && enabled ? color(ColorRole::accent)
                              : enabled     ? color(ColorRole::field)
                                            : QColor(Qt::transparent));
            painter->drawRoundedRect(box, 3, 3);
            painter->restore();
            if (on)
                paintIcon(*painter, option->state & State_NoChange ? "minus" : "check", box,
                          color(enabled ? ColorRole::onAccent : ColorRole::text3));
            return;
        }
        case PE_IndicatorMenuCheckMark:
            if (option->state & State_On) paintIcon(*painter, "check", option->rect, color(ColorRole::accent));
            return;
        default: QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

QRect Controls::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                               const QWidget* widget) const {
    const QRect r = option->rect;
    if (control == CC_ComboBox) {
        if (part == SC_ComboBoxArrow) return {r.right() - 25, r.top(), 24, r.height()};
        if (part == SC_ComboBoxEditField) return r.adjusted(7, 1, -26, -1);
    }
    if (control == CC_SpinBox) {
        const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
        const int buttons = spin && spin->buttonSymbols == QAbstractSpinBox::NoButtons ? 0 : 18;
        if (part == SC_SpinBoxUp) return {r.right() - buttons - 1, r.top() + 1, buttons, r.height() / 2 - 1};
        if (part == SC_SpinBoxDown) return {r.right() - buttons - 1, r.center().y() + 1, buttons, r.height() / 2 - 1};
        if (part == SC_SpinBoxEditField) return r.adjusted(7, 2, -buttons - 4, -2);
    }
    if (control == CC_Slider && part == SC_SliderHandle) {
        if (const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
            slider && slider->orientation == Qt::Horizontal) {
            const int size = static_cast<int>(2 * kHandle);
            const int at = sliderPositionFromValue(slider->minimum, slider->maximum, slider->sliderPosition,
                                                   r.width() - size, slider->upsideDown);
            const bool ticks = slider->tickPosition != QSlider::NoTicks;
            return {r.left() + at, r.center().y() - size / 2 - (ticks ? 3 : 0), size, size};
        }
    }
    return QProxyStyle::subControlRect(control, option, part, widget);
}

int Controls::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
    switch (metric) {
        case PM_SliderLength:
        case PM_SliderThickness: return static_cast<int>(2 * kHandle);
        case PM_IndicatorWidth:
        case PM_IndicatorHeight: return 15;
        case PM_CheckBoxLabelSpacing: return 8;
        case PM_SmallIconSize:
        case PM_ButtonIconSize: return 16;
        case PM_ToolBarIconSize: return 16;
        default: return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int Controls::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                        QStyleHintReturn* data) const {
    if (hint == SH_Slider_AbsoluteSetButtons) return Qt::LeftButton;  // A click on the groove goes there.
    if (hint == SH_ComboBox_Popup || hint == SH_UnderlineShortcut || hint == SH_DialogButtonBox_ButtonsHaveIcons) return 0;
    if (hint == SH_ToolTip_WakeUpDelay) return 400;
    return QProxyStyle::styleHint(hint, option, widget, data);
}

QSize Controls::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                                 const QWidget* widget) const {
    QSize made = QProxyStyle::sizeFromContents(type, option, size, widget);
    if (type == CT_ComboBox || type == CT_SpinBox) made.setHeight(Theme::control);
    if (type == CT_Slider && option) {
        const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
        if (slider && slider->orientation == Qt::Horizontal)
            made.setHeight(slider->tickPosition == QSlider::NoTicks ? 18 : 24);
    }
    return made;
}

}  // namespace foothold::ui
