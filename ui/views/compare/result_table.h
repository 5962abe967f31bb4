// SPDX-License-Identifier: GPL-3.0-or-later
// A row an arm: seeds, held-out shares with intervals, difference to the baseline with its forest strip, all wrong, tokens.
#pragma once
#include "ui/views/common/card.h"

namespace foothold::ui {

class ComparisonModel;

class ResultTable : public Card {
    Q_OBJECT
   public:
    explicit ResultTable(ComparisonModel* model, QWidget* parent = nullptr);

   private:
    void refresh();
    ComparisonModel* model_;
    Text *title_, *note_;
    QWidget* rows_;
};

}  // namespace foothold::ui
