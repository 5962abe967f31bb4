// SPDX-License-Identifier: GPL-3.0-or-later
// Drawing columns of cells, each once.
#include "ui/views/live/map_image.h"

#include "ui/models/run_model.h"

#include <QPainter>
#include <algorithm>

namespace foothold::ui {

void MapImage::update(const RunModel& model, const MapView& view) {
    if (!view_ || !(*view_ == view)) restart(model, view);
    const qint64 head = model.lastStep();
    if (seen_ >= head || view_->layout.bands.empty()) return;
    const int columns = view.width / view.pitch;
    while (next_ < columns) {
        const qint64 from = view.first + static_cast<qint64>(next_) * view.bin, to = from + view.bin;
        if (from > head) break;
        drawColumn(model, next_, from, std::min(to, head + 1));
        if (to > head + 1) break;  // To be drawn again when it is complete.
        ++next_;
    }
    seen_ = head;
}

void MapImage::restart(const RunModel& model, const MapView& view) {
    if (!view_ || view_->dark != view.dark) cells_.clear();
    view_ = view;
    cells_.setSize({view.pitch - 1, view.layout.pitch - 1}, view.ratio);
    image_ =
        QImage(QSize(view.width, std::max(1, view.layout.height)) * view.ratio, QImage::Format_ARGB32_Premultiplied);
    image_.setDevicePixelRatio(view.ratio);
    image_.fill(Qt::transparent);
    next_ = 0;
    seen_ = -1;
    const auto& rows = model.rows();
    lineOf_.assign(rows.size(), 0);
    for (std::size_t row = 0; row < rows.size(); ++row)
        lineOf_[static_cast<std::size_t>(rows[row])] = view.layout.lineOf(static_cast<int>(row));
    last_.assign(rows.size(), std::nullopt);
    // The last group of each problem before the first visible step.
    std::size_t missing = last_.size();
    for (qint64 step = std::min(view.first, model.lastStep() + 1) - 1; step >= 0 && missing > 0; --step) {
        const auto& groups = model.steps()[static_cast<std::size_t>(step)]->groups;
        for (auto group = groups.rbegin(); group != groups.rend(); ++group)
            if (group->problem < last_.size() && !last_[group->problem]) {
                last_[group->problem] = *group;
                --missing;
            }
    }
}

void MapImage::drawColumn(const RunModel& model, int column, qint64 from, qint64 to) {
    ++drawn_;
    struct Line {
        CellShares fresh, stale;
        const GroupSummary* freshGroup = nullptr;
        const GroupSummary* staleGroup = nullptr;
    };
    std::vector<Line> lines(static_cast<std::size_t>(view_->layout.lines()));
    for (std::size_t problem = 0; problem < last_.size(); ++problem)
        if (last_[problem]) {
            Line& line = lines[static_cast<std::size_t>(lineOf_[problem])];
            line.stale.add(*last_[problem]);
            line.staleGroup = &*last_[problem];
        }
    for (qint64 step = from; step < to; ++step)
        for (const GroupSummary& group : model.steps()[static_cast<std::size_t>(step)]->groups)
            if (group.problem < lineOf_.size()) {
                Line& line = lines[static_cast<std::size_t>(lineOf_[group.problem])];
                line.fresh.add(group);
                line.freshGroup = &group;
            }

    const int x = column * view_->pitch;
    unsigned dimmed = 0;
    for (const int entry : view_->hidden) dimmed |= 1u << entry;
    QPainter painter(&image_);
    painter.setCompositionMode(QPainter::CompositionMode_Source);
    painter.fillRect(QRect(x, 0, view_->pitch, view_->layout.height), Qt::transparent);
    painter.setCompositionMode(QPainter::CompositionMode_SourceOver);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Line& line = lines[i];
        const bool fresh = line.freshGroup != nullptr;
        if (!fresh && (view_->onlyFresh || !line.staleGroup)) continue;
        const QPoint at(x, view_->layout.lineTop(static_cast<int>(i)));
        const CellShares& shares = fresh ? line.fresh : line.stale;
        const GroupSummary& group = fresh ? *line.freshGroup : *line.staleGroup;
        if (shares.total() == 1) {
            const bool hidden = dimmed >> legendEntry(group) & 1;
            painter.drawImage(at, cells_.group(group, (fresh ? 0 : cellStale) | (hidden ? cellDimmed : 0)));
        } else {
            cells_.stack(painter, at, shares, !fresh, dimmed);
        }
    }
    painter.end();

    if (to - from < view_->bin) return;  // Not complete: the state before this column must stay.
    for (qint64 step = from; step < to; ++step)
        for (const GroupSummary& group : model.steps()[static_cast<std::size_t>(step)]->groups)
            if (group.problem < last_.size()) last_[group.problem] = group;
}

}  // namespace foothold::ui
