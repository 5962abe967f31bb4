// SPDX-License-Identifier: GPL-3.0-or-later
// The small parts every panel is made of: cards, rules, text in a role, icon buttons.
#pragma once
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/theme/theme.h"

namespace foothold::ui {

/// A line of text in a font and colour role; follows the theme. With setElided() it is cut with an ellipsis instead of growing.
class Text : public QLabel {
    Q_OBJECT
   public:
    explicit Text(const QString& text, FontRole font = FontRole::body, ColorRole color = ColorRole::text, QWidget* parent = nullptr);
    void setRole(ColorRole color);
    void setElided(bool on);
    QSize minimumSizeHint() const override;

   protected:
    void paintEvent(QPaintEvent* event) override;

   private:
    void apply();
    ColorRole color_;
    bool elided_ = false;
};

/// A rounded surface with a header line (title, then whatever is added to header()) and a body.
class Card : public QFrame {
    Q_OBJECT
   public:
    explicit Card(const QString& name, QWidget* parent = nullptr);
    QHBoxLayout* header() { return header_; }
    QVBoxLayout* body() { return body_; }

   private:
    QHBoxLayout* header_;
    QVBoxLayout* body_;
};

/// Resizes a window, to what its screen has room for at most. A screen on which it would not work at all (also of no display) changes nothing.
void resizeToFit(QWidget* window, QSize wanted);
QFrame* rule(QWidget* parent = nullptr);  ///< A hairline between sections.
QFrame* verticalRule(QWidget* parent = nullptr);
QToolButton* iconButton(const QString& icon, const QString& tip, const QString& name, QWidget* parent = nullptr);
QToolButton* iconButton(QAction* action, QWidget* parent = nullptr);  ///< Shows the action's icon and follows it.

}  // namespace foothold::ui
