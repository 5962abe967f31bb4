// SPDX-License-Identifier: GPL-3.0-or-later
// One attempt from left to right: how probable each token was, what was given, where it first went wrong.
#pragma once
#include <QWidget>
#include <vector>

#include "ui/views/common/exported_view.h"
#include "ui/views/inspect/attempt_text.h"

namespace foothold::ui {

/// Tokens share the width; where several fall on one pixel the bar shows their mean and a dark foot their minimum.
class TokenStrip : public QWidget, public ExportedView {
    Q_OBJECT
   public:
    explicit TokenStrip(QWidget* parent = nullptr);

    /// Copies what it shows; nullptr = nothing chosen. `index` = place in the group, for the title.
    void setAttempt(const Attempt* attempt, const AttemptGroup& group, int index = -1);
    void setToken(int token);  ///< Marks it; -1 = none.
    int token() const { return token_; }
    /// Probability of a token, or of all in its pixel: the mean and the least.
    struct Bar {
        int first, last;  ///< Tokens [first, last].
        float mean, least;
        QRectF room;      ///< From the floor to the ceiling, in the widget.
    };
    std::vector<Bar> bars() const;
    int tokenAt(int x) const;  ///< -1 = none (the given part, the margins).
    QSize sizeHint() const override { return {352, 150}; }
    QSize minimumSizeHint() const override { return {180, 120}; }

    QString exportName() const override { return QStringLiteral("tokens"); }
    QString exportTitle() const override;
    ShownTable shownTable() const override;
    std::optional<std::vector<Attempt>> shownAttempts() const override;

   Q_SIGNALS:
    void tokenChosen(int token);

   protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

   private:
    QRectF plot() const;
    double left(int token) const;  ///< Of a token's bar.
    double unit() const;           ///< Pixels a word.
    void choose(int token);
    QString title_, wrong_;
    AttemptWords words_;
    std::vector<float> probabilities_;
    std::optional<Attempt> attempt_;
    int firstWrong_ = -1, wrongStep_ = -1;  ///< Token, step.
    int ownStep_ = 0, answer_ = -1;         ///< Step of the first generated token; first token of the answer.
    int token_ = -1, hover_ = -1;
};

}  // namespace foothold::ui
