// SPDX-License-Identifier: GPL-3.0-or-later
// What the views of Live export as tables.
#include <algorithm>

#include "record/experiment_keys.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/selection/selection.h"
#include "ui/views/common/step_axis.h"
#include "ui/views/common/tier_labels.h"
#include "ui/views/live/attempt_table.h"
#include "ui/views/live/experiment_panel.h"
#include "ui/views/live/heat_map.h"
#include "ui/views/live/plots.h"
#include "ui/views/live/problem_card.h"

namespace foothold::ui {
namespace {

struct Steps {
    qint64 first, last;
};

/// Those in sight; later ones than the step shown are veiled.
Steps inSight(const RunModel& model, const Selection& selection, const StepAxis& axis) {
    qint64 last = std::min<qint64>(axis.end() - 1, model.lastStep());
    if (!selection.live()) last = std::min(last, selection.step());
    return {axis.first(), last};
}

/// Empty where it is all of the run.
QStringList stepsText(const RunModel& model, Steps steps) {
    return steps.first <= 0 && steps.last >= model.lastStep() ? QStringList() : QStringList(HeatMap::tr("in sight: steps %1 to %2").arg(steps.first).arg(steps.last));
}

}  // namespace

QString HeatMap::exportTitle() const { return tr("Groups by problem and step"); }

QString HeatMap::exportNote() const {
    QStringList parts = stepsText(*model_, inSight(*model_, *selection_, *axis_));
    if (axis_->bin() > 1) parts << tr("a column is %1 steps").arg(axis_->bin());
    if (layout_.bin > 1) parts << tr("a line is %1 problems").arg(layout_.bin);
    if (onlyFresh_) parts << tr("only groups drawn at their step");
    QStringList hidden;
    for (const int entry : selection_->hiddenStates()) hidden << legendLongName(entry).toLower();
    if (!hidden.isEmpty()) parts << tr("dimmed: %1").arg(hidden.join(QStringLiteral(", ")));
    if (!selection_->brushed().empty()) parts << tr("%n problem(s) brushed", nullptr, static_cast<int>(selection_->brushed().size()));
    return parts.join(QStringLiteral(" · "));
}

ShownTable HeatMap::shownTable() const {
    ShownTable table{{QStringLiteral("problem"), QStringLiteral("id"), QStringLiteral("tier"), QStringLiteral("step"), QStringLiteral("state"), QStringLiteral("hint_ratio"),
                      QStringLiteral("right"), QStringLiteral("attempts"), QStringLiteral("right_without_hint"), QStringLiteral("sound"), QStringLiteral("gradient")},
                     {}};
    const Steps steps = inSight(*model_, *selection_, *axis_);
    std::vector<std::pair<int, QStringList>> rows;  // Line of the map, then by step.
    for (qint64 step = std::max<qint64>(0, steps.first); step <= steps.last; ++step)
        for (const GroupSummary& g : model_->steps()[static_cast<std::size_t>(step)]->groups) {
            const int problem = static_cast<int>(g.problem);
            if (g.problem >= rowOf_.size() || !selection_->stateShown(legendEntry(g)) || selection_->dimmed(problem)) continue;
            const Problem& known = model_->info().problems[g.problem];
            rows.emplace_back(rowOf(problem), QStringList{model_->problemName(problem), QString::fromStdString(known.id), QString::fromStdString(known.tier), QString::number(step),
                                                          QString::fromLatin1(to_string(g.state())), csvNumber(g.hint_ratio), QString::number(g.correct), QString::number(g.attempts),
                                                          g.correct_before == GroupSummary::no_plain_round ? QString() : QString::number(g.correct_before), QString::number(g.sound),
                                                          QString::number(g.has_gradient() ? 1 : 0)});
        }
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& row : rows) table.rows.push_back(std::move(row.second));
    return table;
}

QString Plots::exportTitle() const { return tr("Learning signal, hint levels and held-out success"); }

QString Plots::exportNote() const {
    QStringList parts = stepsText(*model_, inSight(*model_, *selection_, *axis_));
    parts << tr("groups without reward spread: EMA .80") << (dense() ? tr("held-out: EMA .80, thin lines raw") : tr("held-out: not smoothed"));
    if (axis_->bin() > 1) parts << tr("a point is the mean of %1 steps").arg(axis_->bin());
    return parts.join(QStringLiteral(" · "));
}

