// SPDX-License-Identifier: GPL-3.0-or-later
// The small card beside a token under the mouse: its numbers and what else could have stood there.
#pragma once
#include <QFrame>
#include <utility>
#include <vector>

#include "ui/views/inspect/attempt_text.h"

namespace foothold::ui {

class TokenCard : public QFrame {
    Q_OBJECT
   public:
    explicit TokenCard(QWidget* parent);
    /// Stands below `where` (screen pixels), or above it where there is no room.
    void showToken(const Attempt& attempt, const AttemptWords& words, int token, const QRect& where);
    /// The most likely tokens and their probabilities, by the model after `step`; empty = none known.
    void setAlternatives(std::vector<std::pair<QString, double>> alternatives, qint64 step);
    QString text() const;  ///< All it says, for readers of the screen and tests.
    QSize sizeHint() const override;

   protected:
    void paintEvent(QPaintEvent* event) override;

   private:
    void stand();
    QString word_, place_;
    std::vector<std::pair<QString, QString>> rows_;
    std::vector<std::pair<QString, double>> alternatives_;
    qint64 step_ = 0;
    QRect where_;
};

}  // namespace foothold::ui
