// SPDX-License-Identifier: GPL-3.0-or-later
// The right card: one problem, its trace, and what its group did at the step shown.
#pragma once
#include <QTimer>

#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"

#include "record/attempt.h"

class QStackedWidget;

namespace foothold::ui {

class AttemptTable;
class CurveBook;
class HistoryBars;
class RunModel;
class Selection;
class TraceView;

class ProblemCard : public Card, public ExportedView {
    Q_OBJECT
   public:
    ProblemCard(RunModel* model, Selection* selection, CurveBook* curves, QWidget* parent = nullptr);

    void selectNeighbour(int by);  ///< Next (+1) or previous (-1) problem in the order of the map's rows.

    QString exportName() const override { return QStringLiteral("problem"); }
    QString exportTitle() const override;
    ShownTable shownTable() const override;  ///< The attempts of the group.
    std::optional<std::vector<Attempt>> shownAttempts() const override;

   Q_SIGNALS:
    void inspectAsked();
    void curveAsked();  ///< The solve curve of the selected problem.

   private:
    QVBoxLayout* section(const QString& title, Text** note, Text** heading = nullptr);
    void showProblem();
    void showGroup();
    void showAttempts(std::vector<Attempt> attempts);
    void showAttempt();
    void scheduleGroup();

    RunModel* model_;
    Selection* selection_;
    QStackedWidget* pages_;
    QVBoxLayout* column_;
    Text* name_ = nullptr;
    Text* tier_ = nullptr;
    Text* prompt_ = nullptr;
    QWidget* chips_ = nullptr;
    TraceView* gold_ = nullptr;
    Text* goldNote_ = nullptr;
    Text* groupTitle_ = nullptr;
    Text* groupNote_ = nullptr;
    Text* groupWords_ = nullptr;
    AttemptTable* table_ = nullptr;
    QWidget* attemptPart_ = nullptr;
    Text* attemptTitle_ = nullptr;
    Text* attemptNote_ = nullptr;
    TraceView* attemptTrace_ = nullptr;
    QLabel* attemptText_ = nullptr;
    qint64 shownStep_ = -1;      ///< Step of the group shown; -1 = none.
    int shownProblem_ = -1;
    bool complete_ = false;      ///< Its attempts have been read.
    QTimer later_;               ///< Coalesces reads while the run goes fast.
};

}  // namespace foothold::ui
