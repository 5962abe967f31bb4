// SPDX-License-Identifier: GPL-3.0-or-later
// The one registry of colours, fonts and measures. Widgets ask for roles, never for hex values.
#pragma once
#include <QBrush>
#include <QColor>
#include <QFont>
#include <QIcon>
#include <QObject>

#include "record/attempt.h"

namespace foothold::ui {

enum class ColorRole {
    window, surface, sunken, field, border, borderStrong, text, text2, text3, accent, onAccent, accentSoft, good, bad, warn, gridLine,
    allWrong, allWrongLine, mixedLow, mixedHigh, allRight, allRightLine, rescued25, rescued50, rescued75, rescuedGround, lucky, given,
    rose,  ///< Corrupted variants; tokens the model was unsure of, or pushed away from.
};
enum class FontRole { cardTitle, sectionTitle, body, button, caption, mono, headline };

/// The theme in use. Changed by setMode(); every view repaints on changed().
class Theme : public QObject {
    Q_OBJECT
   public:
    enum class Mode { light, dark, system };
    static Theme& instance();

    void setMode(Mode mode);  ///< Sets palette, style sheet and fonts of the application.
    /// Leaves the style sheet out until finishStart(): a window that is put together under one styles each widget anew at every level.
    void beginStart() { starting_ = true; }
    void finishStart();
    Mode mode() const { return mode_; }
    bool isDark() const { return dark_; }

    QColor color(ColorRole role) const;
    QFont font(FontRole role) const;
    QIcon icon(const QString& name, ColorRole role = ColorRole::text) const;  ///< resources/icons/<name>.svg, tinted.

    /// Fill of a group's cell in the map: colour by state, shade by share right (mixed).
    QColor stateColor(GroupState state, double shareRight, double hintRatio) const;
    /// Tiers are an ink ramp told apart by dash and weight, hardest solid. index 0 = easiest of `count`.
    QPen tierPen(int index, int count) const;

    static constexpr int gutter = 8, padding = 12, rowPitch = 34, control = 28, controlRadius = 4, cardRadius = 6;

   Q_SIGNALS:
    void changed();

   private:
    Theme();
    void apply();
    Mode mode_ = Mode::light;
    bool dark_ = false, starting_ = false;
};

/// 0 = none, 1 = up to .375, 2 = up to .625, 3 = above: how full a hint cell is drawn.
int hintLevel(double ratio);

}  // namespace foothold::ui
