// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/inspect/problem_note.h"

#include <QPlainTextEdit>
#include <QTimer>

#include "ui/models/run_model.h"
#include "ui/views/common/card.h"

namespace foothold::ui {
namespace {

constexpr int keepMilliseconds = 600;

}  // namespace

ProblemNote::ProblemNote(RunModel* model, QWidget* parent) : QWidget(parent), model_(model), timer_(new QTimer(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::padding, 4, Theme::padding, Theme::padding);
    title_ = new Text(QString(), FontRole::cardTitle);
    column->addWidget(title_);
    field_ = new QPlainTextEdit;
    field_->setObjectName(QStringLiteral("note"));
    field_->setAccessibleName(tr("Note on this problem"));
    field_->setPlaceholderText(tr("What did you see here? It is kept with the run."));
    field_->setTabChangesFocus(true);
    column->addWidget(field_, 1);
    timer_->setSingleShot(true);
    timer_->setInterval(keepMilliseconds);
    connect(field_, &QPlainTextEdit::textChanged, this, [this] { timer_->start(); });
    connect(timer_, &QTimer::timeout, this, &ProblemNote::keep);
}

ProblemNote::~ProblemNote() {
    if (timer_->isActive()) keep();
}

void ProblemNote::setProblem(int problem) {
    if (timer_->isActive()) keep();
    problem_ = -1;  // What is put into the field is not typed.
    const bool known = model_->session() && problem >= 0 && static_cast<std::size_t>(problem) < model_->info().problems.size();
    field_->setEnabled(known && !model_->session()->read_only());
    title_->setText(known ? tr("Note on %1").arg(model_->problemName(problem)) : tr("Note"));
    field_->setPlainText(known ? QString::fromStdString(model_->session()->note("problem/" + model_->info().problems[static_cast<std::size_t>(problem)].id)) : QString());
    problem_ = known ? problem : -1;
    timer_->stop();
}

void ProblemNote::keep() {
    timer_->stop();
    if (problem_ < 0 || !model_->session() || static_cast<std::size_t>(problem_) >= model_->info().problems.size()) return;
    try {
        model_->session()->set_note("problem/" + model_->info().problems[static_cast<std::size_t>(problem_)].id, field_->toPlainText().toStdString());
    } catch (const std::exception& error) {
        Q_EMIT failed(QString::fromUtf8(error.what()));
    }
}

}  // namespace foothold::ui
