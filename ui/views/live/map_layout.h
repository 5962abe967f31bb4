// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of the heat map: bands of a tier, rows of a whole number of pixels, binned when they would be too thin.
#pragma once
#include <QRect>
#include <vector>

namespace foothold::ui {

class RunModel;

/// Rows count from the top (RunModel::rows()). A line of cells stands for `bin` rows of one tier. Pixels from the map's
/// top.
struct MapLayout {
    struct Band {
        int tier, firstRow, rows;  ///< Index of the tier (0 = easiest).
        int top, height;           ///< Pixels, without the gap to the next tier.
        int firstLine, lines;
        bool operator==(const Band&) const = default;
    };
    std::vector<Band> bands;
    int bin = 1, pitch = 10;  ///< Rows in a line; pixels from line to line (1 of them the gap).
    int height = 0;           ///< Of all bands and gaps.
    int gap = 6;              ///< Between two tiers, the rule in its middle.

    static constexpr int tierGap = 6;  ///< The least of it.

    static MapLayout fit(const RunModel& model, int height);
    bool operator==(const MapLayout&) const = default;

    int lines() const { return bands.empty() ? 0 : bands.back().firstLine + bands.back().lines; }
    int lineOf(int row) const;
    int lineTop(int line) const;
    /// Rows [first, last) that a line stands for.
    std::pair<int, int> rowsOf(int line) const;
    /// Row at a height: the one its part of the line belongs to; the nearest row if `clamp`, else -1 outside.
    int rowAt(double y, bool clamp = false) const;
};

}  // namespace foothold::ui
