// SPDX-License-Identifier: GPL-3.0-or-later
// How each trace of a solve curve is drawn, the same in the plot and in the table.
#pragma once
#include <QPainter>
#include <QPen>
#include <vector>

#include "studies/prefix_curve.h"

namespace foothold::ui {

/// Told apart by colour, dash and marker: gold blue, solid, circle, and dashed grey at an earlier step; variants rose, dashed, each with its own marker; null grey dots.
struct CurveLine {
    enum class Marker { circle, square, diamond, triangleDown, triangle };
    QPen pen;
    Marker marker = Marker::circle;
    QString name;   ///< Short: "gold", "B", "depth only".
    QString title;  ///< "gold", "B swap 2 numbers", "remaining depth".
};

/// Lines of a state's curves, in their order, in the colours of the theme.
std::vector<CurveLine> curveLines(const CurveState& state);

/// A marker of about 7 px; hollow = drawn in the surface's colour.
void drawCurveMarker(QPainter& painter, const CurveLine& line, QPointF at, bool hollow, double size = 7);
/// A piece of the line with its marker, filling `rect`.
void drawLineSample(QPainter& painter, const CurveLine& line, const QRectF& rect);

QString signedShare(double share);                         ///< "−.07", "+.12", "0".
QString intervalText(const Interval& interval);            ///< "[.25, .36]", with minus signs where needed.
/// The point of a curve nearest to a cut that has been sampled; null if there is none.
/// The sampled point nearest to a cut; of a cut that gives something, none without any hint if there is another. Null: nothing sampled.
const CurvePoint* nearestPoint(const Curve& curve, double ratio);
/// Index of the gold curve, -1 if there is none.
int goldIndex(const CurveState& state);
/// Has any point been sampled?
bool anySampled(const CurveState& state);

}  // namespace foothold::ui
