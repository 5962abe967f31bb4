// SPDX-License-Identifier: GPL-3.0-or-later
// Type and words of the Teach workspace: larger than elsewhere, since it is read from a distance.
#pragma once
#include <QFont>
#include <QLabel>
#include <string>

#include "ui/lessons/lesson.h"
#include "ui/theme/theme.h"

namespace foothold::ui {

QFont lessonFont(int pixels, QFont::Weight weight = QFont::Normal);  ///< In the family of the theme.
QString strong(const QString& html);           ///< In the heaviest weight that the program's font has; <b> would be thickened by hand.
QString lessonHtml(const std::string& text);  ///< Blank lines part paragraphs, **bold**; everything else as it stands.
QString lessonPlain(const std::string& text); ///< The same without marks.

/// "98 % of the T2 groups were all wrong (118 of 120)".
QString measuredWords(const LessonPrediction& asked, const Measured& measured);
/// "As you predicted", "It came out differently", "Unclear".
QString verdictWords(const LessonOutcome& outcome, int chosen);
/// The text of the lesson for what happened.
QString outcomeText(const LessonPrediction& asked, const LessonOutcome& outcome);

/// Wrapped text of a lesson in a colour role.
class LessonLabel : public QLabel {
    Q_OBJECT
   public:
    LessonLabel(int pixels, QFont::Weight weight, ColorRole color, QWidget* parent = nullptr);
    void setRole(ColorRole color);
    void setLesson(const std::string& text) { setText(lessonHtml(text)); }

   private:
    void apply();
    ColorRole color_;
};

}  // namespace foothold::ui
