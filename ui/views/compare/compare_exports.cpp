// SPDX-License-Identifier: GPL-3.0-or-later
// What the views of Compare export as tables.
#include <cmath>

#include "ui/models/comparison_model.h"
#include "ui/views/compare/arm_list.h"
#include "ui/views/compare/arm_plot.h"
#include "ui/views/compare/finding_card.h"
#include "ui/views/compare/result_table.h"

namespace foothold::ui {
namespace {

QString armName(const ComparisonModel* model, std::size_t arm) { return QString::fromStdString(model->plan().arms[arm].name); }

void addEnds(QStringList& row, const std::optional<std::pair<double, double>>& interval) {
    row << (interval ? csvNumber(interval->first) : QString()) << (interval ? csvNumber(interval->second) : QString());
}

}  // namespace

QString ArmPlot::exportName() const { return objectName(); }
QString ArmPlot::exportTitle() const { return heading_(); }

QString ArmPlot::exportNote() const {
    const int smoothing = stepwise_ ? model_->smoothing() : 1;
    return tr("mean with 95 % t band over seeds, seeds thin") + QStringLiteral(" · ") + (smoothing > 1 ? tr("each point the mean of %1 steps").arg(smoothing) : tr("not smoothed"));
}

ShownTable ArmPlot::shownTable() const {
    const char* axis[] = {"step_axis", "million_tokens", "seconds"};
    ShownTable table{{QStringLiteral("arm"), QStringLiteral("series"), QStringLiteral("step"), QString::fromLatin1(axis[static_cast<int>(model_->axis())]), QStringLiteral("value"), QStringLiteral("low95"),
                      QStringLiteral("high95"), QStringLiteral("seeds")},
                     {}};
    for (const Mean& mean : means_) {
        QStringList row{armName(model_, mean.arm), QStringLiteral("mean"), QString::number(mean.step), csvNumber(mean.x), csvNumber(mean.value)};
        addEnds(row, mean.interval);
        table.rows.push_back(row << QString::number(mean.seeds));
    }
    for (const Spot& spot : spots_)
        table.rows.push_back({armName(model_, spot.arm), QStringLiteral("seed %1").arg(model_->plan().seed(spot.arm, static_cast<std::int64_t>(spot.seed))), QString::number(spot.step), csvNumber(spot.x),
                              csvNumber(spot.value), {}, {}, QStringLiteral("1")});
    return table;
}

QString ResultTable::exportName() const { return QStringLiteral("result"); }
QString ResultTable::exportTitle() const { return tr("Result on held-out %1").arg(model_->tier()); }
QString ResultTable::exportNote() const { return note_->text(); }

ShownTable ResultTable::shownTable() const {
    ShownTable table{{QStringLiteral("arm"), QStringLiteral("baseline"), QStringLiteral("seeds_done"), QStringLiteral("measure"), QStringLiteral("solved"), QStringLiteral("low95"), QStringLiteral("high95"),
                      QStringLiteral("difference"), QStringLiteral("difference_low95"), QStringLiteral("difference_high95"), QStringLiteral("difference_seeds"), QStringLiteral("all_wrong_last_50_steps"),
                      QStringLiteral("million_tokens_a_run")},
                     {}};
    const auto& cells = model_->result().cells;
    for (std::size_t arm = 0; arm < cells.size(); ++arm) {
        std::vector<double> scores, allWrong;
        double tokens = 0;
        int done = 0;
        for (const Cell& cell : cells[arm]) {
            if (cell.state != Cell::State::done) continue;
            ++done;
            tokens += cell.tokens;
            if (const double score = cell.last(model_->measure()); !std::isnan(score)) scores.push_back(score);
            if (const double wrong = cell.mean_of_last("frac_all_wrong", 50); !std::isnan(wrong)) allWrong.push_back(wrong);
        }
        const Estimate share = mean_estimate(scores);
        QStringList row{armName(model_, arm), QString::number(arm == model_->baseline() ? 1 : 0), QString::number(done), QString::fromStdString(model_->measure()), csvNumber(share.mean)};
        addEnds(row, share.interval);
        if (arm == model_->baseline()) {
            row << QString() << QString() << QString() << QString();
        } else {
            const Estimate d = find_difference(model_->plan(), model_->result(), arm, model_->baseline(), model_->measure()).difference;
            row << csvNumber(d.mean);
            addEnds(row, d.interval);
            row << QString::number(d.n);
        }
        table.rows.push_back(row << csvNumber(mean_estimate(allWrong).mean) << (done ? csvNumber(tokens / done / 1e6) : QString()));
    }
    return table;
}

QString FindingCard::exportName() const { return QStringLiteral("finding"); }
QString FindingCard::exportTitle() const { return tr("Finding"); }

ShownTable FindingCard::shownTable() const {
    ShownTable table{{QStringLiteral("arm"), QStringLiteral("baseline"), QStringLiteral("measure"), QStringLiteral("seed"), QStringLiteral("difference"), QStringLiteral("low95"), QStringLiteral("high95"),
                      QStringLiteral("verdict"), QStringLiteral("sentence")},
                     {}};
    if (model_->plan().arms.size() < 2 || model_->result().cells.empty()) return table;
    const Finding f = find_difference(model_->plan(), model_->result(), model_->chosen(), model_->baseline(), model_->measure());
    const QStringList who{QString::fromStdString(f.arm), QString::fromStdString(f.baseline), QString::fromStdString(f.measure)};
    QStringList mean = who + QStringList{QStringLiteral("mean of %1").arg(f.difference.n), csvNumber(f.difference.mean)};
    addEnds(mean, f.difference.interval);
    QString sentence = QString::fromStdString(f.sentence);
    for (const std::string& limit : f.limits) sentence += QStringLiteral(" Not shown: ") + QString::fromStdString(limit) + '.';
    table.rows.push_back(mean << QString::fromStdString(f.verdict) << sentence);
    for (std::size_t i = 0; i < f.differences.size(); ++i) table.rows.push_back(who + QStringList{QStringLiteral("pair %1").arg(i + 1), csvNumber(f.differences[i]), {}, {}, {}, {}});
    return table;
}

QString ArmList::exportName() const { return QStringLiteral("arms"); }
QString ArmList::exportTitle() const { return tr("Arms"); }

ShownTable ArmList::shownTable() const {
    ShownTable table{{QStringLiteral("arm"), QStringLiteral("baseline"), QStringLiteral("seeds_done"), QStringLiteral("seeds_planned"), QStringLiteral("key"), QStringLiteral("baseline_value"), QStringLiteral("value")}, {}};
    const auto& arms = model_->plan().arms;
    for (std::size_t arm = 0; arm < arms.size(); ++arm) {
        int done = 0;
        if (arm < model_->result().cells.size())
            for (const Cell& cell : model_->result().cells[arm]) done += cell.state == Cell::State::done;
        const QStringList who{armName(model_, arm), QString::number(arm == model_->baseline() ? 1 : 0), QString::number(done), QString::number(model_->plan().seeds)};
        const auto differing = differing_keys(arms[model_->baseline()], arms[arm]);
        if (differing.empty()) table.rows.push_back(who + QStringList{{}, {}, {}});
        for (const KeyDifference& key : differing) table.rows.push_back(who + QStringList{QString::fromStdString(key.key), QString::fromStdString(key.a), QString::fromStdString(key.b)});
    }
    return table;
}

}  // namespace foothold::ui
