// SPDX-License-Identifier: GPL-3.0-or-later
// The handout of a lesson: one page with the pupil's predictions and what happened.
#pragma once
#include <QDateTime>
#include <QString>

namespace foothold::ui {

class LessonRun;
class RunModel;

/// The page as HTML that stands by itself: title, date, each prediction with what happened (numbers and how many cases), what waiting longer
/// would do, what speaks against the claim, settings and seed.
QString handoutHtml(const LessonRun& run, const RunModel& model, const QDateTime& when);

/// Writes it as PDF (A4, one page: smaller type where it would be two) or, to a name that ends in .html, as HTML. Throws UserError if the
/// file cannot be written.
void writeHandout(const QString& html, const QString& path);

}  // namespace foothold::ui
