// SPDX-License-Identifier: GPL-3.0-or-later
// A new comparison of the open experiment, or one more arm of a comparison that is there.
#include "ui/workspaces/new_comparison.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QPushButton>
#include <QSpinBox>

#include "record/error.h"
#include "record/experiment_keys.h"
#include "ui/models/value_text.h"
#include "ui/views/common/card.h"
#include "ui/views/common/setting_field.h"

namespace foothold::ui {

QVBoxLayout* NewComparisonDialog::build(const QString& title, const QString& intro, const QString& action) {
    setWindowTitle(title);
    setAttribute(Qt::WA_DeleteOnClose);
    setFixedWidth(500);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 18, 20, 18);
    column->setSpacing(12);
    column->addWidget(new Text(title, FontRole::cardTitle));
    auto* text = new Text(intro, FontRole::body, ColorRole::text2);
    text->setWordWrap(true);
    column->addWidget(text);
    QStringList keys;
    for (const ExperimentKey& key : experiment_keys())
        if (key.name != "seed" && key.type != ExperimentKey::Type::traces && (!forks_ || key.live)) keys += QString::fromStdString(key.name);
    column->addWidget(setting_ = new SettingField(QStringLiteral("comparison"), keys, tr("Changed to"), [this] { return experiment_; }));
    auto* own = new QVBoxLayout;
    column->addLayout(own);
    column->addWidget(problem_ = new Text({}, FontRole::body, ColorRole::bad));
    problem_->setObjectName(QStringLiteral("comparisonProblem"));
    problem_->setWordWrap(true);
    problem_->hide();
    connect(setting_, &SettingField::keyChanged, problem_, &QWidget::hide);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    auto* cancel = new QPushButton(tr("Cancel"));
    auto* start = new QPushButton(action);
    start->setObjectName(QStringLiteral("comparisonStart"));
    start->setProperty("primary", true);
    start->setDefault(true);
    buttons->addWidget(cancel);
    buttons->addWidget(start);
    column->addLayout(buttons);
    connect(start, &QPushButton::clicked, this, &NewComparisonDialog::accept);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    setting_->setKey(QStringLiteral("guidance.policy"));
    setting_->setValueText(experiment_.guidance.policy == "grpo" ? QStringLiteral("ghpo") : QStringLiteral("grpo"));
    return own;
}

NewComparisonDialog::NewComparisonDialog(const Experiment& experiment, const std::filesystem::path& run, qint64 step, QWidget* parent)
    : QDialog(parent), experiment_(experiment), run_(run), step_(step) {
    setObjectName(QStringLiteral("newComparison"));
    QVBoxLayout* column = build(tr("New comparison"), tr("This experiment against itself with one setting changed. Seeds are paired: both see the same problems in the same order."),
                                tr("Run the comparison"));
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(14);
    form->setLabelAlignment(Qt::AlignLeft);
    column->addLayout(form);
    const auto spin = [&](const QString& label, const char* name, int low, int high, int value) {
        auto* box = new QSpinBox;
        box->setObjectName(QLatin1String(name));
        box->setRange(low, high);
        box->setValue(value);
        box->setFixedWidth(120);
        auto* words = new Text(label, FontRole::body, ColorRole::text2);
        words->setMinimumWidth(SettingField::labelWidth);
        words->setBuddy(box);
        box->setAccessibleName(label);
        form->addRow(words, box);
        return box;
    };
    seeds_ = spin(tr("Seeds"), "comparisonSeeds", 1, 1000, 5);
    first_ = spin(tr("First seed"), "comparisonFirstSeed", 1, 1000000, 1);
    steps_ = spin(tr("Steps of each run"), "comparisonSteps", 1, 1000000, static_cast<int>(experiment.steps));
    column->addWidget(fork_ = new QCheckBox(run.empty() ? tr("From a run at a step (train one first)") : tr("From step %1 of this run on, reseeded").arg(step)));
    fork_->setObjectName(QStringLiteral("comparisonFork"));
    fork_->setEnabled(!run.empty() && step >= 0);
    fork_->setToolTip(tr("Each seed goes on from the same weights. A third arm, unchanged again with other seeds, shows how large a difference noise alone makes."));
}

NewComparisonDialog::NewComparisonDialog(const ComparisonPlan& plan, std::size_t baseline, QWidget* parent)
    : QDialog(parent), experiment_(plan.arms.at(baseline).experiment), step_(-1), forks_(!plan.parent.empty()) {
    setObjectName(QStringLiteral("addArm"));
    build(tr("Add arm"), tr("%1 with one setting changed. Its runs are planned now and made when you say so.").arg(QString::fromStdString(plan.arms[baseline].name)), tr("Add the arm"));
}

Arm NewComparisonDialog::arm() const {
    const std::string key = setting_->key();
    const Value value = setting_->value();
    Experiment changed = experiment_;
    set_key(changed, key, value);
    check_experiment(changed);
    if (value == get_key(experiment_, key)) throw UserError(key + " has that value already: nothing would differ");
    const std::string name = (keyTitle(key) + ' ' + setting_->text()).toStdString();
    if (!forks_) return {name, changed, {}, 0};
    const std::pair<std::string, Value> change{key, value};
    return {name, experiment_, {change}, 0};
}

ComparisonPlan NewComparisonDialog::plan() const {
    Arm changed = arm();
    ComparisonPlan plan;
    plan.seeds = seeds_->value();
    plan.first_seed = first_->value();
    plan.steps = steps_->value();
    if (!fork_->isChecked()) {
        plan.arms = {{"unchanged", experiment_, {}, 0}, std::move(changed)};
        return plan;
    }
    const std::string key = setting_->key();
    if (!find_key(key).live) throw UserError(key + " cannot change in a fork: it needs runs from the start");
    if (plan.steps <= step_) throw UserError("Forks at step " + std::to_string(step_) + " need more steps than that");
    plan.parent = run_;
    plan.parent_step = step_;
    const std::pair<std::string, Value> change{key, setting_->value()};
    plan.arms = fork_arms(experiment_, changed.name, {change}, plan.first_seed);
    return plan;
}

void NewComparisonDialog::accept() {
    try {
        if (seeds_) Q_EMIT planned(plan());
        else Q_EMIT armed(arm());
        QDialog::accept();
    } catch (const std::exception& error) {
        problem_->setText(QString::fromUtf8(error.what()));
        problem_->show();
    }
}

}  // namespace foothold::ui
