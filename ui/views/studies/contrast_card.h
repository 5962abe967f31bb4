// SPDX-License-Identifier: GPL-3.0-or-later
// Every comparison of a study with its interval, drawn on one scale around zero.
#pragma once
#include "studies/study.h"
#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"

namespace foothold::ui {

class ContrastCard : public Card, public ExportedView {
    Q_OBJECT
   public:
    ContrastCard(const QString& study, std::vector<StudyContrast> contrasts, QWidget* parent = nullptr);

    QString exportName() const override { return name_; }
    QString exportTitle() const override { return tr("Differences with 95% intervals"); }
    ShownTable shownTable() const override;

   private:
    QString name_;
    std::vector<StudyContrast> contrasts_;
};

}  // namespace foothold::ui
