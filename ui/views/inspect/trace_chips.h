// SPDX-License-Identifier: GPL-3.0-or-later
// A trace as chips, a step each, with the handle that cuts it: what stands before the handle is given.
#pragma once
#include <QWidget>
#include <optional>

class QLineEdit;

namespace foothold::ui {

/// Drag the handle (or Left, Right, Home, End) to cut; drag a chip (or Alt+Left, Alt+Right) to move a step; double click, F2 or Return to
/// edit one in place, Delete to take it out, Insert to put one in before it.
class TraceChips : public QWidget {
    Q_OBJECT
   public:
    explicit TraceChips(QWidget* parent = nullptr);

    /// Steps as people read them, beside those of the reference trace: words that differ are marked. An empty `was` = a step that the
    /// reference does not have.
    struct Step {
        QString text, was;
        bool operator==(const Step&) const = default;
    };
    void setTrace(std::vector<Step> steps, int cut);
    void setCut(int cut);
    int cut() const { return cut_; }
    int chosen() const { return chosen_; }  ///< The step with the keyboard's frame; -1 = none.
    void editStep(int at);                  ///< Opens the field in place.
    QRect chip(int at) const;
    QRect handle() const;                   ///< Of the present cut.

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {160, 40}; }

   Q_SIGNALS:
    void cutChosen(int steps);
    void stepEdited(int at, const QString& words);
    void stepInserted(int at, const QString& words);
    void stepRemoved(int at);
    void stepMoved(int from, int to);
    void editEnded();  ///< The field of a step is closed, whatever came of it.

   protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

   private:
    void place();
    int columnsFor(int width) const;
    int boundaryAt(QPoint where) const;
    int chipAt(QPoint where) const;
    void openField(int at, bool insert);
    void closeField();
    void describe();

    std::vector<Step> steps_;
    int cut_ = 0, chosen_ = -1, columns_ = 1, chipWidth_ = 120;
    enum class Drag { none, cut, press, move } drag_ = Drag::none;
    QPoint pressed_;
    int target_ = -1;  ///< Where a dragged chip would go.
    QLineEdit* field_ = nullptr;
};

}  // namespace foothold::ui
