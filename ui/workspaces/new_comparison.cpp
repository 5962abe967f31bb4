// SPDX-License-Identifier: GPL-3.0-or-later
// A new comparison of the open experiment.
#include "ui/workspaces/new_comparison.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include "record/error.h"
#include "record/experiment_keys.h"
#include "ui/views/common/card.h"

namespace foothold::ui {

NewComparisonDialog::NewComparisonDialog(const Experiment& experiment, const std::filesystem::path& run, qint64 step, QWidget* parent)
    : QDialog(parent), experiment_(experiment), run_(run), step_(step) {
    setObjectName(QStringLiteral("newComparison"));
    setWindowTitle(tr("New comparison"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* column = new QVBoxLayout(this);
    auto* intro = new Text(tr("This experiment against itself with one setting changed. Seeds are paired: both see the same problems in the same order."), FontRole::body, ColorRole::text2);
    intro->setWordWrap(true);
    column->addWidget(intro);
    auto* form = new QFormLayout;
    column->addLayout(form);
    form->addRow(tr("Setting"), key_ = new QComboBox);
    key_->setObjectName(QStringLiteral("comparisonKey"));
    for (const ExperimentKey& key : experiment_keys())
        if (key.name != "seed" && key.type != ExperimentKey::Type::traces) key_->addItem(QString::fromStdString(key.name));
    form->addRow(tr("Changed to"), value_ = new QLineEdit);
    value_->setObjectName(QStringLiteral("comparisonValue"));
    const auto spin = [&](const QString& label, const char* name, int low, int high, int value) {
        auto* box = new QSpinBox;
        box->setObjectName(QLatin1String(name));
        box->setRange(low, high);
        box->setValue(value);
        form->addRow(label, box);
        return box;
    };
    seeds_ = spin(tr("Seeds"), "comparisonSeeds", 1, 1000, 5);
    first_ = spin(tr("First seed"), "comparisonFirstSeed", 1, 1000000, 1);
    steps_ = spin(tr("Steps of each run"), "comparisonSteps", 1, 1000000, static_cast<int>(experiment.steps));
    column->addWidget(fork_ = new QCheckBox(run.empty() ? tr("Fork a run: first train one, then compare from its step on") : tr("Go on from step %1 of this run, reseeded; with a third arm, unchanged again, as the noise floor").arg(step)));
    fork_->setObjectName(QStringLiteral("comparisonFork"));
    fork_->setEnabled(!run.empty() && step >= 0);
    column->addWidget(problem_ = new Text({}, FontRole::caption, ColorRole::bad));
    problem_->setObjectName(QStringLiteral("comparisonProblem"));
    problem_->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    buttons->addButton(tr("Run the comparison"), QDialogButtonBox::AcceptRole)->setObjectName(QStringLiteral("comparisonStart"));
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &NewComparisonDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    const auto describe = [this] {
        const ExperimentKey& key = find_key(key_->currentText().toStdString());
        value_->setPlaceholderText(tr("now %1; %2").arg(QString::fromStdString(to_text(key.get(experiment_))), QString::fromStdString(key.allowed())));
        key_->setToolTip(QString::fromStdString(key.meaning));
    };
    connect(key_, &QComboBox::currentTextChanged, this, describe);
    key_->setCurrentText(QStringLiteral("guidance.policy"));
    value_->setText(experiment.guidance.policy == "grpo" ? QStringLiteral("ghpo") : QStringLiteral("grpo"));
    resize(520, sizeHint().height());
}

ComparisonPlan NewComparisonDialog::plan() const {
    const std::string key = key_->currentText().toStdString(), text = value_->text().trimmed().toStdString();
    Experiment changed = experiment_;
    set_key_text(changed, key, text);
    check_experiment(changed);
    if (to_text(get_key(changed, key)) == to_text(get_key(experiment_, key))) throw UserError(key + " has that value already: nothing would differ");
    ComparisonPlan plan;
    plan.seeds = seeds_->value();
    plan.first_seed = first_->value();
    plan.steps = steps_->value();
    if (!fork_->isChecked()) {
        plan.arms = {{"as it is", experiment_, {}, 0}, {key + " " + text, changed, {}, 0}};
        return plan;
    }
    if (!find_key(key).live) throw UserError(key + " cannot change in a fork: it needs runs from the start");
    if (plan.steps <= step_) throw UserError("Forks at step " + std::to_string(step_) + " need more steps than that");
    plan.parent = run_;
    plan.parent_step = step_;
    const std::pair<std::string, Value> change{key, get_key(changed, key)};
    plan.arms = fork_arms(experiment_, key + " " + text, {change}, plan.first_seed);
    return plan;
}

void NewComparisonDialog::accept() {
    try {
        Q_EMIT planned(plan());
        QDialog::accept();
    } catch (const std::exception& error) {
        problem_->setText(QString::fromUtf8(error.what()));
        adjustSize();
    }
}

}  // namespace foothold::ui
