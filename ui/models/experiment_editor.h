// SPDX-License-Identifier: GPL-3.0-or-later
// Edits of the experiment: on the draft before the first step, as interventions afterwards, undoable either way.
#pragma once
#include <QObject>
#include <QUndoStack>
#include <optional>

#include "record/experiment.h"

namespace foothold::ui {

class RunModel;

/// What the experiment panel shows and changes. Before the first step an edit changes the draft, and the run is begun with it; later a
/// live key becomes an intervention (pending until the next step) and any other key is offered to a new run. GUI thread only.
class ExperimentEditor : public QObject {
    Q_OBJECT
   public:
    explicit ExperimentEditor(RunModel* model, QObject* parent = nullptr);

    /// The experiment a run is (or will be) made from. Set together with the model's session.
    void setDraft(const Experiment& experiment);
    const Experiment& draft() const { return draft_; }
    bool started() const;      ///< The run has trained a step: edits are interventions from now on.
    bool draftEdited() const { return draftEdited_; }  ///< The draft differs from what the session was made from.
    void draftTaken() { draftEdited_ = false; }

    Experiment shown() const;  ///< What is or will be in effect: draft, or the run's experiment with what is pending.
    std::optional<Value> before(const std::string& key) const;  ///< The value before the last edit of a key, for the dotted ring.
    int pendingCount() const;

    /// Sets a key by hand (undoable). A refusal comes as refused(), a key that needs a new run as needsNewRun(); nothing changes then.
    void edit(const std::string& key, const Value& value);
    void cancelPending();      ///< Takes back all that is pending.
    void forgetNewRun();       ///< What was asked for and needs a new run is not wanted after all.
    QUndoStack* undoStack() { return &undo_; }

   Q_SIGNALS:
    void changed();            ///< shown() or what is pending changed.
    void refused(const QString& message);
    /// `keys` = all that was asked for since the run began and needs a new one; `changed` = the experiment that one would have.
    void needsNewRun(const QStringList& keys, const Experiment& changed);

   private:
    friend class EditCommand;
    bool apply(const std::string& key, const Value& value);
    bool takeBack(const std::string& key);  ///< Removes a pending change of this key.

    RunModel* model_;
    Experiment draft_;
    bool draftEdited_ = false;
    std::map<std::string, Value> before_;
    std::vector<std::pair<std::string, Value>> wanted_;  ///< What needs a new run.
    QUndoStack undo_;
};

}  // namespace foothold::ui
