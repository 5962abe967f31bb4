// SPDX-License-Identifier: GPL-3.0-or-later
// How one cell of the heat map looks, by state and size. Also the legend's swatches.
#pragma once
#include <QHash>
#include <QImage>
#include <QSize>
#include <array>

#include "record/attempt.h"
#include "ui/views/live/map_states.h"

class QPainter;

namespace foothold::ui {

/// What a cell that stands for several groups shows.
struct CellShares {
    std::array<int, kLegendEntries> count{};  ///< Groups in each legend entry.
    double right = 0;                         ///< Sum of the mixed groups' shares right.
    int total() const;
    void add(const GroupSummary& group);
};

/// How strongly a cell is drawn.
enum CellStrength {
    cellFresh = 0,
    cellStale = 1,
    cellDimmed = 2
};  ///< Bits: not drawn at this step; its state is filtered out.

/// Paints cells of one size; keeps each that it made as an image. Sizes are device-independent pixels, images are at
/// `ratio`.
class MapCells {
public:
    void setSize(QSize cell, double ratio);
    QSize size() const { return size_; }
    void clear() { made_.clear(); }  ///< After a change of theme.

    const QImage& group(const GroupSummary& group, int strength);
    /// Shares of states stacked: right at the bottom, all wrong on top. `dimmed` lists filtered legend entries as bits.
    void stack(QPainter& painter, QPoint at, const CellShares& shares, bool stale, unsigned dimmed) const;

    /// One cell straight into a painter, for swatches and cards.
    static void paint(QPainter& painter, const QRectF& rect, const GroupSummary& group, bool withNumber = false);
    static GroupSummary example(int legendEntry);  ///< A group of that entry.

private:
    QSize size_;
    double ratio_ = 1;
    QHash<quint32, QImage> made_;
};

/// Share of full strength for a combination of CellStrength bits.
double cellOpacity(int strength);

/// A diagonal hatch for areas, crisp at the given device pixel ratio.
QBrush hatchBrush(double ratio);

}  // namespace foothold::ui
