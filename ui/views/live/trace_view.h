// SPDX-License-Identifier: GPL-3.0-or-later
// A trace step by step: given steps tinted and underlined, the first wrong one boxed.
#pragma once
#include <QStringList>
#include <QWidget>

namespace foothold::ui {

/// Short steps stand in two columns, long ones in one, wrapped. Height follows width.
class TraceView : public QWidget {
    Q_OBJECT
   public:
    explicit TraceView(const QString& name, QWidget* parent = nullptr);

    struct Trace {
        QStringList steps;
        int given = 0;        ///< The first of them that a hint revealed.
        int firstWrong = -1;  ///< Index, -1 = none.
        QString answer;       ///< Shown below if not empty.
        bool operator==(const Trace&) const = default;
    };
    void setTrace(Trace trace);
    const Trace& trace() const { return trace_; }

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override { return {280, heightForWidth(280)}; }

   protected:
    void paintEvent(QPaintEvent* event) override;

   private:
    int columns(int width) const;
    int place(int width, QPainter* painter) const;  ///< Lays out (and paints, with a painter); returns the height.
    Trace trace_;
};

}  // namespace foothold::ui
