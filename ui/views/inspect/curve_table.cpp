// SPDX-License-Identifier: GPL-3.0-or-later
// Filling the tables under the solve curve.
#include "ui/views/inspect/curve_table.h"

#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "statistics/intervals.h"
#include "ui/models/value_text.h"
#include "ui/views/common/card.h"
#include "ui/views/inspect/curve_rows.h"
#include "ui/views/live/map_states.h"

namespace foothold::ui {
namespace {

CurveCell pale(const QString& text) { return {text, {}, ColorRole::text3, false}; }

/// Does an interval of a difference leave 0 out?
bool clear(const Interval& interval) { return interval.first > 0 || interval.second < 0; }

QString signedNumber(double number) {
    QString text = QString::number(std::abs(number), 'f', 2);
    if (text.startsWith(QStringLiteral("0."))) text.remove(0, 1);
    return text == QStringLiteral(".00") ? QStringLiteral("0") : (number < 0 ? QChar(0x2212) : QChar('+')) + text;
}

}  // namespace

CurveTable::CurveTable(QWidget* parent)
    : QWidget(parent),
      atCut_(new CurveRows(QStringLiteral("curve-table.cut"))),
      cutNote_(new Text({}, FontRole::caption, ColorRole::text3)),
      rest_(new QWidget),
      whole_(new CurveRows(QStringLiteral("curve-table.whole"))),
      kept_(new CurveRows(QStringLiteral("curve-table.kept"))),
      broken_(new CurveRows(QStringLiteral("curve-table.broken"))),
      indexNote_(new Text({}, FontRole::caption, ColorRole::text3)),
      sampled_(new Text({}, FontRole::caption, ColorRole::text3)) {
    setObjectName(QStringLiteral("curve-table"));
    setAccessibleName(tr("Solve probability in numbers"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    cutNote_->setObjectName(QStringLiteral("curve-table.cut-note"));
    sampled_->setObjectName(QStringLiteral("curve-table.sampled"));
    indexNote_->setObjectName(QStringLiteral("curve-table.index-note"));
    for (Text* note : {cutNote_, indexNote_, sampled_}) note->setElided(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(atCut_);
    column->addSpacing(2);
    column->addWidget(cutNote_);
    column->addWidget(rest_);
    auto* below = new QVBoxLayout(rest_);
    below->setContentsMargins(0, 8, 0, 0);
    below->setSpacing(0);
    below->addWidget(rule());
    below->addSpacing(6);
    whole_->setToolTip({});
    below->addWidget(whole_);
    below->addSpacing(8);
    below->addWidget(kept_);
    below->addWidget(broken_);
    below->addSpacing(2);
    below->addWidget(indexNote_);
    below->addSpacing(6);
    below->addWidget(sampled_);
    connect(&Theme::instance(), &Theme::changed, this, &CurveTable::refresh);
    refresh();
}

void CurveTable::setState(const CurveState& state) {
    state_ = state;
    refresh();
}

void CurveTable::setCut(double ratio) {
    if (ratio == cut_) return;
    cut_ = ratio;
    refresh();
}

void CurveTable::refresh() {
    showCut();
    const bool sampled = anySampled(state_);
    rest_->setVisible(sampled);
    if (!sampled) return;
    showWhole();
    showScaffolding();
    sampled_->setText(tr("Weights after step %1 · %2 tokens in %3 s%4")
                          .arg(state_.step)
                          .arg(countText(state_.tokens))
                          .arg(state_.seconds, 0, 'f', 1)
                          .arg(!state_.failure.empty() ? tr(". Ended early: %1").arg(QString::fromStdString(state_.failure)) : state_.done ? QString() : tr(", still sampling")));
    sampled_->setRole(state_.failure.empty() ? ColorRole::text3 : ColorRole::bad);
    sampled_->setVisible(true);
}

void CurveTable::showCut() {
    const std::vector<CurveLine> lines = curveLines(state_);
    const int goldAt = goldIndex(state_);
    const CurvePoint* gold = goldAt < 0 ? nullptr : nearestPoint(state_.curves[static_cast<std::size_t>(goldAt)], cut_);
    std::vector<CurveRow> rows;
    int least = 0, most = 0;
    for (std::size_t i = 0; i < state_.curves.size(); ++i) {
        const Curve& curve = state_.curves[i];
        const CurvePoint* point = nearestPoint(curve, cut_);
        CurveRow row{lines[i], lines[i].title, {}, {}};
        if (!point) {
            row.cells = {pale(QStringLiteral("–")), pale(tr("not sampled"))};
            rows.push_back(std::move(row));
            continue;
        }
        least = least == 0 ? point->n : std::min(least, point->n);
        most = std::max(most, point->n);
        if (std::abs(point->ratio - cut_) > 0.005) row.title = tr("%1, at %2").arg(row.title, shareText(point->ratio));
        row.cells.push_back({shareText(point->p()), intervalText(point->interval)});
        if (static_cast<int>(i) == goldAt)
            row.cells.push_back(pale(tr("baseline")));
        else if (!gold || std::abs(gold->ratio - point->ratio) > 0.005)
            row.cells.push_back(pale(tr("no gold here")));
        else {
            const Interval difference = newcombe_difference(point->successes, point->n, gold->successes, gold->n);
            row.cells.push_back({signedShare(point->p() - gold->p()), intervalText(difference), clear(difference) ? ColorRole::text : ColorRole::text3, clear(difference)});
        }
        row.tip = tr("%1: %2 of %3 right, %4 of them sound, %n step(s) given", nullptr, point->given).arg(lines[i].title).arg(point->successes).arg(point->n).arg(point->sound);
        rows.push_back(std::move(row));
    }
    atCut_->setHeader(tr("At ratio %1").arg(shareText(cut_)), {tr("solved [95 %]"), tr("minus gold [95 %]")});
    atCut_->setRows(std::move(rows));
    atCut_->setVisible(!state_.curves.empty());
    if (most == 0) {
        cutNote_->setText(state_.failure.empty() ? tr("Nothing sampled yet. “Probe the curve” fills this table.") : QString::fromStdString(state_.failure));
        return;
    }
    QString note = least == most ? tr("%1 samples a point").arg(least) : tr("%1 to %2 samples a point").arg(least).arg(most);
    note += tr(", policy frozen at step %1").arg(state_.step);
    cutNote_->setText(note);
}

void CurveTable::showWhole() {
    const std::vector<CurveLine> lines = curveLines(state_);
    std::vector<CurveRow> rows;
    for (std::size_t i = 0; i < state_.curves.size(); ++i) {
        const Curve& curve = state_.curves[i];
        if (curve.trace.kind == CurveTrace::Kind::null) continue;
        CurveRow row{lines[i], lines[i].title, {}, {}};
        const auto foothold = curve.foothold();
        row.cells.push_back(foothold ? CurveCell{tr("%1 of %2").arg(foothold->given).arg(curve.trace.steps.size()), {}, ColorRole::text, true} : pale(tr("none")));
        if (const auto rise = curve.decisive(); rise && rise->rise > 0)
            row.cells.push_back({rise->to - rise->from == 1 ? QString::number(rise->to) : tr("%1–%2").arg(rise->from + 1).arg(rise->to), signedShare(rise->rise), ColorRole::text, true});
        else
            row.cells.push_back(pale(QStringLiteral("–")));
        const auto reliance = std::find_if(state_.reliance.begin(), state_.reliance.end(), [&](const HintReliance& r) { return r.variant == curve.trace.variant; });
        if (reliance != state_.reliance.end() && reliance->attempts > 0)
            row.cells.push_back({signedNumber(reliance->value), tr("n %1").arg(reliance->attempts)});
        else
            row.cells.push_back(pale(QStringLiteral("–")));
        row.tip = tr("Foothold: shortest prefix solved at least half the time.\nDecisive step: giving it raises success most.\n"
                     "Hint reliance: mean log-probability a token of a hinted success without its hint, minus with it.");
        rows.push_back(std::move(row));
    }
    whole_->setHeader(tr("Whole curve"), {tr("foothold"), tr("decisive step"), tr("reliance")});
    whole_->setRows(std::move(rows));
}

void CurveTable::showScaffolding() {
    const std::vector<CurveLine> lines = curveLines(state_);
    // The cut's entry, or the nearest one.
    std::vector<CurveRow> kept, broken;
    double used = cut_;
    for (std::size_t i = 0; i < state_.curves.size(); ++i) {
        const Curve& curve = state_.curves[i];
        if (curve.trace.kind != CurveTrace::Kind::variant) continue;
        const ScaffoldingIndex* index = nullptr;
        for (const ScaffoldingIndex& one : state_.scaffolding)
            if (one.variant == curve.trace.variant && (!index || std::abs(one.ratio - cut_) < std::abs(index->ratio - cut_) - 1e-9)) index = &one;
        if (!index) continue;
        if (std::abs(index->ratio - cut_) > std::abs(used - cut_)) used = index->ratio;
        CurveRow row{lines[i], lines[i].title, {}, {}};
        if (index->value)
            row.cells.push_back({numberText(*index->value).replace('-', QChar(0x2212)), index->interval ? intervalText(*index->interval) : QString()});
        else
            row.cells.push_back(pale(tr("undefined")));
        row.tip = index->value ? tr("%1 of the gain that the true steps bring").arg(shareText(std::max(0., *index->value)))
                               : tr("Undefined: at this cut gold is not clearly better than no hint, so there is no gain to compare with.");
        (index->state_kept ? kept : broken).push_back(std::move(row));
    }
    kept_->setHeader(tr("Scaffolding index, state kept"), {tr("[95 %]")});
    broken_->setHeader(tr("Scaffolding index, state broken"), {tr("[95 %]")});
    kept_->setVisible(!kept.empty());
    broken_->setVisible(!broken.empty());
    indexNote_->setVisible(!kept.empty() || !broken.empty());
    QString note = tr("1: as good as the true steps · 0: no better than no hint");
    if (std::abs(used - cut_) > 0.005) note += tr(" · at the nearest cut, %1").arg(shareText(used));
    indexNote_->setText(note);
    kept_->setRows(std::move(kept));
    broken_->setRows(std::move(broken));
}

}  // namespace foothold::ui
