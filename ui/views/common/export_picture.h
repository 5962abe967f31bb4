// SPDX-License-Identifier: GPL-3.0-or-later
// A view as a picture: title, the view's widgets, and a caption that says what run it is of.
#pragma once
#include <QByteArray>
#include <QString>
#include <QList>
#include <QWidget>

namespace foothold::ui {

enum class ExportFormat { png, png2x, svg, pdf, csv, jsonl };
QString exportSuffix(ExportFormat format);  ///< "png"
QString exportFilter(ExportFormat format);  ///< Of a file dialog.

/// What a picture is made of. The widgets stand one under the other.
struct ExportPicture {
    QString title, caption;
    QWidgetList widgets;
};

/// The picture's file, in memory. png, svg and pdf only.
QByteArray pictureBytes(const ExportPicture& picture, ExportFormat format);

/// Writes all of a file or nothing. Throws UserError: what could not be written, where, why, and what to do.
void saveWhole(const QString& path, const QByteArray& bytes);

}  // namespace foothold::ui
