// SPDX-License-Identifier: GPL-3.0-or-later
// The left card of Inspect: every problem of the pool with its history, to find the one to look into.
#pragma once
#include <QTimer>

#include "ui/models/problem_history.h"
#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"
#include "ui/views/common/view_settings.h"

class QActionGroup;
class QLineEdit;

namespace foothold::ui {

class ProblemRows;
class SolvedHistogram;
class RunModel;
class Selection;

class ProblemList : public Card, public ViewSettings, public ExportedView {
    Q_OBJECT
   public:
    enum class Sort { need, tier, id, lucky };
    ProblemList(RunModel* model, Selection* selection, QWidget* parent = nullptr);
    void setSort(Sort sort);
    Sort sort() const { return sort_; }
    const std::vector<int>& order() const;  ///< Problems from top to bottom, as filtered and sorted.
    void selectNeighbour(int by);           ///< The next (+1) or previous (-1) problem of the list.
    void focusFilter();
    QString settingsKey() const override { return QStringLiteral("problems"); }
    QVariantMap viewSettings() const override;
    void applyViewSettings(const QVariantMap& values) override;

    QString exportName() const override { return QStringLiteral("problems"); }
    QString exportTitle() const override;
    QString exportNote() const override;
    ShownTable shownTable() const override;  ///< Every row, also those scrolled out of sight.

   protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

   private:
    void arrange();    ///< Bins what is new and sorts, now.
    void later();      ///< The same, once the events under way are through.
    void describe();
    bool held() const; ///< Rows do not move under the mouse.

    RunModel* model_;
    Selection* selection_;
    ProblemHistory history_;
    Sort sort_ = Sort::need;
    QActionGroup* sorts_;
    Text* note_;
    Text* barsHeading_;
    Text* valueHeading_;
    Text* footer_;
    QLineEdit* filter_;
    ProblemRows* rows_;
    SolvedHistogram* histogram_;
    Text* empty_;
    QTimer timer_;
};

}  // namespace foothold::ui
