// SPDX-License-Identifier: GPL-3.0-or-later
// Writing the handout.
#include "ui/lessons/handout.h"

#include <QAbstractTextDocumentLayout>
#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QLocale>
#include <QMarginsF>
#include <QPageLayout>
#include <QPageSize>
#include <QPdfWriter>
#include <QTextDocument>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "ui/lessons/lesson_run.h"
#include "ui/models/run_model.h"
#include "ui/views/teach/lesson_text.h"

namespace foothold::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("Handout", text); }
QString escaped(const std::string& text) { return QString::fromStdString(text).toHtmlEscaped(); }

}  // namespace

QString handoutHtml(const LessonRun& run, const RunModel& model, const QDateTime& when) {
    const Lesson& lesson = run.lesson();
    QString html = QStringLiteral("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>%1</title>\n<style>body { font-family: Inter, sans-serif; max-width: 46em; margin: 2em auto; color: #18202c; } "
                                  "h1 { margin-bottom: 0; } h3 { margin-bottom: 2px; } p { margin-top: 2px; } b { font-weight: 600; } .small { color: #5a6575; }</style></head><body>\n")
                       .arg(escaped(lesson.title));
    html += QStringLiteral("<h1>%1</h1>\n<p class=\"small\">%2</p>\n<p><b>%3</b></p>\n")
                .arg(tr("Lesson %1: %2").arg(lesson.number).arg(escaped(lesson.title)),
                     tr("%1 · run %2 · %3 training steps so far").arg(QLocale().toString(when, QLocale::LongFormat).toHtmlEscaped(), escaped(model.info().name)).arg(std::max<qint64>(0, model.lastStep())),
                     escaped(lesson.question));
    html += QStringLiteral("<h2>%1</h2>\n").arg(tr("What I predicted, and what happened"));
    int asked = 0;
    for (int i = 0; i < run.stepCount(); ++i) {
        const LessonStep& step = lesson.steps[static_cast<std::size_t>(i)];
        if (!step.prediction) continue;
        ++asked;
        html += QStringLiteral("<h3>%1. %2</h3>\n").arg(asked).arg(escaped(step.prediction->question));
        if (!run.locked(i)) {
            html += QStringLiteral("<p class=\"small\">%1</p>\n").arg(tr("Not answered."));
            continue;
        }
        const LessonOutcome outcome = run.outcome(i);
        html += QStringLiteral("<p>%1 <b>%2</b></p>\n").arg(tr("I predicted:"), escaped(step.prediction->options[static_cast<std::size_t>(run.chosen(i))].text));
        if (outcome.state == LessonOutcome::State::waiting) {
            html += QStringLiteral("<p class=\"small\">%1</p>\n").arg(tr("Not run yet."));
            continue;
        }
        html += QStringLiteral("<p>%1 <b>%2</b> %3</p>\n")
                    .arg(verdictWords(outcome, run.chosen(i)) + QStringLiteral(":"),
                         outcome.state == LessonOutcome::State::happened ? escaped(step.prediction->options[static_cast<std::size_t>(outcome.option)].text) + QStringLiteral(".") : tr("neither answer fits."),
                         measuredWords(*step.prediction, outcome.measured).toHtmlEscaped());
        html += QStringLiteral("<p class=\"small\">%1</p>\n").arg(outcomeText(*step.prediction, outcome).toHtmlEscaped());
    }
    if (const QStringList hand = run.changedByHand(); !hand.isEmpty())
        html += QStringLiteral("<p><b>%1</b></p>\n").arg(tr("This run went another way than the lesson's: %1. The answers are about that experiment.").arg(hand.join(QStringLiteral(", ")).toHtmlEscaped()));
    const auto section = [&](const QString& title, const std::string& text) { html += QStringLiteral("<h2>%1</h2>\n%2\n").arg(title, lessonHtml(text)); };
    section(tr("If you waited longer"), lesson.waiting);
    section(tr("What speaks against it"), lesson.against);
    QStringList settings;
    for (const std::string& one : lesson.overrides) settings << escaped(one);
    std::int64_t before = 0;
    for (const LessonStep& step : lesson.steps) {
        if (!step.changeText.empty()) settings << tr("%1 from step %2").arg(escaped(step.changeText)).arg(before + 1);
        before = step.runTo;
    }
    const Experiment experiment = model.session() ? model.session()->initial_experiment() : lesson.experiment;
    html += QStringLiteral("<h2>%1</h2>\n<p class=\"small\">%2<br>%3<br>%4</p>\n</body></html>\n")
                .arg(tr("To repeat it"), tr("Experiment %1, seed %2, %3 threads, with %4.").arg(escaped(lesson.preset)).arg(experiment.seed).arg(experiment.threads).arg(settings.join(QStringLiteral(", "))),
                     tr("Foothold %1 on %2. The same seed on the same machine and device gives the same numbers.").arg(escaped(model.info().version), escaped(model.progress().device)),
                     tr("File, Export, Export experiment with all edits writes this run as one file."));
    return html;
}

void writeHandout(const QString& html, const QString& path) {
    if (QFileInfo(path).suffix().compare(QLatin1String("html"), Qt::CaseInsensitive) == 0) return save_text_file(path.toStdString(), html.toStdString());
    // QPdfWriter does not say that it could not write, so the file is tried first.
    if (QFile file(path); !file.open(QIODevice::WriteOnly)) throw UserError(tr("%1 cannot be written: %2").arg(path, file.errorString()).toStdString());
    QPdfWriter writer(path);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins(QMarginsF(18, 14, 18, 14), QPageLayout::Millimeter);
    writer.setResolution(300);
    writer.setTitle(tr("Handout"));
    QTextDocument page;
    for (double points = 10; points >= 6; points -= .5) {
        QFont font(QStringLiteral("Inter"));
        font.setPointSizeF(points);
        page.setDefaultFont(font);
        page.setDefaultStyleSheet(QStringLiteral("h1 { font-size: %1pt; } h2 { font-size: %2pt; margin-top: 8px; margin-bottom: 2px; } h3 { font-size: %3pt; margin-top: 5px; margin-bottom: 0; } p { margin-top: 1px; margin-bottom: 1px; } .small { color: #4a5565; }")
                                      .arg(points * 1.7).arg(points * 1.25).arg(points * 1.05));
        page.setHtml(html);
        page.documentLayout()->setPaintDevice(&writer);
        page.setPageSize(QSizeF(writer.width(), writer.height()));
        if (page.pageCount() <= 1) break;
    }
    page.print(&writer);
}

}  // namespace foothold::ui
