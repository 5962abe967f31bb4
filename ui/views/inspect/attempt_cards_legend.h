// SPDX-License-Identifier: GPL-3.0-or-later
// What the colours of the tokens mean in the mode shown.
#pragma once
#include <QWidget>

#include "ui/views/inspect/attempt_text.h"

namespace foothold::ui {

class AttemptLegend : public QWidget {
    Q_OBJECT
   public:
    explicit AttemptLegend(QWidget* parent = nullptr);
    void setColors(TokenColors colors);
    QSize sizeHint() const override { return {place(nullptr), 20}; }
    QSize minimumSizeHint() const override { return {0, 20}; }

   protected:
    void paintEvent(QPaintEvent* event) override;

   private:
    int place(QPainter* painter) const;  ///< Paints, with a painter; returns the width.
    TokenColors colors_ = TokenColors::probability;
};

}  // namespace foothold::ui
