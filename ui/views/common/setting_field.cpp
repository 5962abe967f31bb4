// SPDX-License-Identifier: GPL-3.0-or-later
// Key, value now, new value and what the key means.
#include "ui/views/common/setting_field.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLineEdit>
#include <algorithm>

#include "record/experiment_keys.h"
#include "tasks/corruption.h"
#include "ui/models/value_text.h"
#include "ui/views/common/card.h"

namespace foothold::ui {

SettingField::SettingField(const QString& name, const QStringList& keys, const QString& valueLabel, std::function<Experiment()> current, QWidget* parent)
    : QWidget(parent), current_(std::move(current)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(14);
    form->setVerticalSpacing(8);
    form->setLabelAlignment(Qt::AlignLeft);
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    keys_ = new QComboBox;
    keys_->setObjectName(name + QStringLiteral(".key"));
    keys_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    for (const QString& key : keys) keys_->addItem(tr("%1 · %2", "a setting in words, and its key").arg(keyTitle(key.toStdString()), key), key);
    now_ = new Text(QString());
    now_->setWordWrap(true);
    choices_ = new QComboBox;
    choices_->setObjectName(name + QStringLiteral(".choice"));
    choices_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    value_ = new QLineEdit;
    value_->setObjectName(name + QStringLiteral(".value"));
    value_->setFont(Theme::instance().font(FontRole::mono));
    auto* both = new QHBoxLayout;
    both->addWidget(value_);
    both->addWidget(choices_);
    const auto label = [](const QString& text) {
        auto* made = new Text(text, FontRole::body, ColorRole::text2);
        made->setMinimumWidth(labelWidth);
        return made;
    };
    form->addRow(label(tr("Setting")), keys_);
    form->addRow(label(tr("Now")), now_);
    form->addRow(label(valueLabel), both);
    column->addLayout(form);
    meaning_ = new Text(QString(), FontRole::body, ColorRole::text2);
    meaning_->setWordWrap(true);
    meaning_->setMinimumHeight(34);
    meaning_->setAlignment(Qt::AlignTop);
    column->addWidget(meaning_);
    connect(keys_, &QComboBox::currentIndexChanged, this, &SettingField::showKey);
    showKey();
}

std::string SettingField::key() const { return keys_->currentData().toString().toStdString(); }

void SettingField::setKey(const QString& key) { keys_->setCurrentIndex(std::max(0, keys_->findData(key))); }

QString SettingField::text() const { return choices_->isHidden() ? value_->text().trimmed() : choices_->currentData().toString(); }

Value SettingField::value() const {
    if (!choices_->isHidden()) return text().toStdString();
    Experiment trial = current_();
    set_key_text(trial, key(), text().toStdString());
    return get_key(trial, key());
}

void SettingField::setValueText(const QString& text) {
    value_->setText(text);
    if (const int at = choices_->findData(text); at >= 0) choices_->setCurrentIndex(at);
}

void SettingField::showKey() {
    const std::string name = key();
    const ExperimentKey& known = find_key(name);
    const Value now = get_key(current_(), name);
    std::vector<std::string> choices = known.choices;
    if (name == "corruption.operator") {
        choices = {"none"};
        for (const CorruptionOperator& op : corruption_operators())
            if (op.name != "none") choices.push_back(op.name);
    }
    const QString meaning = QString::fromStdString(known.meaning);
    // The choices stand in their box.
    meaning_->setText(!choices.empty() ? tr("%1.").arg(meaning) : tr("%1. Allowed: %2.").arg(meaning, QString::fromStdString(name == known.name ? known.allowed() : "a number from 0 to 1")));
    const auto* chosen = std::get_if<std::string>(&now);
    now_->setText(chosen && !choices.empty() ? choiceTitle(name, *chosen) : QString::fromStdString(to_text(now)));
    choices_->setVisible(!choices.empty());
    value_->setVisible(choices.empty());
    choices_->clear();
    for (const std::string& choice : choices) choices_->addItem(choiceTitle(name, choice), QString::fromStdString(choice));
    if (chosen && !choices.empty()) choices_->setCurrentIndex(choices_->findData(QString::fromStdString(*chosen)));
    value_->setText(QString::fromStdString(to_text(now)));
    value_->selectAll();
    Q_EMIT keyChanged();
}

}  // namespace foothold::ui
