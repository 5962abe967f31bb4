// SPDX-License-Identifier: GPL-3.0-or-later
// Small widgets in rows that wrap, and the chip that stands in them.
#pragma once
#include <QLayout>
#include <QVector>
#include <QWidget>

namespace foothold::ui {

/// Left to right, then on; height follows width.
class FlowLayout : public QLayout {
   public:
    explicit FlowLayout(int gap, QWidget* parent = nullptr);
    ~FlowLayout() override;
    void clear();  ///< Deletes the widgets in it.

    void addItem(QLayoutItem* item) override { items_.push_back(item); }
    int count() const override { return static_cast<int>(items_.size()); }
    QLayoutItem* itemAt(int index) const override { return items_.value(index, nullptr); }
    QLayoutItem* takeAt(int index) override { return index >= 0 && index < items_.size() ? items_.takeAt(index) : nullptr; }
    Qt::Orientations expandingDirections() const override { return {}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override { return place({0, 0, width, 0}, false); }
    QSize sizeHint() const override { return minimumSize(); }
    QSize minimumSize() const override;
    void setGeometry(const QRect& rect) override;

   private:
    int place(const QRect& rect, bool move) const;
    QVector<QLayoutItem*> items_;
};

/// A short text in a thin frame, in the font of traces.
class Chip : public QWidget {
    Q_OBJECT
   public:
    explicit Chip(const QString& text, QWidget* parent = nullptr);
    QString text() const { return text_; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

   protected:
    void paintEvent(QPaintEvent* event) override;

   private:
    QString text_;
};

}  // namespace foothold::ui
