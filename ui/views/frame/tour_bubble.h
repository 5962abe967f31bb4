// SPDX-License-Identifier: GPL-3.0-or-later
// A bubble beside a widget, and a ring around that widget.
#pragma once
#include <QFrame>
#include <QPointer>

class QPushButton;

namespace foothold::ui {

class Text;

/// Both lie over the window they are made for and follow the widget they point at; the ring lets the mouse through.
class TourBubble : public QFrame {
    Q_OBJECT
   public:
    explicit TourBubble(QWidget* window);
    ~TourBubble() override;
    /// Points at `target` (null: stands in the middle). `last` turns "Next" into "Finish".
    void say(const QString& count, const QString& title, const QString& text, QWidget* target, bool last);
    QWidget* target() const { return target_; }

   Q_SIGNALS:
    void next();
    void skip();

   protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

   private:
    void place();
    QPointer<QWidget> target_;
    QPointer<QWidget> ring_;
    Text *count_, *title_, *text_;
    QPushButton* next_;
};

}  // namespace foothold::ui
