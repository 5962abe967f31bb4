// SPDX-License-Identifier: GPL-3.0-or-later
// Text of lessons as labels show it.
#include "ui/views/teach/lesson_text.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>
#include <cmath>

namespace foothold::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("Lesson", text); }

QStringList paragraphs(const std::string& text) {
    QStringList all;
    for (const QString& part : QString::fromStdString(text).split(QRegularExpression(QStringLiteral("\n\\s*\n")), Qt::SkipEmptyParts))
        if (const QString one = part.simplified(); !one.isEmpty()) all << one;
    return all;
}

}  // namespace

QFont lessonFont(int pixels, QFont::Weight weight) {
    QFont font = Theme::instance().font(FontRole::body);
    font.setPixelSize(pixels);
    font.setWeight(weight);
    return font;
}

QString strong(const QString& html) { return QStringLiteral("<span style=\"font-weight:600\">%1</span>").arg(html); }

QString lessonHtml(const std::string& text) {
    static const QRegularExpression bold(QStringLiteral("\\*\\*(.+?)\\*\\*"));
    QStringList html;
    for (const QString& paragraph : paragraphs(text))
        html << QStringLiteral("<p style=\"margin:%1px 0 0 0; line-height:132%\">%2</p>").arg(html.isEmpty() ? 0 : 8).arg(paragraph.toHtmlEscaped().replace(bold, strong(QStringLiteral("\\1"))));
    return html.join(QString());
}

QString lessonPlain(const std::string& text) { return paragraphs(text).join(QStringLiteral("\n\n")).remove(QStringLiteral("**")); }

QString measuredWords(const LessonPrediction& asked, const Measured& measured) {
    if (measured.n == 0) return tr("Nothing was measured.");
    const auto hits = static_cast<qint64>(std::llround(measured.share * static_cast<double>(measured.n)));
    return tr("%1 % %2 (%3 of %4).").arg(std::lround(100 * measured.share)).arg(QString::fromStdString(asked.measured)).arg(hits).arg(measured.n);
}

QString verdictWords(const LessonOutcome& outcome, int chosen) {
    switch (outcome.state) {
        case LessonOutcome::State::waiting: return tr("Not run yet");
        case LessonOutcome::State::unclear: return tr("Unclear");
        case LessonOutcome::State::happened: break;
    }
    return outcome.option == chosen ? tr("As you predicted") : tr("It came out differently");
}

QString outcomeText(const LessonPrediction& asked, const LessonOutcome& outcome) {
    if (outcome.state == LessonOutcome::State::waiting) return {};
    return lessonPlain(outcome.state == LessonOutcome::State::unclear ? asked.unclear : asked.options[static_cast<std::size_t>(outcome.option)].happened);
}

LessonLabel::LessonLabel(int pixels, QFont::Weight weight, ColorRole color, QWidget* parent) : QLabel(parent), color_(color) {
    setFont(lessonFont(pixels, weight));
    setWordWrap(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setFocusPolicy(Qt::NoFocus);
    apply();
    connect(&Theme::instance(), &Theme::changed, this, &LessonLabel::apply);
}

void LessonLabel::setRole(ColorRole color) {
    color_ = color;
    apply();
}

void LessonLabel::apply() {
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, Theme::instance().color(color_));
    setPalette(colors);
}

}  // namespace foothold::ui
