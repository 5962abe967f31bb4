// SPDX-License-Identifier: GPL-3.0-or-later
// Fusion with our own combo boxes, spin boxes, sliders and check boxes: what a style sheet cannot draw in the theme's
// colours.
#pragma once
#include <QProxyStyle>

namespace foothold::ui {

class Controls : public QProxyStyle {
    Q_OBJECT
public:
    Controls();
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                            const QWidget* widget) const override;
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                         const QWidget* widget) const override;
    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                  QStyleHintReturn* data) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                           const QWidget* widget) const override;

private:
    void drawSlider(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
};

}  // namespace foothold::ui
