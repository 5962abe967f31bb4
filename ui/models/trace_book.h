// SPDX-License-Identifier: GPL-3.0-or-later
// The traces of the selected problem: its own, and the variants made of it by hand or by an operator.
#pragma once
#include <QObject>
#include <map>
#include <optional>
#include <set>

#include "session/session.h"

class QUndoStack;

namespace foothold::ui {

class ExperimentEditor;
class RunModel;
class Selection;

/// Every edit makes a child of the current trace and goes to it; nothing is overwritten. Edits can be undone on the experiment's own undo
/// list; an undone variant stays in the store, out of sight until it is made again. GUI thread only.
/// Steps of a trace beside those of another that they stand for: equal ones are paired in order (the longest common subsequence), those
/// between two pairs one by one. An empty second = a step that the other does not have. [steps]
std::vector<std::pair<std::string, std::string>> alignSteps(const std::vector<std::string>& steps, const std::vector<std::string>& others);

class TraceBook : public QObject {
    Q_OBJECT
   public:
    TraceBook(RunModel* model, Selection* selection, ExperimentEditor* editor, QObject* parent = nullptr);

    /// A trace in the tree, parents before children.
    struct Entry {
        std::int64_t id = 0, parent = 0;  ///< 0 = the reference trace.
        int depth = 0;
        QString mark;   ///< "Gold", "A", "B", ...
        QString title;
        std::vector<std::string> steps;
    };

    int problem() const;               ///< The selected one; -1 = none.
    const Problem* reference() const;  ///< Of the selected problem; null = none.
    const std::vector<Entry>& entries() const { return entries_; }
    const Entry& current() const;  ///< Empty without a problem.
    const Entry* entry(std::int64_t id) const;
    int cut() const { return cut_; }  ///< Steps given of the current trace.
    double ratio() const;
    std::int64_t trained() const;  ///< The trace that is or will be trained on for this problem; 0 = its own (and the run's corruption).

    void select(std::int64_t id);
    void setCut(int steps);
    void setRatio(double ratio);

    void corrupt(const std::string& operation, double dose, std::int64_t seed);
    void setStep(int at, const QString& words);
    void insertStep(int at, const QString& words);
    void removeStep(int at);
    void moveStep(int from, int to);

    /// Who is to be trained with the current trace, from the next step on.
    enum class Scope { problem, tier, all };
    /// Why not; empty = it can.
    QString whyNot(Scope scope) const;
    void train(Scope scope);
    void trainOwn();  ///< Back to the reference trace.

   Q_SIGNALS:
    void changed();     ///< Another problem, trace, or list of traces.
    void cutChanged();
    void refused(const QString& reason);

   private:
    friend class VariantCommand;
    void reload();
    void makeChild(std::vector<std::string> steps, const QString& title, const std::string& operation = {}, double dose = 0, std::int64_t seed = 0);
    void showVariant(const Variant& variant, bool shown);

    RunModel* model_;
    Selection* selection_;
    ExperimentEditor* editor_;
    std::vector<Entry> entries_;
    std::map<int, std::int64_t> currentOf_;  ///< By problem, so that coming back finds it again.
    std::map<int, double> ratioOf_;
    void keepHidden() const;
    void readHidden();
    std::set<std::pair<int, std::int64_t>> hidden_;  ///< Undone ones, by problem and id; kept with the run, so that they stay undone.
    std::int64_t current_ = 0;
    int cut_ = 0;
};

}  // namespace foothold::ui
