// SPDX-License-Identifier: GPL-3.0-or-later
// One link of the objective's chain: its number on a rail, what it is, its value in the run and beside it another one.
#pragma once
#include <QWidget>

namespace foothold::ui {

class Text;

class ExplainerStage : public QWidget {
    Q_OBJECT
   public:
    static constexpr int valueWidth = 70;
    /// `name` as in "explainer.push": the values are named "explainer.push.run" and "explainer.push.other".
    ExplainerStage(const QString& name, const QString& title, bool last, QWidget* parent = nullptr);
    void setNumber(int number);
    void setValues(const QString& run, const QString& other);  ///< other empty = nothing to compare with.
    void setFormula(const QString& run, const QString& other);

   protected:
    void paintEvent(QPaintEvent* event) override;

   private:
    QString title_;
    int number_ = 0;
    bool last_;
    Text *run_, *other_, *formula_, *otherFormula_;
};

}  // namespace foothold::ui
