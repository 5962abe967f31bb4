// SPDX-License-Identifier: GPL-3.0-or-later
// One metric of every arm: mean, 95% band over seeds, seeds thin behind.
#pragma once
#include <functional>
#include <string>

#include "ui/views/common/card.h"

class QCustomPlot;

namespace foothold::ui {

class ComparisonModel;

/// Means are over the seeds that have the point; the band is the t interval over them, drawn where there are two or more.
class ArmPlot : public Card {
    Q_OBJECT
   public:
    /// `metric` says what is drawn now, `title` how it is called; `stepwise`: smoothed as the model says.
    ArmPlot(const QString& name, ComparisonModel* model, std::function<std::string()> metric, std::function<QString()> title, bool stepwise, QWidget* parent = nullptr);

   private:
    void redraw();
    ComparisonModel* model_;
    std::function<std::string()> metric_;
    std::function<QString()> heading_;
    bool stepwise_;
    Text *title_, *note_;
    QCustomPlot* plot_;
};

}  // namespace foothold::ui
