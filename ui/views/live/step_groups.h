// SPDX-License-Identifier: GPL-3.0-or-later
// The groups of the step shown, the worst first: what a click on a chart opens.
#pragma once
#include <vector>

#include "record/attempt.h"
#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"

class QListWidget;
class QListWidgetItem;

namespace foothold::ui {

class RunModel;
class Selection;

/// The groups of a step: all wrong first, then lucky and rescued ones, mixed ones, all right last; among equals fewer right, then harder
/// tiers first. Empty for step 0 and steps not made.
std::vector<GroupSummary> worstFirst(const RunModel& model, qint64 step);

/// Follows the step cursor while it is open. A row selects its problem; a double click or Enter opens it in Inspect.
class StepGroups : public Card, public ExportedView {
    Q_OBJECT
   public:
    StepGroups(RunModel* model, Selection* selection, QWidget* parent = nullptr);
    qint64 step() const { return step_; }
    const std::vector<GroupSummary>& groups() const { return groups_; }

    QString exportName() const override { return QStringLiteral("groups-of-a-step"); }
    QString exportTitle() const override;
    ShownTable shownTable() const override;

   Q_SIGNALS:
    void inspectAsked(int problem);
    void closeAsked();

   protected:
    void showEvent(QShowEvent* event) override;

   private:
    void refresh();
    void showProblem();
    RunModel* model_;
    Selection* selection_;
    Text *title_, *note_;
    QListWidget* list_;
    std::vector<GroupSummary> groups_;
    qint64 step_ = -1;
    bool filling_ = false;
};

}  // namespace foothold::ui
