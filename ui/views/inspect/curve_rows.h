// SPDX-License-Identifier: GPL-3.0-or-later
// A small table with a line sample before each row: value and note a column, right-aligned.
#pragma once
#include <QWidget>
#include <vector>

#include "ui/theme/theme.h"
#include "ui/views/inspect/curve_lines.h"

namespace foothold::ui {

struct CurveCell {
    QString value;  ///< In full ink.
    QString note;   ///< Beside it, paler: an interval, a count.
    ColorRole role = ColorRole::text;
    bool strong = true;
};

struct CurveRow {
    CurveLine line;
    QString title;
    std::vector<CurveCell> cells;
    QString tip;
};

class CurveRows : public QWidget {
    Q_OBJECT
   public:
    explicit CurveRows(const QString& name, QWidget* parent = nullptr);
    void setHeader(const QString& first, const QStringList& columns);
    void setRows(std::vector<CurveRow> rows);
    const std::vector<CurveRow>& rows() const { return rows_; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {240, sizeHint().height()}; }

   protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

   private:
    static constexpr int headerHeight = 22, rowHeight = 24;
    struct Column {
        int value = 0, note = 0;  ///< Widths in pixels.
        bool narrow = false;      ///< Its notes have no room.
        QString header;
    };
    std::vector<Column> columns() const;
    int titleWidth() const;

    QString first_;
    QStringList header_;
    std::vector<CurveRow> rows_;
};

}  // namespace foothold::ui
