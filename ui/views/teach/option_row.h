// SPDX-License-Identifier: GPL-3.0-or-later
// One answer of a prediction: a circle, its text, the cell it would look like, and afterwards what became of it.
#pragma once
#include <QRadioButton>

namespace foothold::ui {

class OptionRow : public QRadioButton {
    Q_OBJECT
   public:
    OptionRow(const QString& text, const QString& swatch, QWidget* parent = nullptr);
    /// After the lock: whose prediction it was, and whether it is what happened.
    void setFate(bool locked, bool chosen, bool happened);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

   protected:
    void paintEvent(QPaintEvent*) override;
    bool hitButton(const QPoint& at) const override { return rect().contains(at); }

   private:
    QString swatch_;
    bool locked_ = false, chosen_ = false, happened_ = false;
};

}  // namespace foothold::ui
