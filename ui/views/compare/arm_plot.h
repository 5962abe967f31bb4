// SPDX-License-Identifier: GPL-3.0-or-later
// One metric of every arm: mean, 95% band over seeds, seeds thin behind.
#pragma once
#include <functional>
#include <string>

#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"

class QCustomPlot;

namespace foothold::ui {

class ComparisonModel;

/// Means are over the seeds that have the point; the band is the t interval over them, drawn where there are two or more. A click chooses the
/// nearest arm and says what stands there; a double click, or Enter after it, opens that run at that step.
class ArmPlot : public Card, public ExportedView {
    Q_OBJECT
   public:
    /// `metric` says what is drawn now, `title` how it is called; `stepwise`: smoothed as the model says.
    ArmPlot(const QString& name, ComparisonModel* model, std::function<std::string()> metric, std::function<QString()> title, bool stepwise, QWidget* parent = nullptr);

    /// A place of a seed's curve as drawn.
    struct Spot {
        std::size_t arm = 0, seed = 0;  ///< Index in the plan.
        qint64 step = 0;
        double x = 0, value = 0;
    };
    std::optional<Spot> spotAt(QPointF canvas) const;  ///< The nearest one, of the nearest arm; none if nothing is drawn.
    QPointF pixelOf(const Spot& spot) const;

    QString exportName() const override;
    QString exportTitle() const override;
    QString exportNote() const override;
    ShownTable shownTable() const override;  ///< Means with their bands, and every seed.

   Q_SIGNALS:
    void stepAsked(std::size_t arm, std::size_t seed, qint64 step);

   protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

   private:
    void redraw();
    void choose(Spot spot);
    QString words(const Spot& spot) const;
    struct Mean {
        std::size_t arm;
        int seeds;
        qint64 step;
        double x, value;
        std::optional<std::pair<double, double>> interval;
    };
    std::vector<Spot> spots_;   ///< By arm, seed and step.
    std::vector<Mean> means_;
    std::optional<Spot> chosen_;
    QPoint press_;
    ComparisonModel* model_;
    std::function<std::string()> metric_;
    std::function<QString()> heading_;
    bool stepwise_;
    Text *title_, *note_;
    QCustomPlot* plot_;
};

}  // namespace foothold::ui
