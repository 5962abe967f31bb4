// SPDX-License-Identifier: GPL-3.0-or-later
// The seven stages in words and tables. Nothing is computed anew but means and counts: rewards, advantages and flags are the record's.
#include "ui/views/teach/slow_motion_stages.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>

#include "record/experiment_keys.h"
#include "ui/models/value_text.h"
#include "ui/theme/theme.h"
#include "ui/views/common/tier_labels.h"
#include "ui/views/common/trace_text.h"
#include "ui/views/teach/group_drawing.h"
#include "ui/views/teach/lesson_text.h"

namespace foothold::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("SlowMotion", text); }
QString tinted(const QString& text, ColorRole role) { return QStringLiteral("<span style=\"color:%1\">%2</span>").arg(Theme::instance().color(role).name(), text); }
QString paragraph(const QString& html) { return QStringLiteral("<p style=\"margin:0 0 8px 0; line-height:130%\">%1</p>").arg(html); }
QString code(const QString& text) { return QStringLiteral("<span style=\"font-family:'%1'\">%2</span>").arg(Theme::instance().font(FontRole::mono).family(), text.toHtmlEscaped()); }
/// Signed, two digits, a true minus.
QString signedText(double x) {
    if (std::abs(x) < .005) return QStringLiteral("0");
    return (x > 0 ? QStringLiteral("+") : QString(QChar(0x2212))) + QString::number(std::abs(x), 'f', 2);
}

QString table(const QStringList& head, const std::vector<QStringList>& rows) {
    const QString line = Theme::instance().color(ColorRole::border).name(), grey = Theme::instance().color(ColorRole::text2).name();
    QString html = QStringLiteral("<table cellspacing=\"0\" cellpadding=\"4\" width=\"97%\" style=\"border-collapse:collapse\"><tr>");
    for (const QString& cell : head) html += QStringLiteral("<td style=\"color:%1; border-bottom:1px solid %2\">%3</td>").arg(grey, line, cell);
    html += QStringLiteral("</tr>");
    for (const QStringList& row : rows) {
        html += QStringLiteral("<tr>");
        for (const QString& cell : row) html += QStringLiteral("<td style=\"border-bottom:1px solid %1\">%2</td>").arg(line, cell);
        html += QStringLiteral("</tr>");
    }
    return html + QStringLiteral("</table>");
}

struct Teller {
    const StepSummary& step;
    const GroupSummary& group;
    const std::vector<Attempt>& attempts;
    const RunInfo& info;
    const Experiment& experiment;
    QString name;

    const Problem& problem() const { return info.problems[group.problem]; }
    int rounds() const { return roundCount(attempts); }
    std::vector<const Attempt*> round(int r) const { return attemptsOfRound(attempts, r); }
    std::vector<const Attempt*> counted() const { return round(rounds() - 1); }
    static qsizetype right(const std::vector<const Attempt*>& all) {
        return std::count_if(all.begin(), all.end(), [](const Attempt* a) { return a->verdict == Verdict::correct; });
    }
    QString shown(const std::string& text) const { return shownText(problem().family, text); }
    QString verdict(const Attempt& a) const {
        if (a.verdict == Verdict::correct) return tinted(a.soundness == Soundness::lucky ? tr("✓ right, by luck") : tr("✓ right"), a.soundness == Soundness::lucky ? ColorRole::warn : ColorRole::good);
        return tinted(a.verdict == Verdict::unparseable ? tr("✗ no answer found") : tr("✗ wrong"), ColorRole::bad);
    }

    /// A solution as written, its lines told apart.
    QString lines(const std::string& text, qsizetype most) const {
        const ShownTrace trace = readTrace(problem().family, text);
        QStringList parts = trace.steps;
        if (!trace.answer.isEmpty()) parts << QStringLiteral("→ ") + trace.answer;
        if (parts.isEmpty()) parts << shown(text);
        QStringList html;
        qsizetype written = 0;
        for (QString part : parts) {
            if ((written += part.size()) > most) {
                html << QStringLiteral("…");
                break;
            }
            html << code(part.replace(' ', QChar(0x00A0)));  // A line of the solution stays in one piece.
        }
        return html.join(tinted(QStringLiteral("&nbsp;&nbsp;·&nbsp;&nbsp; "), ColorRole::text3));
    }

