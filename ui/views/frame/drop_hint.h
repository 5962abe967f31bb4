// SPDX-License-Identifier: GPL-3.0-or-later
// What a file dragged over the window would do.
#pragma once
#include <QWidget>

namespace foothold::ui {

/// Covers its parent while a file is over it; takes no events.
class DropHint : public QWidget {
    Q_OBJECT
   public:
    explicit DropHint(QWidget* parent);
    void say(const QString& text, bool welcome);  ///< Shows it.

   protected:
    void paintEvent(QPaintEvent* event) override;

   private:
    QString text_;
    bool welcome_ = true;
};

}  // namespace foothold::ui
