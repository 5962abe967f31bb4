// SPDX-License-Identifier: GPL-3.0-or-later
// The arms of a comparison: shown or not, line sample, a dot a seed, baseline and chosen arm; below, what differs.
#pragma once
#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"

class QCheckBox;
class QPushButton;
class QVBoxLayout;

namespace foothold::ui {

class ComparisonModel;

class ArmList : public Card, public ExportedView {
    Q_OBJECT
   public:
    explicit ArmList(ComparisonModel* model, QWidget* parent = nullptr);

    QString exportName() const override;
    QString exportTitle() const override;
    ShownTable shownTable() const override;

   Q_SIGNALS:
    void addSeedsAsked();
    void addArmAsked();

   private:
    QWidgetList pictured() const;  ///< Arms and differences, without the controls between them.
    void rebuild();
    void refresh();
    ComparisonModel* model_;
    Text* count_;
    QVBoxLayout *rows_, *differences_;
    Text* differTitle_;
    QCheckBox* onlyTwo_;
    QPushButton *addSeeds_, *addArm_;
};

}  // namespace foothold::ui