    SlowStage draw() const {
        QString html = paragraph(tr("Step %1 drew %2 of the %3 problems to practise on. This is one of them: %4, tier %5.")
                                     .arg(step.step).arg(step.groups.size()).arg(info.pool_size).arg(strong(name), tierWords(QString::fromStdString(problem().tier)).toHtmlEscaped()));
        html += paragraph(code(shown(problem().prompt)));
        html += paragraph(tr("The answer is %1.").arg(code(shown(problem().answer))));
        QString solution;
        for (const std::string& one : problem().steps) solution += QString::fromStdString(one) + ' ';
        html += paragraph(tr("Its solution, which the model does not see unless a hint shows some of it:"));
        html += paragraph(lines(solution.trimmed().toStdString(), 400));
        return {tr("Draw"), tr("A problem is drawn"), html, false};
    }

    SlowStage hint() const {
        const auto first = round(0);
        const double ratio = first.empty() ? 0 : first.front()->hint_ratio;
        if (ratio > 0)
            return {tr("Hint"), tr("A piece of the solution is given at once"),
                    paragraph(tr("The policy %1 gives a hint in the first round: %2.").arg(QString::fromStdString(experiment.guidance.policy), hintWords(ratio))) + paragraph(lines(first.front()->hint, 400)), false};
        return {tr("Hint"), tr("Nothing is given at first"),
                paragraph(experiment.guidance.trigger == "never" ? tr("The policy %1 gives no hints at all.").arg(QString::fromStdString(experiment.guidance.policy))
                                                                 : tr("In the first round the model is on its own. Whether a hint follows depends on what comes out (policy %1).").arg(QString::fromStdString(experiment.guidance.policy))),
                true};
    }

    SlowStage generate() const {
        const auto first = round(0);
        std::vector<QStringList> rows;
        std::size_t tokens = 0;
        for (const Attempt* a : first) {
            tokens += a->tokens.size();
            rows.push_back({QString::number(a->attempt + 1), lines(a->completion, 260), QString::number(a->tokens.size())});
        }
        return {tr("Generate"), tr("%1 attempts are written").arg(first.size()),
                paragraph(tr("The same problem, %1 times, word by word: each next word is drawn from what the model thinks likely (temperature %2). %3 words in all.")
                              .arg(first.size()).arg(numberText(experiment.sampling.temperature)).arg(tokens)) +
                    table({tr("No."), tr("What it wrote"), tr("Words")}, rows), false};
    }

    SlowStage judge() const {
        const auto first = round(0);
        std::vector<QStringList> rows;
        for (const Attempt* a : first)
            rows.push_back({QString::number(a->attempt + 1), a->extracted.empty() ? tr("none") : code(shown(a->extracted)), verdict(*a), a->first_wrong_step < 0 ? QString(QChar(0x2013)) : tr("line %1").arg(a->first_wrong_step + 1), numberText(a->reward)});
        const auto good = right(first);
        return {tr("Judge"), good == 0 ? tr("All %1 are wrong").arg(first.size()) : tr("%1 of %2 are right").arg(good).arg(first.size()),
                paragraph(tr("Only the answer counts: it has to be %1. Where the first wrong line is, the program knows; the reward does not use it.").arg(code(shown(problem().answer)))) +
                    table({tr("No."), tr("Answer"), tr("Verdict"), tr("First wrong line"), tr("Reward")}, rows), false};
    }

    SlowStage again() const {
        if (rounds() <= 1) {
            const auto good = right(round(0));
            QString why = experiment.guidance.trigger == "never"       ? tr("Without hints there is no other round.")
                          : step.step <= experiment.guidance.cold_start ? tr("This step is in the cold start, when no hints are given yet.")
                          : good > 0                                    ? tr("At least one attempt was right, so no other round is needed.")
                                                                        : tr("This policy makes one round only.");
            return {tr("Another round"), tr("No other round"), paragraph(why), true};
        }
        QString html = paragraph(tr("The group was all wrong, so it was tried again in the same step, each time with more of the solution given, until one attempt was right."));
        for (int r = 1; r < rounds(); ++r) {
            const auto all = round(r);
            if (all.empty()) continue;
            html += paragraph(QStringLiteral("%1: %2").arg(strong(hintWords(all.front()->hint_ratio)), tinted(tr("%1 of %2 right").arg(right(all)).arg(all.size()), right(all) > 0 ? ColorRole::good : ColorRole::bad)) +
                              QStringLiteral("<br>") + lines(all.front()->hint, 260));
        }
        const auto last = counted();
        std::vector<QStringList> rows;
        for (const Attempt* a : last) {
            rows.push_back({QString::number(a->attempt + 1), lines(a->completion, 220), verdict(*a)});
        }
        html += paragraph(tr("What the model wrote after the last hint:")) + table({tr("No."), tr("What it wrote"), tr("Verdict")}, rows);
        return {tr("Another round"), right(last) > 0 ? tr("A hint helps: %1 of %2 right").arg(right(last)).arg(last.size()) : tr("Even the longest hint does not help"), html, false};
    }

