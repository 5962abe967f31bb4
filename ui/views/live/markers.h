// SPDX-License-Identifier: GPL-3.0-or-later
// Markers on the step axis: edits by hand (solid ink, with a flag) and events of the schedule (dashed grey).
#pragma once
#include <QRectF>
#include <QString>
#include <QStringList>
#include <vector>

class QPainter;

namespace foothold::ui {

class RunModel;
class StepAxis;

/// Everything that changed with one step.
struct StepMarker {
    qint64 step = 0;
    QStringList texts;
    bool byUser = false;
    QString label() const;  ///< The first text; "+2" if there are more.
};

std::vector<StepMarker> stepMarkers(const RunModel& model);  ///< One a step, in order.

/// A flag with its place; `text` is empty where only a stub has room.
struct MarkerFlag {
    QRectF rect;
    double x = 0;  ///< Of its line.
    QString text;
    bool byUser = false;
    qint64 step = 0;
};
/// Flags of the visible markers, none over another: the newest first get the room; user flags end at their line, others
/// begin there.
std::vector<MarkerFlag> layoutFlags(const std::vector<StepMarker>& markers, const StepAxis& axis, double top,
                                    double height, const std::vector<QRectF>& taken = {});

void drawMarkerLine(QPainter& painter, double x, double top, double bottom, bool byUser);
void drawFlag(QPainter& painter, const MarkerFlag& flag);
void drawMarkerDiamond(QPainter& painter, QPointF center, double radius, bool byUser);

}  // namespace foothold::ui
