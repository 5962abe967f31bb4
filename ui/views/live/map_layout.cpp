// SPDX-License-Identifier: GPL-3.0-or-later
// Fitting the rows into a height.
#include "ui/views/live/map_layout.h"

#include "ui/models/run_model.h"

#include <algorithm>

namespace foothold::ui {
namespace {

constexpr int kLeastPitch = 4, kMostPitch = 26;

int linesFor(const std::vector<MapLayout::Band>& bands, int bin) {
    int lines = 0;
    for (const auto& band : bands) lines += (band.rows + bin - 1) / bin;
    return lines;
}

}  // namespace

MapLayout MapLayout::fit(const RunModel& model, int height) {
    MapLayout layout;
    const auto& rows = model.rows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const int tier = model.tierOf(rows[i]);
        if (layout.bands.empty() || layout.bands.back().tier != tier)
            layout.bands.push_back({tier, static_cast<int>(i), 0, 0, 0, 0, 0});
        ++layout.bands.back().rows;
    }
    if (layout.bands.empty()) return layout;
    const int room = height - tierGap * static_cast<int>(layout.bands.size() - 1);
    const int count = static_cast<int>(rows.size());
    while (layout.bin < count && linesFor(layout.bands, layout.bin) * kLeastPitch > room) ++layout.bin;
    layout.pitch = std::clamp(room / linesFor(layout.bands, layout.bin), kLeastPitch, kMostPitch);
    // What is left over goes between the tiers, as far as it looks even.
    const int left = room - layout.pitch * linesFor(layout.bands, layout.bin);
    if (layout.bands.size() > 1)
        layout.gap = tierGap + std::clamp(left / static_cast<int>(layout.bands.size() - 1), 0, 8);
    int y = 0, line = 0;
    for (Band& band : layout.bands) {
        band.top = y;
        band.firstLine = line;
        band.lines = (band.rows + layout.bin - 1) / layout.bin;
        band.height = band.lines * layout.pitch;
        line += band.lines;
        y += band.height + layout.gap;
    }
    layout.height = y - layout.gap;
    return layout;
}

int MapLayout::lineOf(int row) const {
    for (const Band& band : bands)
        if (row < band.firstRow + band.rows) return band.firstLine + (row - band.firstRow) / bin;
    return -1;
}

int MapLayout::lineTop(int line) const {
    for (const Band& band : bands)
        if (line < band.firstLine + band.lines) return band.top + (line - band.firstLine) * pitch;
    return height;
}

std::pair<int, int> MapLayout::rowsOf(int line) const {
    for (const Band& band : bands)
        if (line < band.firstLine + band.lines) {
            const int first = band.firstRow + (line - band.firstLine) * bin;
            return {first, std::min(first + bin, band.firstRow + band.rows)};
        }
    return {0, 0};
}

int MapLayout::rowAt(double y, bool clamp) const {
    if (bands.empty()) return -1;
    for (const Band& band : bands) {
        if (y >= band.top + band.height && !(clamp && &band == &bands.back())) continue;
        if (y < band.top && !clamp) return -1;
        const double line = std::clamp((y - band.top) / pitch, 0.0, band.lines - 1e-9);
        return std::min(band.firstRow + static_cast<int>(line * bin), band.firstRow + band.rows - 1);
    }
    return -1;
}

}  // namespace foothold::ui
