// SPDX-License-Identifier: GPL-3.0-or-later
// Who gained and who lost: every pool problem as a tile, chosen arm against baseline.
#pragma once
#include "studies/comparison.h"
#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"

namespace foothold::ui {

class ComparisonModel;

/// Tiles by tier, hardest first; colour is the arm that solved more without a hint, strength the difference, a triangle where all seeds
/// point one way. Beside the counts stands how many such problems chance alone would give.
class ProblemMap : public Card, public ExportedView {
    Q_OBJECT
   public:
    explicit ProblemMap(ComparisonModel* model, QWidget* parent = nullptr);

    QString exportName() const override;
    QString exportTitle() const override;
    QString exportNote() const override;
    ShownTable shownTable() const override;
    QString summary() const;  ///< The line of counts, as shown.

   Q_SIGNALS:
    void problemActivated(const QString& id);

   private:
    void refresh();
    class Tiles;
    ComparisonModel* model_;
    Text *note_, *legend_, *counts_;
    Tiles* tiles_;
};

}  // namespace foothold::ui