    SlowStage advantages() const {
        const auto last = counted();
        double mean = 0, square = 0;
        for (const Attempt* a : last) mean += a->reward / static_cast<double>(last.size());
        for (const Attempt* a : last) square += (a->reward - mean) * (a->reward - mean);
        const double spread = last.size() > 1 ? std::sqrt(square / static_cast<double>(last.size() - 1)) : 0;
        std::vector<QStringList> rows;
        for (const Attempt* a : last) {
            const QString value = signedText(a->advantage), bar = QString(std::min(20, static_cast<int>(std::lround(std::abs(a->advantage) * 6))), QChar(0x2588));
            rows.push_back({QString::number(a->attempt + 1), numberText(a->reward), value + QStringLiteral("&nbsp;&nbsp;") + tinted(bar, a->advantage > 0 ? ColorRole::accent : ColorRole::allWrong),
                            a->advantage > 0 ? tr("more likely") : a->advantage < 0 ? tr("less likely") : tr("no push")});
        }
        if (square <= 0) {
            return {tr("Advantages"), tr("Nobody stands out"), paragraph(tr("All rewards are %1, so every attempt equals the mean of its group: every advantage is 0, and this group gives no direction.").arg(numberText(mean))) +
                    table({tr("No."), tr("Reward"), tr("Advantage"), tr("Push")}, rows), false};
        }
        const std::string& scale = experiment.loss.scale_rewards;
        const QString how = scale == "group"   ? tr("Reward minus the mean of the group (%1), divided by the spread of the group (%2).").arg(numberText(mean), numberText(spread))
                            : scale == "batch" ? tr("Reward minus the mean of the group (%1), divided by the spread of all groups of this step.").arg(numberText(mean))
                                               : tr("Reward minus the mean of the group (%1).").arg(numberText(mean));
        return {tr("Advantages"), tr("Better or worse than the group"), paragraph(how) + table({tr("No."), tr("Reward"), tr("Advantage"), tr("Push")}, rows), false};
    }

    SlowStage update() const {
        std::size_t up = 0, down = 0, trained = 0;
        for (const Attempt& a : attempts) {
            if (!a.trained) continue;
            ++trained;
            (a.advantage > 0 ? up : down) += a.advantage == 0 ? 0 : a.tokens.size();
        }
        const auto speaking = std::count_if(step.groups.begin(), step.groups.end(), [](const GroupSummary& g) { return g.has_gradient(); });
        QString html;
        if (trained == 0 || up + down == 0)
            html += paragraph(tr("This group changed nothing: no attempt of it has an advantage."));
        else
            html += paragraph(tr("Of this group, %1 attempts were trained: %2 words were pushed to be more likely, %3 to be less likely. The words of a hint are not counted here: the model did not write them.").arg(trained).arg(up).arg(down));
        html += paragraph(tr("All groups push together (steps of the optimiser: %4). %1 of the %2 groups of step %3 had something to say.").arg(speaking).arg(step.groups.size()).arg(step.step).arg(experiment.loss.num_iterations * experiment.loss.minibatches));
        std::vector<QStringList> rows = {{tr("Loss"), QString::fromStdString(experiment.loss.type)}, {tr("Learning rate"), QString::number(experiment.optimizer.lr, 'g', 3)}};
        const auto metric = [&](const char* key, const QString& words, int digits) {
            if (const double* value = step.metric(key)) rows.push_back({words, QString::number(*value, 'g', digits)});
        };
        metric("grad_norm", tr("Length of the gradient"), 3);
        metric("entropy", tr("Entropy: how unsure it was of each word"), 3);
        metric("clip_ratio/region_mean", tr("Share of words where the push was cut off"), 2);
        html += table({tr("Of the whole step"), QString()}, rows);
        return {tr("Update"), tr("The model is changed a little"), html, false};
    }
};

}  // namespace

std::vector<SlowStage> slowMotionStages(const StepSummary& step, const GroupSummary& group, const std::vector<Attempt>& attempts, const RunInfo& info,
                                        const Experiment& experiment, const QString& problemName) {
    const Teller teller{step, group, attempts, info, experiment, problemName};
    return {teller.draw(), teller.hint(), teller.generate(), teller.judge(), teller.again(), teller.advantages(), teller.update()};
}

}  // namespace foothold::ui
