// SPDX-License-Identifier: GPL-3.0-or-later
// The line at the bottom: what the trainer does, how fast, on what, and whether all is stored.
#pragma once
#include <QTimer>
#include <QWidget>

class QPushButton;

namespace foothold::ui {

class RunModel;
class Text;

/// A dot in the colour of the trainer's state; two bars while paused.
class StateDot : public QWidget {
    Q_OBJECT
   public:
    explicit StateDot(QWidget* parent = nullptr);
    void setState(int trainerState);

   protected:
    void paintEvent(QPaintEvent* event) override;

   private:
    int state_ = 0;
};

class StatusStrip : public QWidget {
    Q_OBJECT
   public:
    explicit StatusStrip(RunModel* model, QWidget* parent = nullptr);

    void setError(const QString& message);  ///< Stays until another run is opened; empty = none.
    void setNote(const QString& text);      ///< What just happened ("saved …"), for a few seconds.

   Q_SIGNALS:
    void errorClicked();

   protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

   private:
    void refresh();
    void place();
    RunModel* model_;
    StateDot* dot_;
    Text *word_, *step_, *speed_, *tokens_, *device_, *memory_, *frame_, *store_;
    QList<QWidget*> parts_;       ///< With the separators before them, least important last.
    QPushButton* error_;
    QTimer later_, noteTimer_;
    QString note_;
};

}  // namespace foothold::ui
