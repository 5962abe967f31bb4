// SPDX-License-Identifier: GPL-3.0-or-later
// Sections of the experiment card.
#include "tasks/family.h"
#include "ui/views/common/export_button.h"
#include "ui/views/live/experiment_panel.h"

#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollArea>
#include <QScrollBar>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "record/experiment_keys.h"
#include "record/paths.h"
#include "tasks/corruption.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/selection/selection.h"
#include "ui/theme/icons.h"
#include "ui/views/live/key_rows.h"
#include "ui/views/live/ratio_rows.h"

namespace foothold::ui {
namespace {

/// The models that came with the program, and nothing else: others are opened through an experiment file.
std::vector<std::string> shippedModels() {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(resource_dir() / "models", error))
        if (entry.path().extension() == ".safetensors") names.push_back("models/" + entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

ExperimentPanel::ExperimentPanel(RunModel* model, Selection* selection, ExperimentEditor* editor, QWidget* parent)
    : Card(QStringLiteral("experiment"), parent), model_(model), editor_(editor) {
    auto* title = new Text(tr("Experiment"), FontRole::cardTitle);
    title->setFixedHeight(38);
    header()->addWidget(title);
    header()->addStretch();
    body()->addWidget(rule());

    auto* scroll = new QScrollArea;
    scroll->setObjectName(QStringLiteral("experiment.scroll"));
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    auto* inside = new QWidget;
    scroll->viewport()->setAutoFillBackground(false);
    column_ = new QVBoxLayout(inside);
    column_->setContentsMargins(Theme::padding, 8, Theme::padding, 8);
    column_->setSpacing(0);
    scroll->setWidget(inside);
    inside->setAutoFillBackground(false);  // The card is the ground; setWidget() had switched it on.
    body()->addWidget(scroll, 1);

    buildTask();
    buildGuidance();
    section(tr("Largest prefix ratio"), tr("solved without hint"))->addWidget(new RatioRows(model, selection, editor));
    buildCorruption();
    column_->addStretch();
    buildFooter();

    connect(editor_, &ExperimentEditor::changed, this, &ExperimentPanel::refresh);
    connect(model_, &RunModel::progressChanged, this, &ExperimentPanel::refreshFooter);
    refresh();
}

void ExperimentPanel::setHeaderActions(const QList<QAction*>& actions) {
    for (QAction* action : actions) header()->addWidget(iconButton(action));
    header()->addWidget(new ExportButton(QStringLiteral("experiment"), [this] { return ExportSource{this, {column_->parentWidget()}}; }));
}

QVBoxLayout* ExperimentPanel::section(const QString& title, const QString& note) {
    if (column_->count() > 0) {
        column_->addSpacing(8);
        column_->addWidget(rule());
        column_->addSpacing(8);
    }
    auto* head = new QHBoxLayout;
    head->addWidget(new Text(title, FontRole::sectionTitle));
    head->addStretch();
    if (!note.isEmpty()) head->addWidget(new Text(note, FontRole::caption, ColorRole::text3));
    column_->addLayout(head);
    column_->addSpacing(6);
    auto* rows = new QVBoxLayout;
    rows->setSpacing(3);
    column_->addLayout(rows);
    return rows;
}

void ExperimentPanel::buildTask() {
    QVBoxLayout* rows = section(tr("Task and model"));
    addRow(rows, "problems.family", new KeyCombo(editor_, "problems.family", family_names()));
    tiers_ = new QLineEdit;
    tiers_->setObjectName(QStringLiteral("problems.tiers"));
    tiers_->setToolTip(tr("Tiers, easiest first, with blanks between: operators and depth, as +:4 or +-*:8"));
    connect(tiers_, &QLineEdit::editingFinished, this, [this] {
        if (!tiers_->isModified()) return;
        tiers_->setModified(false);
        std::vector<std::string> names;
        for (const QString& name : tiers_->text().split(QRegularExpression(QStringLiteral("[\\s,]+")), Qt::SkipEmptyParts)) names.push_back(name.toStdString());
        editor_->edit("problems.tiers", names);
        refresh();
    });
    addRow(rows, "problems.tiers", tiers_);
    addRow(rows, "model.path", new KeyCombo(editor_, "model.path", shippedModels()));
    adapter_ = new QWidget;
    auto* alone = new QVBoxLayout(adapter_);
    alone->setContentsMargins(0, 0, 0, 0);
    auto* rank = new KeySpin(editor_, "model.lora_rank");
    rank->setSpecialValueText(tr("All weights"));
    rank->setPrefix(tr("LoRA, rank "));
    addRow(alone, "model.lora_rank", rank);
    rows->addWidget(adapter_);
    auto* batch = new QWidget;
    auto* line = new QHBoxLayout(batch);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(6);
    auto* problems = new KeySpin(editor_, "sampling.problems");
    auto* attempts = new KeySpin(editor_, "sampling.attempts");
    problems->setToolTip(tr("Problems a step"));
    attempts->setToolTip(tr("Attempts at each problem"));
    line->addWidget(problems, 1);
    line->addWidget(new Text(QStringLiteral("×"), FontRole::body, ColorRole::text2));
    line->addWidget(attempts, 1);
    batch->setToolTip(tr("Problems a step × attempts at each"));
    batch->setFocusProxy(problems);
    addRow(rows, "sampling.problems", batch, tr("Batch"));
}

void ExperimentPanel::buildGuidance() {
    QVBoxLayout* rows = section(tr("Guidance policy"));
    for (const char* key : {"guidance.policy", "guidance.trigger", "guidance.cut", "guidance.placement", "guidance.schedule", "guidance.accept"})
        addRow(rows, key, new KeyCombo(editor_, key));
    auto* cold = new QWidget;
    auto* line = new QHBoxLayout(cold);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    auto* spin = new KeySpin(editor_, "guidance.cold_start");
    spin->setFixedWidth(84);
    line->addWidget(spin);
    line->addWidget(new Text(tr("steps, no hints"), FontRole::body, ColorRole::text2), 1);
    cold->setFocusProxy(spin);
    addRow(rows, "guidance.cold_start", cold);
    presetNote_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    presetNote_->setWordWrap(true);
    presetNote_->setObjectName(QStringLiteral("guidance.note"));
    rows->addWidget(presetNote_);
}

void ExperimentPanel::buildCorruption() {
    QVBoxLayout* rows = section(tr("Trace corruption"));
    std::vector<std::string> names = {"none"};
    for (const CorruptionOperator& op : corruption_operators())
        if (op.name != "none") names.push_back(op.name);
    addRow(rows, "corruption.operator", new KeyCombo(editor_, "corruption.operator", names));
    addRow(rows, "corruption.tiers", tierMenuButton(editor_, "corruption.tiers"));
    auto* dose = new QWidget;
    auto* line = new QHBoxLayout(dose);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    dose_ = new RatioSlider(QStringLiteral("corruption.dose"));
    doseText_ = new Text(QString(), FontRole::body, ColorRole::text2);
    doseText_->setFixedWidth(38);
    doseText_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    line->addWidget(dose_, 1);
    line->addWidget(doseText_);
    dose->setFocusProxy(dose_);
    connect(dose_, &RatioSlider::edited, this, [this](double share) { editor_->edit("corruption.dose", share); });
    connect(dose_, &QSlider::sliderMoved, this, [this](int value) { doseText_->setText(tr("%1 %").arg(value)); });
    addRow(rows, "corruption.dose", dose);
}

void ExperimentPanel::buildFooter() {
    body()->addWidget(rule());
    auto* foot = new QFrame;
    foot->setObjectName(QStringLiteral("experiment.footer"));
    foot->setProperty("sunken", true);
    auto* line = new QHBoxLayout(foot);
    line->setContentsMargins(Theme::padding, 8, Theme::padding, 8);
    line->setSpacing(8);
    footIcon_ = new QLabel;
    footIcon_->setFixedSize(16, 16);
    auto* words = new QVBoxLayout;
    words->setSpacing(1);
    footTitle_ = new Text(QString(), FontRole::button);
    footTitle_->setObjectName(QStringLiteral("pending.title"));
    footNote_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    footNote_->setObjectName(QStringLiteral("pending.note"));
    footTitle_->setElided(true);
    footNote_->setElided(true);
    words->addWidget(footTitle_);
    words->addWidget(footNote_);
    footUndo_ = new QPushButton(tr("Undo"));
    footUndo_->setObjectName(QStringLiteral("pending.undo"));
    footUndo_->setToolTip(tr("Take back what is pending"));
    connect(footUndo_, &QPushButton::clicked, editor_, &ExperimentEditor::cancelPending);
    line->addWidget(footIcon_);
    line->addLayout(words, 1);
    line->addWidget(footUndo_);
    body()->addWidget(foot);
    connect(&Theme::instance(), &Theme::changed, this, &ExperimentPanel::refreshFooter);
}

void ExperimentPanel::refresh() {
    const Experiment experiment = editor_->shown();
    if (!tiers_->isModified()) {
        QStringList names;
        for (const std::string& tier : experiment.problems.tiers) names << QString::fromStdString(tier);
        tiers_->setText(names.join(' '));
    }
    adapter_->setVisible(is_text_family(experiment.problems.family) || experiment.model.lora_rank > 0);  // The miniatures are trained whole.
    const bool corrupted = experiment.corruption.operation != "none";
    dose_->setEnabled(corrupted);
    dose_->setRatio(experiment.corruption.dose);
    dose_->setToolTip(corrupted ? tr("Share of the steps touched") : tr("Choose an operator first"));
    doseText_->setText(tr("%1 %").arg(std::lround(experiment.corruption.dose * 100)));
    doseText_->setRole(corrupted ? ColorRole::text2 : ColorRole::text3);
    const bool preset = is_preset(experiment);
    presetNote_->setVisible(!preset);
    presetNote_->setText(preset ? QString() : tr("Some knobs differ from the preset; choosing it again sets them all."));
    refreshFooter();
}

void ExperimentPanel::refreshFooter() {
    const int pending = editor_->pendingCount();
    const qint64 next = std::max<qint64>(0, model_->progress().step) + 1;
    const TrainerState state = model_->progress().state;
    const bool over = state == TrainerState::finished || state == TrainerState::failed;
    QString title, note, icon = QStringLiteral("check");
    ColorRole color = ColorRole::good;
    if (!editor_->started()) {
        title = editor_->draftEdited() ? tr("Edited, not run yet") : tr("Not run yet");
        note = tr("Edits belong to the run from its start");
        icon = QStringLiteral("edit");
        color = ColorRole::text3;
    } else if (pending > 0) {
        title = pending == 1 ? tr("1 change from step %1").arg(next) : tr("%1 changes from step %2").arg(pending).arg(next);
        note = over ? tr("In effect when the run goes on") : state == TrainerState::paused ? tr("In effect with the next step") : tr("The step in progress is not affected");
        icon = QStringLiteral("edit");
        color = ColorRole::warn;
    } else {
        title = tr("All changes are in effect");
        note = over ? tr("The run has ended") : tr("Next edit applies from step %1").arg(next);
    }
    footTitle_->setText(title);
    footNote_->setText(note);
    footUndo_->setVisible(pending > 0);
    const QString look = icon + QString::number(static_cast<int>(color)) + (Theme::instance().isDark() ? QStringLiteral("dark") : QString());
    if (std::exchange(footLook_, look) != look) footIcon_->setPixmap(Theme::instance().icon(icon, color).pixmap(QSize(16, 16), devicePixelRatioF()));
}

}  // namespace foothold::ui
