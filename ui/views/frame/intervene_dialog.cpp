// SPDX-License-Identifier: GPL-3.0-or-later
// The dialog behind "Intervene".
#include "ui/views/frame/intervene_dialog.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <algorithm>

#include "record/error.h"
#include "record/experiment_keys.h"
#include "tasks/corruption.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/views/common/card.h"

namespace foothold::ui {

InterveneDialog::InterveneDialog(RunModel* model, ExperimentEditor* editor, QWidget* parent) : QDialog(parent), model_(model), editor_(editor) {
    setObjectName(QStringLiteral("intervene.dialog"));
    setWindowTitle(tr("Intervene"));
    setAttribute(Qt::WA_DeleteOnClose);
    setFixedWidth(460);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 18, 20, 18);
    column->setSpacing(12);
    column->addWidget(new Text(tr("Change one value while the run goes on"), FontRole::cardTitle));
    meaning_ = new Text(QString(), FontRole::body, ColorRole::text2);
    meaning_->setWordWrap(true);
    meaning_->setMinimumHeight(34);
    meaning_->setAlignment(Qt::AlignTop);

    auto* form = new QFormLayout;
    form->setHorizontalSpacing(14);
    form->setVerticalSpacing(8);
    form->setLabelAlignment(Qt::AlignLeft);
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    keys_ = new QComboBox;
    keys_->setObjectName(QStringLiteral("intervene.key"));
    keys_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    for (const ExperimentKey& key : experiment_keys())
        if (key.live) keys_->addItem(QString::fromStdString(key.name));
    for (const QString& tier : model_->tiers()) keys_->addItem(QStringLiteral("guidance.ratios.") + tier);
    now_ = new Text(QString(), FontRole::mono);
    choices_ = new QComboBox;
    choices_->setObjectName(QStringLiteral("intervene.choice"));
    value_ = new QLineEdit;
    value_->setObjectName(QStringLiteral("intervene.value"));
    value_->setFont(Theme::instance().font(FontRole::mono));
    auto* both = new QHBoxLayout;
    both->addWidget(value_);
    both->addWidget(choices_);
    form->addRow(tr("Key"), keys_);
    form->addRow(tr("Now"), now_);
    form->addRow(tr("From then on"), both);
    column->addLayout(form);
    column->addWidget(meaning_);
    message_ = new Text(QString(), FontRole::body, ColorRole::bad);
    message_->setObjectName(QStringLiteral("intervene.message"));
    message_->setWordWrap(true);
    message_->hide();
    column->addWidget(message_);

    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    auto* close = new QPushButton(tr("Close"));
    apply_ = new QPushButton;
    apply_->setObjectName(QStringLiteral("intervene.apply"));
    apply_->setProperty("primary", true);
    apply_->setDefault(true);
    buttons->addWidget(close);
    buttons->addWidget(apply_);
    column->addLayout(buttons);

    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    connect(apply_, &QPushButton::clicked, this, &InterveneDialog::apply);
    connect(keys_, &QComboBox::currentIndexChanged, this, &InterveneDialog::showKey);
    connect(editor_, &ExperimentEditor::refused, this, [this](const QString& message) {
        message_->setText(message);
        message_->show();
    });
    const auto number = [this] { apply_->setText(editor_->started() ? tr("Apply from step %1").arg(std::max<std::int64_t>(0, model_->progress().step) + 1) : tr("Apply")); };
    connect(model_, &RunModel::progressChanged, this, number);
    number();
    keys_->setCurrentText(QStringLiteral("guidance.ratio"));
    showKey();
}

void InterveneDialog::showKey() {
    const std::string name = keys_->currentText().toStdString();
    const ExperimentKey& key = find_key(name);
    const Value now = get_key(editor_->shown(), name);
    meaning_->setText(tr("%1. Allowed: %2.").arg(QString::fromStdString(key.meaning), QString::fromStdString(name == key.name ? key.allowed() : "a number from 0 to 1")));
    now_->setText(QString::fromStdString(to_text(now)));
    message_->hide();
    std::vector<std::string> choices = key.choices;
    if (name == "corruption.operator") {
        choices = {"none"};
        for (const CorruptionOperator& op : corruption_operators())
            if (op.name != "none") choices.push_back(op.name);
    }
    choices_->setVisible(!choices.empty());
    value_->setVisible(choices.empty());
    choices_->clear();
    for (const std::string& choice : choices) choices_->addItem(choiceTitle(name, choice), QString::fromStdString(choice));
    if (const auto* text = std::get_if<std::string>(&now); text && !choices.empty()) choices_->setCurrentIndex(choices_->findData(QString::fromStdString(*text)));
    value_->setText(now_->text());
    value_->selectAll();
}

void InterveneDialog::apply() {
    const std::string name = keys_->currentText().toStdString();
    message_->hide();
    Experiment trial = editor_->shown();
    try {
        if (choices_->isVisible()) {
            editor_->edit(name, choices_->currentData().toString().toStdString());
        } else {
            set_key_text(trial, name, value_->text().trimmed().toStdString());
            editor_->edit(name, get_key(trial, name));
        }
    } catch (const UserError& error) {
        message_->setText(QString::fromUtf8(error.what()));
        message_->show();
    }
    if (message_->isHidden()) accept();
}

}  // namespace foothold::ui
