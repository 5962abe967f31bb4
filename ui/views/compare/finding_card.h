// SPDX-License-Identifier: GPL-3.0-or-later
// What may be said of the chosen arm against the baseline, and what that does not show.
#pragma once
#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"

class QComboBox;
class QPushButton;

namespace foothold::ui {

class ComparisonModel;
class DifferenceStrip;

class FindingCard : public Card, public ExportedView {
    Q_OBJECT
   public:
    explicit FindingCard(ComparisonModel* model, QWidget* parent = nullptr);

    QString exportName() const override;
    QString exportTitle() const override;
    ShownTable shownTable() const override;
    QString text() const;  ///< Number, sentence and limits together, as Copy takes them.

   Q_SIGNALS:
    void moreAsked(int seeds);  ///< One pair is no claim: so many seeds more of every arm.

   private:
    void refresh();
    QWidget* words_;
    ComparisonModel* model_;
    QComboBox* tier_;
    Text *pair_, *number_, *interval_, *sentence_, *limits_;
    DifferenceStrip* strip_;
    QPushButton *copy_, *more_;
};

}  // namespace foothold::ui
