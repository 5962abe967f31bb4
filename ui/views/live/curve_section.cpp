// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/live/curve_section.h"

#include <QPushButton>

#include "ui/models/curve_book.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/card.h"
#include "ui/views/inspect/curve_lines.h"
#include "ui/views/inspect/solve_curve.h"

namespace foothold::ui {
namespace {

double capOf(const Experiment& experiment, const std::string& tier) {
    const auto own = experiment.guidance.ratios.find(tier);
    return own == experiment.guidance.ratios.end() ? experiment.guidance.ratio : own->second;
}

}  // namespace


CurveSection::CurveSection(RunModel* model, Selection* selection, CurveBook* curves, QWidget* parent)
    : QWidget(parent), model_(model), selection_(selection), curves_(curves) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    auto* line = new QHBoxLayout;
    line->addWidget(new Text(tr("Solve probability"), FontRole::sectionTitle));
    line->addStretch();
    words_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    words_->setObjectName(QStringLiteral("problem.curve-words"));
    ask_ = new QPushButton(tr("Probe"));
    ask_->setObjectName(QStringLiteral("problem.probe-curve"));
    ask_->setToolTip(tr("Samples this problem at nine cuts of its trace, and problems with only the remaining depth, without training"));
    connect(ask_, &QPushButton::clicked, this, &CurveSection::asked);
    line->addWidget(words_);
    line->addWidget(ask_);
    column->addLayout(line);
    connect(curves_, &CurveBook::changed, this, [this](int problem) {
        if (problem < 0 || problem == selection_->problem()) refresh();
    });
    connect(selection_, &Selection::problemChanged, this, &CurveSection::refresh);
    connect(model_, &RunModel::progressChanged, this, [this] { ask_->setEnabled(model_->session() && !model_->session()->read_only()); });
    connect(model_, &RunModel::experimentChanged, this, &CurveSection::refresh);
    refresh();
}

void CurveSection::refresh() {
    const int problem = selection_->problem();
    const CurveState state = curves_->stateWithEarlier(problem);
    const bool any = anySampled(state);
    if (any && !curve_) {
        curve_ = new SolveCurve;
        curve_->setFixedHeight(168);
        static_cast<QVBoxLayout*>(layout())->addWidget(curve_);
    }
    if (curve_) {
        curve_->setVisible(any);
        if (any) curve_->setCap(capOf(model_->experiment(), model_->info().problems[static_cast<std::size_t>(problem)].tier));
        curve_->setState(state);
    }
    words_->setText(!curves_->sampled(problem) ? tr("by share of the trace")
                    : !state.failure.empty()   ? tr("failed")
                    : !state.done              ? tr("sampling…")
                                               : tr("at step %1").arg(state.step));
}

}  // namespace foothold::ui
