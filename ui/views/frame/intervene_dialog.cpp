// SPDX-License-Identifier: GPL-3.0-or-later
// The dialog behind "Intervene".
#include "ui/views/frame/intervene_dialog.h"

#include <QPushButton>
#include <algorithm>

#include "record/error.h"
#include "record/experiment_keys.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/views/common/card.h"
#include "ui/views/common/setting_field.h"

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
    QStringList keys;
    for (const ExperimentKey& key : experiment_keys())
        if (key.live) keys += QString::fromStdString(key.name);
    for (const QString& tier : model_->tiers()) keys += QStringLiteral("guidance.ratios.") + tier;
    setting_ = new SettingField(QStringLiteral("intervene"), keys, tr("From then on"), [editor] { return editor->shown(); });
    column->addWidget(setting_);
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
    connect(setting_, &SettingField::keyChanged, message_, &QWidget::hide);
    connect(editor_, &ExperimentEditor::refused, this, [this](const QString& message) {
        message_->setText(message);
        message_->show();
    });
    const auto number = [this] { apply_->setText(editor_->started() ? tr("Apply from step %1").arg(std::max<std::int64_t>(0, model_->progress().step) + 1) : tr("Apply")); };
    connect(model_, &RunModel::progressChanged, this, number);
    number();
    setting_->setKey(QStringLiteral("guidance.ratio"));
}

void InterveneDialog::apply() {
    message_->hide();
    try {
        editor_->edit(setting_->key(), setting_->value());
    } catch (const UserError& error) {
        message_->setText(QString::fromUtf8(error.what()));
        message_->show();
    }
    if (message_->isHidden()) accept();
}

}  // namespace foothold::ui
