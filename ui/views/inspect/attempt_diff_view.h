// SPDX-License-Identifier: GPL-3.0-or-later
// The two columns of the comparison of attempts.
#pragma once
#include <QAbstractScrollArea>

#include "ui/views/inspect/attempt_diff.h"

namespace foothold::ui {

class DiffView : public QAbstractScrollArea {
    Q_OBJECT
   public:
    DiffView(const Attempt& left, const Attempt& right, const AttemptDifference& difference, QWidget* parent = nullptr);
    void setOnlyDifferent(bool on);
    int rowsShown() const;  ///< Folded runs of equal rows count as one.

   protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

   private:
    struct Line {
        int row;           ///< -1 = stands for `folded` equal rows.
        int folded = 0;
        int y = 0, height = 0;
    };
    /// Places the words [from, to) in a column; paints with a painter; returns the height.
    int flow(QPainter* painter, const AttemptWords& words, const std::vector<char>& differs, int from, int to, int left, int top, int width, bool second) const;
    void place();
    int columnWidth() const;
    const AttemptDifference& difference_;
    QString leftTitle_, rightTitle_;
    bool leftRight_, rightRight_;  ///< Is its answer right?
    bool only_ = false;
    std::vector<Line> lines_;
};

}  // namespace foothold::ui
