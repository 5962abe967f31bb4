// SPDX-License-Identifier: GPL-3.0-or-later
// Binning histories step by step.
#include "ui/models/problem_history.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>
#include <algorithm>

#include "ui/models/run_model.h"
#include "ui/views/live/map_states.h"
#include "ui/views/common/tier_labels.h"

namespace foothold::ui {

int HistoryBin::state() const {
    const auto most = *std::max_element(states.begin(), states.end());
    if (states[last] == most) return last;
    return static_cast<int>(std::find(states.begin(), states.end(), most) - states.begin());
}

void ProblemHistory::clear() { *this = {}; }

void ProblemHistory::extend(const RunModel& model) {
    const auto& steps = model.steps();
    bins_.resize(model.rows().size());
    if (seen_ >= static_cast<qint64>(steps.size())) return;
    // Steps 1 to width * bins have a place.
    const qint64 last = static_cast<qint64>(steps.size()) - 1;
    if (last > width_ * bins) {
        width_ = (last + bins - 1) / bins;
        seen_ = 0;
        for (auto& all : bins_) all = {};
    }
    for (; seen_ < static_cast<qint64>(steps.size()); ++seen_) add(*steps[static_cast<std::size_t>(seen_)]);
}

void ProblemHistory::add(const StepSummary& step) {
    if (step.step < 1) return;
    const auto at = static_cast<std::size_t>((step.step - 1) / width_);
    for (const GroupSummary& group : step.groups) {
        if (group.problem >= bins_.size()) continue;
        HistoryBin& bin = bins_[group.problem][at];
        bin.correct += group.correct;
        bin.attempts += group.attempts;
        bin.last = static_cast<std::uint8_t>(legendEntry(group));
        ++bin.states[bin.last];
    }
}

int ProblemHistory::lucky(int problem) const {
    int all = 0;
    for (const HistoryBin& bin : of(problem)) all += bin.states[6];
    return all;
}

SolvedNow solvedNow(const RunModel& model, int problem, qint64 step, int visits) {
    SolvedNow found;
    model.eachGroupBack(problem, step, [&](const GroupSummary& group) {
        if (group.correct_before == GroupSummary::no_plain_round) return true;
        found.right += group.correct_before;
        found.attempts += group.attempts;
        return ++found.visits < visits;
    });
    return found;
}

bool matchesFilter(const RunModel& model, int problem, qint64 step, const QString& filter) {
    static const QRegularExpression blanks(QStringLiteral("\\s+"));
    const QStringList wanted = filter.split(blanks, Qt::SkipEmptyParts);
    if (wanted.isEmpty()) return true;
    const QString number = QString::number(problem + 1);
    const int tier = model.tierOf(problem);
    const QString& tierName = model.tiers()[static_cast<std::size_t>(tier)];
    const GroupSummary* group = model.lastGroup(problem, step);
    QStringList words{model.problemName(problem), tierShort(tier), tierName};
    words += tierWords(tierName).split(blanks, Qt::SkipEmptyParts);
    words += (group ? legendLongName(legendEntry(*group)) : QCoreApplication::translate("ProblemList", "never sampled")).split(blanks, Qt::SkipEmptyParts);
    return std::all_of(wanted.begin(), wanted.end(), [&](const QString& word) {
        bool digits = false;
        word.toInt(&digits);
        if (digits) return number == word || number.startsWith(word);  // A bare number means a problem, never a depth.
        return std::any_of(words.begin(), words.end(), [&](const QString& own) { return own.startsWith(word, Qt::CaseInsensitive); });
    });
}

}  // namespace foothold::ui