ShownTable Plots::shownTable() const {
    ShownTable table;
    table.columns = QStringList{QStringLiteral("step"),
                                QStringLiteral("all_wrong"), QStringLiteral("all_wrong_ema80"),
                                QStringLiteral("all_wrong_before_hints"), QStringLiteral("all_wrong_before_hints_ema80"),
                                QStringLiteral("all_right"), QStringLiteral("all_right_ema80"),
                                QStringLiteral("hint_25"), QStringLiteral("hint_50"), QStringLiteral("hint_75")};
    for (std::size_t tier = 0; tier < data_.accuracy.size(); ++tier) {
        const QString name = QStringLiteral("heldout_%1").arg(model_->tiers()[tier]);
        table.columns << name << name + QStringLiteral("_ema80") << name + QStringLiteral("_greedy");
    }
    const Steps steps = inSight(*model_, *selection_, *axis_);
    for (qint64 step = steps.first; step <= std::min<qint64>(steps.last, static_cast<qint64>(data_.levels.size()) - 1); ++step) {
        QStringList row{QString::number(step)};
        const auto add = [&](const PlotSeries& series, bool smooth) {  // Where a step was not measured the field stays empty.
            const int i = series.indexAt(step);
            const bool at = series.measuredAt(step);
            row << (at ? csvNumber(series.value[static_cast<std::size_t>(i)]) : QString());
            if (smooth) row << (at ? csvNumber(series.smooth[static_cast<std::size_t>(i)]) : QString());
        };
        for (const PlotSeries* series : {&data_.allWrong, &data_.allWrongBefore, &data_.allRight}) add(*series, true);
        for (const float share : data_.levels[static_cast<std::size_t>(step)]) row << (step == 0 ? QString() : csvNumber(share));
        for (std::size_t tier = 0; tier < data_.accuracy.size(); ++tier) {
            add(data_.accuracy[tier], true);
            add(data_.greedy[tier], false);
        }
        table.rows.push_back(row);
    }
    return table;
}

QString ProblemCard::exportTitle() const {
    return shownProblem_ < 0 ? tr("Problem") : tr("%1, %2").arg(model_->problemName(shownProblem_), tierTitle(model_->tierOf(shownProblem_), model_->tiers()[static_cast<std::size_t>(model_->tierOf(shownProblem_))]));
}

ShownTable ProblemCard::shownTable() const {
    ShownTable table{{QStringLiteral("step"), QStringLiteral("id"), QStringLiteral("round"), QStringLiteral("attempt"), QStringLiteral("verdict"), QStringLiteral("soundness"),
                      QStringLiteral("reward"), QStringLiteral("advantage"), QStringLiteral("answer"), QStringLiteral("gold"), QStringLiteral("hint_ratio"), QStringLiteral("trained")},
                     {}};
    if (shownProblem_ < 0) return table;
    const Problem& problem = model_->info().problems[static_cast<std::size_t>(shownProblem_)];
    for (const Attempt& a : table_->attempts())
        table.rows.push_back({QString::number(a.step), QString::fromStdString(problem.id), QString::number(a.round), QString::number(a.attempt), QString::fromLatin1(to_string(a.verdict)),
                              a.soundness == Soundness::unknown ? QString() : a.soundness == Soundness::sound ? QStringLiteral("sound") : QStringLiteral("lucky"), csvNumber(a.reward),
                              csvNumber(a.advantage), QString::fromStdString(a.extracted), QString::fromStdString(problem.answer), csvNumber(a.hint_ratio), QString::number(a.trained ? 1 : 0)});
    return table;
}

std::optional<std::vector<Attempt>> ProblemCard::shownAttempts() const { return table_->attempts(); }

QString ExperimentPanel::exportTitle() const { return tr("Settings of the experiment"); }

ShownTable ExperimentPanel::shownTable() const {
    ShownTable table{{QStringLiteral("key"), QStringLiteral("value"), QStringLiteral("applies_while_running"), QStringLiteral("meaning")}, {}};
    const Experiment shown = editor_->shown();
    for (const ExperimentKey& key : experiment_keys())
        table.rows.push_back({QString::fromStdString(key.name), QString::fromStdString(to_text(key.get(shown))), QString::number(key.live ? 1 : 0), QString::fromStdString(key.meaning)});
    return table;
}

}  // namespace foothold::ui
