// SPDX-License-Identifier: GPL-3.0-or-later
// A row an arm: seeds, held-out shares with intervals, difference to the baseline with its forest strip, all wrong, tokens.
#pragma once
#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"

namespace foothold::ui {

class ComparisonModel;

class ResultTable : public Card, public ExportedView {
    Q_OBJECT
   public:
    explicit ResultTable(ComparisonModel* model, QWidget* parent = nullptr);

    QString exportName() const override;
    QString exportTitle() const override;
    QString exportNote() const override;
    ShownTable shownTable() const override;

   private:
    void refresh();
    ComparisonModel* model_;
    Text *title_, *note_;
    QWidget* rows_;
};

}  // namespace foothold::ui
