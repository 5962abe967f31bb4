// SPDX-License-Identifier: GPL-3.0-or-later
// The cells of the heat map as one image that grows by columns.
#pragma once
#include <QImage>
#include <optional>
#include <set>
#include <vector>

#include "ui/views/live/map_cells.h"
#include "ui/views/live/map_layout.h"

namespace foothold::ui {

class RunModel;
class StepAxis;

/// What the image depends on besides the steps; when any of it changes the image is drawn afresh.
struct MapView {
    MapLayout layout;
    qint64 first = 0;
    int bin = 1, pitch = 8, width = 0;
    double ratio = 1;
    bool dark = false, onlyFresh = false;
    std::set<int> hidden;  ///< Legend entries filtered out.
    bool operator==(const MapView&) const = default;
};

class MapImage {
public:
    /// Draws what is missing: only new columns unless the view changed.
    void update(const RunModel& model, const MapView& view);
    void forget() { view_.reset(); }  ///< Another run.
    const QImage& image() const { return image_; }
    qint64 columnsDrawn() const {
        return drawn_;
    }  ///< Since the beginning, for tests: shows that drawing is incremental.

private:
    void restart(const RunModel& model, const MapView& view);
    void drawColumn(const RunModel& model, int column, qint64 from, qint64 to);
    std::optional<MapView> view_;
    QImage image_;
    MapCells cells_;
    int next_ = 0;  ///< First column that is not complete yet.
    qint64 drawn_ = 0;
    qint64 seen_ = -1;                               ///< Newest step drawn.
    std::vector<int> lineOf_;                        ///< [problem]
    std::vector<std::optional<GroupSummary>> last_;  ///< [problem], before column next_.
};

}  // namespace foothold::ui
