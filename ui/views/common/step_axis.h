// SPDX-License-Identifier: GPL-3.0-or-later
// The one step axis: heat map, plots and scrubber share it, so that a step lies at the same pixel in all of them.
#pragma once
#include <QObject>
#include <vector>

class QWheelEvent;

namespace foothold::ui {

class RunModel;

/// Columns of a whole number of pixels: `pitch()` pixels for `bin()` steps, the first visible step at `left()`. The
/// views that share the axis stand one above the other, equally wide; positions are pixels from their left edge.
class StepAxis : public QObject {
    Q_OBJECT
public:
    /// The axis of a run's views, made with the first view and owned by the model.
    static StepAxis* of(RunModel* model);

    static constexpr int leftMargin = 84;   ///< Tier labels, axis numbers, buttons of the scrubber.
    static constexpr int rightMargin = 68;  ///< "Solved now", values at the cursor, the Live pill.

    void setWidth(int pixels);  ///< Of the views that share the axis.
    int left() const { return leftMargin; }
    int right() const { return width_ - rightMargin; }  ///< One past the last pixel.

    qint64 first() const { return first_; }  ///< First visible step, a multiple of bin().
    qint64 end() const;                      ///< One past the last step there is room for.
    int bin() const { return bin_; }         ///< Steps in a column.
    int pitch() const { return pitch_; }     ///< Pixels from column to column.
    qint64 head() const { return head_; }    ///< Newest step, -1 = none.
    double pixelsPerStep() const { return double(pitch_) / bin_; }

    double edge(double step) const {
        return left() + (step - double(first_)) * pixelsPerStep();
    }  ///< Left edge of a step.
    double center(double step) const { return edge(step + 0.5); }
    int columnLeft(qint64 step) const;  ///< Left pixel of the column that holds a step.
    qint64 stepAt(double x) const;      ///< Nearest step of the run; 0 if there is none.
    bool visible(qint64 step) const { return step >= first_ && step < end(); }
    std::vector<qint64> ticks() const;  ///< Round step numbers, at least 56 pixels apart.

    bool follow() const { return follow_; }  ///< The whole run is shown, however long it gets.
    void zoom(int notches, double x);  ///< In (> 0) or out around a pixel; ends following until all is shown again.
    void pan(qint64 steps);
    void reset();  ///< Shows the whole run and follows it.
    void ensureVisible(qint64 step);
    void wheel(QWheelEvent* event);  ///< Vertical zooms, horizontal (or with Shift) moves. For every view on the axis.

Q_SIGNALS:
    void changed();  ///< Range or width changed; new steps alone do not change it.

private:
    explicit StepAxis(RunModel* model);
    void sync();
    int columnsIn(int pitch) const;
    std::size_t fitting() const;
    void setLevel(std::size_t level, qint64 first);
    RunModel* model_;
    int width_ = 900, bin_ = 1, pitch_ = 8;
    qint64 first_ = 0, head_ = -1, planned_ = 0;
    std::size_t level_;
    bool follow_ = true;
};

}  // namespace foothold::ui
