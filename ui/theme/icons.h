// SPDX-License-Identifier: GPL-3.0-or-later
// Line icons from resources/icons, tinted in the colour of a role at the moment they are painted.
#pragma once
#include "ui/theme/theme.h"

namespace foothold::ui {

/// The icon follows the theme without being made again; disabled = text3. A name without a file paints nothing.
QIcon tintedIcon(const QString& name, ColorRole role);

/// Paints one icon into `rect` (device-independent pixels).
void paintIcon(QPainter& painter, const QString& name, const QRectF& rect, const QColor& color);

/// Pixels of the device that is being painted on to one of a widget's own: of the screen, or of an exported picture. Pictures made of lines
/// and text have no pixels; what is an image in them is made fine enough for print.
qreal paintRatio(const QPainter& painter);

}  // namespace foothold::ui
