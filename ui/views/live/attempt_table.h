// SPDX-License-Identifier: GPL-3.0-or-later
// The attempts of one group: right or wrong, answer against gold, advantage.
#pragma once
#include <QWidget>
#include <vector>

#include "record/attempt.h"

namespace foothold::ui {

class Selection;

/// One row an attempt and one for the gold answer. A click or the arrow keys select an attempt.
class AttemptTable : public QWidget {
    Q_OBJECT
   public:
    AttemptTable(Selection* selection, QWidget* parent = nullptr);

    /// `gold` is the gold answer as stored; both answers are shown as the family's readers see them.
    void setAttempts(std::vector<Attempt> attempts, const std::string& family, const std::string& gold);
    const std::vector<Attempt>& attempts() const { return attempts_; }
    static constexpr int rowHeight = 20;
    QSize sizeHint() const override { return {280, static_cast<int>(attempts_.size() + 2) * rowHeight}; }
    QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }
    QRect rowRect(int attempt) const { return {0, (attempt + 1) * rowHeight, width(), rowHeight}; }

   protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

   private:
    int rowAt(int y) const;
    void paintAnswer(QPainter& painter, const QRect& room, const QString& answer, bool compare) const;
    Selection* selection_;
    std::vector<Attempt> attempts_;
    std::vector<QString> shown_;  ///< Answers as read.
    QString gold_;
    double largest_ = 1;  ///< Of the advantages' sizes.
    int hover_ = -1;
};

}  // namespace foothold::ui
