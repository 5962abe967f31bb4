// SPDX-License-Identifier: GPL-3.0-or-later
// The paired differences of a finding, one dot a seed, over their interval.
#pragma once
#include <QWidget>

#include "studies/comparison.h"

namespace foothold::ui {

class DifferenceStrip : public QWidget {
    Q_OBJECT
   public:
    explicit DifferenceStrip(QWidget* parent = nullptr);
    void show(const Finding& finding, std::size_t arm);

   protected:
    void paintEvent(QPaintEvent* event) override;

   private:
    Finding finding_;
    std::size_t arm_ = 0;
};

}  // namespace foothold::ui
