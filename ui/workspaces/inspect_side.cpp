// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/workspaces/inspect_side.h"

#include <QButtonGroup>
#include <QPushButton>
#include <QResizeEvent>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>

#include "ui/views/common/export_button.h"
#include "ui/views/common/segmented.h"
#include "ui/views/inspect/curve_table.h"
#include "ui/views/inspect/objective_explainer.h"
#include "ui/views/inspect/problem_note.h"
#include "ui/views/inspect/solve_curve.h"
#include "ui/views/inspect/token_strip.h"

namespace foothold::ui {
namespace {

constexpr int curveLooked = 60, curveBeside = 40;  // Percent of a tall side, while the curve is looked at and while what is below it is.

QScrollArea* scrolled(QWidget* content) {
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);  // It follows the focus of what is in it.
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(content);
    content->setAutoFillBackground(false);
    scroll->viewport()->setAutoFillBackground(false);
    return scroll;
}

}  // namespace

InspectSide::InspectSide(RunModel* model, QWidget* parent) : Card(QStringLiteral("inspect-side"), parent) {
    curveArea_ = scrolled(makeCurve());
    tokenArea_ = scrolled(makeToken());
    note_ = new ProblemNote(model);

    auto* below = new QWidget;
    auto* column = new QVBoxLayout(below);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* bar = new QHBoxLayout;
    bar->setContentsMargins(Theme::padding, 8, Theme::padding, 4);
    pages_ = new QButtonGroup(this);
    bar->addWidget(segmented(pages_, {tr("Solve curve"), tr("Token"), tr("Note")}, QStringLiteral("inspect.page")));
    connect(pages_, &QButtonGroup::idClicked, this, [this](int id) { showPage(static_cast<Page>(id)); });
    tokenExport_ = new ExportButton(QStringLiteral("token"), [this] { return ExportSource{strip_, {strip_, explainer_}}; });
    bar->addWidget(tokenExport_);
    column->addLayout(bar);
    stack_ = new QStackedWidget;
    stack_->addWidget(tokenArea_);
    stack_->addWidget(note_);
    column->addWidget(stack_, 1);

    split_ = new QSplitter(Qt::Vertical);
    split_->setObjectName(QStringLiteral("inspect.side-split"));
    split_->setChildrenCollapsible(false);
    split_->addWidget(below);
    body()->addWidget(split_, 1);
    arrange();
}

QWidget* InspectSide::makeCurve() {
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(Theme::padding, 8, Theme::padding, Theme::padding);
    column->setSpacing(8);
    auto* head = new QHBoxLayout;
    head->addWidget(new Text(tr("Solve probability by prefix ratio"), FontRole::cardTitle));
    head->addStretch();
    head->addWidget(new ExportButton(QStringLiteral("curve"), [this] { return ExportSource{curve_, {curve_, table_}}; }));
    column->addLayout(head);
    curve_ = new SolveCurve;
    curve_->setMinimumHeight(220);
    column->addWidget(curve_, 1);
    auto* line = new QHBoxLayout;
    probe_ = new QPushButton(tr("Probe the curve"));
    probe_->setObjectName(QStringLiteral("curve.probe"));
    probe_->setToolTip(tr("Samples gold, every variant and problems with only the remaining depth at nine cuts, without training"));
    curveNote_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    curveNote_->setObjectName(QStringLiteral("curve.note"));
    curveNote_->setElided(true);
    line->addWidget(probe_);
    line->addWidget(curveNote_, 1);
    column->addLayout(line);
    table_ = new CurveTable;
    column->addWidget(table_);
    return page;
}

QWidget* InspectSide::makeToken() {
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(Theme::padding, 4, Theme::padding, Theme::padding);
    strip_ = new TokenStrip;
    column->addWidget(strip_);
    column->addWidget(rule());
    explainer_ = new ObjectiveExplainer;
    column->addWidget(explainer_, 1);
    return page;
}

void InspectSide::setCurveNote(const QString& text) { curveNote_->setText(text); }

bool InspectSide::tall() const { return height() >= tallFrom; }

void InspectSide::arrange() {
    const bool above = split_->indexOf(curveArea_) >= 0;
    if (tall() && !above) {
        split_->insertWidget(0, curveArea_);
        curveArea_->show();
    } else if (!tall() && stack_->indexOf(curveArea_) < 0) {
        stack_->insertWidget(0, curveArea_);
    }
    pages_->button(curvePage)->setVisible(!tall());
    showPage(page_);
}

void InspectSide::showPage(Page page) {
    page_ = page;
    // Beside the curve the token is what is looked at.
    const Page shown = page == curvePage && tall() ? tokenPage : page;
    pages_->button(shown)->setChecked(true);
    tokenExport_->setVisible(shown == tokenPage);  // The curve has its own; a note is text already.
    if (tall()) {
        const int share = page == curvePage ? curveLooked : curveBeside;
        split_->setSizes({height() * share / 100, height() * (100 - share) / 100});
    }
    stack_->setCurrentWidget(shown == curvePage ? static_cast<QWidget*>(curveArea_) : shown == tokenPage ? static_cast<QWidget*>(tokenArea_) : note_);
}

void InspectSide::resizeEvent(QResizeEvent* event) {
    Card::resizeEvent(event);
    if (event->oldSize().height() != height()) arrange();
}

}  // namespace foothold::ui
