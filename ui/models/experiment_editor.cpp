// SPDX-License-Identifier: GPL-3.0-or-later
// One undo command an edit; undoing what is in effect already is a counter-intervention.
#include "ui/models/experiment_editor.h"

#include <QUndoCommand>
#include <algorithm>

#include "record/error.h"
#include "record/experiment_keys.h"
#include "record/random.h"
#include "tasks/family.h"
#include "ui/models/run_model.h"
#include "ui/models/value_text.h"

namespace foothold::ui {
namespace {

bool isLive(const std::string& key) { return find_key(key).live; }

const std::string tierRatios = "guidance.ratios.";

/// Throws UserError where a family that makes its problems itself has no such tier: a new run would find out too late for the field.
void checkTiers(const Experiment& experiment) {
    if (experiment.problems.family == "text" || !experiment.problems.file.empty()) return;
    const auto family = family_of(experiment);
    for (const std::string& tier : experiment.problems.tiers) {
        Random random(1);
        family->make(tier, random);
    }
}

}  // namespace

class EditCommand : public QUndoCommand {
   public:
    EditCommand(ExperimentEditor* editor, std::string key, Value before, Value after)
        : editor_(editor), key_(std::move(key)), before_(std::move(before)), after_(std::move(after)), whole_(key_.starts_with(tierRatios) ? "guidance.ratios" : key_), wholeBefore_(get_key(editor->shown(), whole_)) {
        setText(editor_->model_->changeText(key_, before_, after_));
    }
    void undo() override {
        const bool wasPending = editor_->takeBack(key_);
        if (!wasPending || get_key(editor_->shown(), whole_) != wholeBefore_) editor_->apply(whole_, wholeBefore_);
    }
    void redo() override {
        if (!editor_->apply(key_, after_)) setObsolete(true);
    }

   private:
    ExperimentEditor* editor_;
    std::string key_;
    Value before_, after_;
    // A tier's ratio that was the one of all tiers had no value of its own: undone, it has none again.
    std::string whole_;
    Value wholeBefore_;
};

ExperimentEditor::ExperimentEditor(RunModel* model, QObject* parent) : QObject(parent), model_(model) {
    connect(model_, &RunModel::experimentChanged, this, &ExperimentEditor::changed);
}

void ExperimentEditor::setDraft(const Experiment& experiment) {
    draft_ = experiment;
    draftEdited_ = false;
    before_.clear();
    wanted_.clear();
    undo_.clear();
    Q_EMIT changed();
}

bool ExperimentEditor::started() const { return model_->lastStep() > 0 || model_->progress().state == TrainerState::running; }

Experiment ExperimentEditor::shown() const {
    if (!started() || !model_->session()) return draft_;
    Experiment experiment = model_->session()->experiment();
    for (const Intervention& change : model_->session()->pending()) set_key(experiment, change.key, change.value);
    return experiment;
}

std::optional<Value> ExperimentEditor::before(const std::string& key) const {
    const auto found = before_.find(key);
    return found == before_.end() ? std::nullopt : std::optional(found->second);
}

int ExperimentEditor::pendingCount() const { return started() && model_->session() ? static_cast<int>(model_->session()->pending().size()) : 0; }

void ExperimentEditor::edit(const std::string& key, const Value& value) {
    try {
        Experiment changedExperiment = shown();
        const Value before = get_key(changedExperiment, key);
        set_key(changedExperiment, key, value);
        const auto forget = [&] { std::erase_if(wanted_, [&](const auto& w) { return w.first == key; }); };
        if (get_key(changedExperiment, key) == before) return forget();
        check_experiment(changedExperiment);
        if (started() && !isLive(key)) {
            // Several such edits go into one new run.
            forget();
            for (const auto& [other, value_of] : wanted_) set_key(changedExperiment, other, value_of);
            check_experiment(changedExperiment);
            if (key == "problems.tiers") checkTiers(changedExperiment);
            wanted_.emplace_back(key, value);
            changedExperiment.interventions.clear();
            QStringList titles;
            for (const auto& [other, value_of] : wanted_) titles << keyTitle(other);
            Q_EMIT needsNewRun(titles, changedExperiment);
            Q_EMIT changed();  // The control goes back to the value in effect.
            return;
        }
        before_[key] = before;
        undo_.push(new EditCommand(this, key, before, value));
    } catch (const UserError& error) {
        Q_EMIT refused(QString::fromUtf8(error.what()));
        Q_EMIT changed();
    }
}

bool ExperimentEditor::apply(const std::string& key, const Value& value) {
    try {
        if (started()) {
            model_->session()->intervene(key, value);
        } else {
            set_key(draft_, key, value);
            draftEdited_ = true;
        }
    } catch (const UserError& error) {
        Q_EMIT refused(QString::fromUtf8(error.what()));
        Q_EMIT changed();
        return false;
    }
    Q_EMIT changed();
    return true;
}

bool ExperimentEditor::takeBack(const std::string& key) {
    if (!started()) return false;
    const std::vector<Intervention> pending = model_->session()->pending();
    const auto is = [&](const Intervention& change) { return change.key == key; };
    if (std::none_of(pending.begin(), pending.end(), is)) return false;
    model_->session()->cancel_pending();
    for (const Intervention& change : pending)
        if (!is(change)) model_->session()->intervene(change.key, change.value);
    before_.erase(key);
    Q_EMIT changed();
    return true;
}

void ExperimentEditor::forgetNewRun() { wanted_.clear(); }

void ExperimentEditor::cancelPending() {
    if (!started()) return;
    for (const Intervention& change : model_->session()->pending()) before_.erase(change.key);
    model_->session()->cancel_pending();
    Q_EMIT changed();
}

}  // namespace foothold::ui
