// SPDX-License-Identifier: GPL-3.0-or-later
// The solve curve in numbers: every trace at the cut, and what the whole curve says.
#pragma once
#include <QWidget>

#include "studies/prefix_curve.h"

namespace foothold::ui {

class CurveRows;
class Text;

/// At the cut: solved and the difference to gold (Newcombe's interval). Below: foothold, decisive step, hint reliance of each trace, and the
/// scaffolding index of each variant, those that keep the revealed state apart from those that break it.
class CurveTable : public QWidget {
    Q_OBJECT
   public:
    explicit CurveTable(QWidget* parent = nullptr);
    void setState(const CurveState& state);
    void setCut(double ratio);

   private:
    void refresh();
    void showCut();
    void showWhole();
    void showScaffolding();

    CurveState state_;
    double cut_ = 0.5;
    CurveRows* atCut_;
    Text* cutNote_;
    QWidget* rest_;
    CurveRows* whole_;
    CurveRows* kept_;
    CurveRows* broken_;
    Text* indexNote_;
    Text* sampled_;
};

}  // namespace foothold::ui
