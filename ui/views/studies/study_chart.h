// SPDX-License-Identifier: GPL-3.0-or-later
// One plot of a study: curves with their bands, or bars with their intervals.
#pragma once
#include "studies/study.h"
#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"

class QCPPainter;
class QCustomPlot;

namespace foothold::ui {

class StudyChart : public Card, public ExportedView {
    Q_OBJECT
   public:
    StudyChart(const QString& study, int number, StudyPlot plot, QWidget* parent = nullptr);

    QString exportName() const override { return name_; }
    QString exportTitle() const override { return QString::fromStdString(data_.title); }
    ShownTable shownTable() const override;

   private:
    void redraw();
    void labelCurves(QCPPainter& painter) const;
    void labelBars(QCPPainter& painter) const;
    QString name_;
    StudyPlot data_;
    QCustomPlot* plot_;
};

}  // namespace foothold::ui
