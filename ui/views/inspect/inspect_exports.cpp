// SPDX-License-Identifier: GPL-3.0-or-later
// What the views of Inspect export as tables.
#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/selection/selection.h"
#include "ui/views/common/tier_labels.h"
#include "ui/views/inspect/attempt_cards.h"
#include "ui/views/inspect/problem_list.h"
#include "ui/views/inspect/problem_rows.h"
#include "ui/views/inspect/solve_curve.h"
#include "ui/views/inspect/token_strip.h"
#include "ui/views/inspect/trace_editor.h"
#include "ui/views/live/map_states.h"

#include <QLineEdit>

namespace foothold::ui {
namespace {

QString soundness(const Attempt& attempt) {
    return attempt.soundness == Soundness::unknown ? QString() : attempt.soundness == Soundness::sound ? QStringLiteral("sound") : QStringLiteral("lucky");
}

}  // namespace

QString ProblemList::exportTitle() const { return tr("Problems"); }

QString ProblemList::exportNote() const {
    const QString solved = tr("solved: share right without a hint over the last 4 visits");
    return filter_->text().isEmpty() ? solved : tr("filter “%1” · %2").arg(filter_->text(), solved);
}

ShownTable ProblemList::shownTable() const {
    ShownTable table{{QStringLiteral("problem"), QStringLiteral("id"), QStringLiteral("tier"), QStringLiteral("solved"), QStringLiteral("right"), QStringLiteral("attempts"),
                      QStringLiteral("visits"), QStringLiteral("lucky_rescues")},
                     {}};
    for (const int problem : order()) {
        const Problem& known = model_->info().problems[static_cast<std::size_t>(problem)];
        const SolvedNow now = solvedNow(*model_, problem, selection_->step());
        table.rows.push_back({model_->problemName(problem), QString::fromStdString(known.id), QString::fromStdString(known.tier), now.known() ? csvNumber(now.share()) : QString(),
                              QString::number(now.right), QString::number(now.attempts), QString::number(now.visits), QString::number(history_.lucky(problem))});
    }
    return table;
}

QString TraceEditor::exportTitle() const { return book_->problem() < 0 ? tr("Trace") : tr("Trace of %1: %2 %3").arg(model_->problemName(book_->problem()), book_->current().mark, book_->current().title); }

QString TraceEditor::exportNote() const { return tr("%1 of %2 steps given").arg(book_->cut()).arg(book_->current().steps.size()); }

ShownTable TraceEditor::shownTable() const {
    ShownTable table{{QStringLiteral("step"), QStringLiteral("given"), QStringLiteral("text"), QStringLiteral("reference")}, {}};
    const Problem* reference = book_->reference();
    const auto& steps = book_->current().steps;
    for (std::size_t i = 0; i < steps.size(); ++i)
        table.rows.push_back({QString::number(i + 1), QString::number(static_cast<int>(i) < book_->cut() ? 1 : 0), QString::fromStdString(steps[i]),
                              reference && i < reference->steps.size() ? QString::fromStdString(reference->steps[i]) : QString()});
    return table;
}

QString AttemptCards::exportTitle() const { return group().caption.isEmpty() ? group().title : tr("%1, %2").arg(group().title, group().caption); }

QString AttemptCards::exportNote() const {
    const auto shown = view_->shown().size(), all = group().attempts.size();
    const QString problem = QString::fromStdString(group().problem.id);
    return shown == all ? problem : tr("%1 · %2 of %3 attempts shown (%4)").arg(problem).arg(shown).arg(all).arg(filter_->currentText().toLower());
}

ShownTable AttemptCards::shownTable() const {
    ShownTable table{{QStringLiteral("step"), QStringLiteral("id"), QStringLiteral("round"), QStringLiteral("attempt"), QStringLiteral("origin"), QStringLiteral("hint_ratio"), QStringLiteral("verdict"),
                      QStringLiteral("soundness"), QStringLiteral("first_wrong_step"), QStringLiteral("reward"), QStringLiteral("advantage"), QStringLiteral("answer"), QStringLiteral("gold"),
                      QStringLiteral("tokens"), QStringLiteral("mean_probability"), QStringLiteral("trained"), QStringLiteral("hint"), QStringLiteral("completion")},
                     {}};
    for (const int index : view_->shown()) {
        const Attempt& a = group().attempts[static_cast<std::size_t>(index)];
        table.rows.push_back({QString::number(a.step), QString::fromStdString(group().problem.id), QString::number(a.round), QString::number(a.attempt), QString::fromLatin1(to_string(a.origin)),
                              csvNumber(a.hint_ratio), QString::fromLatin1(to_string(a.verdict)), soundness(a), a.first_wrong_step < 0 ? QString() : QString::number(a.first_wrong_step),
                              csvNumber(a.reward), csvNumber(a.advantage), QString::fromStdString(a.extracted), QString::fromStdString(group().problem.answer), QString::number(a.tokens.size()),
                              csvNumber(meanProbability(a)), QString::number(a.trained ? 1 : 0), QString::fromStdString(a.hint), QString::fromStdString(a.completion)});
    }
    return table;
}

std::optional<std::vector<Attempt>> AttemptCards::shownAttempts() const {
    std::vector<Attempt> attempts;
    for (const int index : view_->shown()) attempts.push_back(group().attempts[static_cast<std::size_t>(index)]);
    return attempts;
}

QString SolveCurve::exportTitle() const { return tr("Solve probability by prefix ratio"); }

QString SolveCurve::exportNote() const {
    if (!anySampled(state_)) return tr("not sampled yet");
    return tr("weights after step %1, sampling seed %2 · bands: 95 % Wilson intervals · cut at %3").arg(state_.step).arg(state_.settings.seed).arg(shareText(cut_));
}

ShownTable SolveCurve::shownTable() const {
    ShownTable table{{QStringLiteral("trace"), QStringLiteral("given_steps"), QStringLiteral("ratio"), QStringLiteral("attempts"), QStringLiteral("right"), QStringLiteral("sound"),
                      QStringLiteral("solved"), QStringLiteral("low95"), QStringLiteral("high95")},
                     {}};
    for (std::size_t i = 0; i < state_.curves.size(); ++i)
        for (const CurvePoint& point : state_.curves[i].points)
            if (point.n > 0)
                table.rows.push_back({lines_[i].title, QString::number(point.given), csvNumber(point.ratio), QString::number(point.n), QString::number(point.successes), QString::number(point.sound),
                                      csvNumber(point.p()), csvNumber(point.interval.first), csvNumber(point.interval.second)});
    return table;
}

QString TokenStrip::exportTitle() const { return title_.isEmpty() ? tr("Tokens") : title_; }

ShownTable TokenStrip::shownTable() const {
    ShownTable table{{QStringLiteral("token"), QStringLiteral("text"), QStringLiteral("step"), QStringLiteral("probability"), QStringLiteral("entropy_nats"), QStringLiteral("confidence"),
                      QStringLiteral("push")},
                     {}};
    if (!attempt_) return table;
    for (const AttemptWord& word : words_.words) {
        if (word.token < 0) continue;
        const TokenValues values = tokenValues(*attempt_, word.token);
        table.rows.push_back({QString::number(word.token), word.text, QString::number(word.step + 1), csvNumber(values.probability), csvNumber(values.entropy), csvNumber(values.confidence),
                              csvNumber(values.push)});
    }
    return table;
}

std::optional<std::vector<Attempt>> TokenStrip::shownAttempts() const { return attempt_ ? std::vector<Attempt>{*attempt_} : std::vector<Attempt>{}; }

}  // namespace foothold::ui
