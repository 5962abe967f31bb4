// SPDX-License-Identifier: GPL-3.0-or-later
// Headings of the plots, and the overlay: later steps faded, markers, the cursor, values at the right edge.
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"
#include "ui/views/live/map_cells.h"
#include "ui/views/live/map_states.h"
#include "ui/views/common/plot_overlay.h"
#include "ui/views/live/plots.h"
#include "ui/views/common/step_axis.h"
#include "ui/views/common/tier_labels.h"

namespace foothold::ui {
namespace {

constexpr double kHeading = 20, kLabelPitch = 13;

QColor color(ColorRole role) { return Theme::instance().color(role); }

}  // namespace

void Plots::paintHeadings(QPainter& painter) const {
    const Theme& theme = Theme::instance();
    const auto heading = [&](Row row) {
        const QRect r = rects_[row]->rect();
        return QRectF(r.left(), r.top() - kHeading - 2, r.width(), kHeading);
    };
    using Kind = KeyEntry::Kind;
    QPen dashed = wrongBefore_->pen();
    std::vector<KeyEntry> shares = {{Kind::box, tr("all wrong"), hatchBrush(devicePixelRatioF()), Qt::NoPen},
                                    {Kind::line, tr("before hints"), {}, dashed},
                                    {Kind::box, tr("all right"), color(ColorRole::allRight), QPen(color(ColorRole::allRightLine), 1.5)}};
    if (data_.lucky()) shares.push_back({Kind::line, tr("push on luck"), {}, luck_->pen()});
    shares.push_back({Kind::words, axis_->bin() > 1 ? tr("EMA .80, mean of %1 steps").arg(axis_->bin()) : tr("EMA .80"), {}, Qt::NoPen});
    drawHeading(painter, heading(spread), tr("Groups with no reward spread (no gradient)"), shares);
    std::vector<KeyEntry> levels;
    for (const double level : {0.75, 0.5, 0.25})
        levels.push_back({Kind::box, shareText(level) + (level == 0.25 ? tr(" of trace") : QString()),
                          theme.stateColor(GroupState::rescued, 0, level), Qt::NoPen});
    drawHeading(painter, heading(hints), tr("Hint level used"), levels);
    drawHeading(painter, heading(heldout), tr("Held-out success without hints"),
                {{Kind::words,
                  dense() ? tr("bold: smoothed (EMA .80) · thin: raw") : tr("bold: sampled · thin: greedy"),
                  {},
                  Qt::NoPen}});
    painter.save();
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(color(ColorRole::text3));
    const QRect bottom = rects_[heldout]->rect();
    painter.drawText(QRectF(0, bottom.bottom() + 3, 60, 18), Qt::AlignLeft | Qt::AlignVCenter, tr("step"));
    const QRect middle = rects_[hints]->rect();
    painter.drawText(QRectF(middle.right() + 8, middle.top(), StepAxis::rightMargin - 12, middle.height()),
                     Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, tr("share of groups"));
    if (model_->lastStep() < 1)
        painter.drawText(rects_[spread]->rect(), Qt::AlignCenter,
                         model_->session() ? tr("Begins with the first step.") : QString());
    painter.restore();
}

void Plots::paintOverlay(QPainter& painter) const {
    if (focusRing_) {
        painter.save();
        painter.setPen(QPen(color(ColorRole::accent), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), Theme::controlRadius, Theme::controlRadius);
        painter.restore();
    }
    const qint64 head = static_cast<qint64>(data_.levels.size()) - 1, step = std::min(selection_->step(), head);
    if (head < 0) return;
    const Theme& theme = Theme::instance();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (const QCPAxisRect* rect : rects_) {
        const QRect r = rect->rect();
        if (!selection_->live() && step < head) {
            QColor veil = color(ColorRole::surface);
            veil.setAlphaF(0.66f);
            const int from = std::max(axis_->left(), axis_->columnLeft(step) + axis_->pitch());
            if (from < axis_->right()) painter.fillRect(QRect(QPoint(from, r.top()), r.bottomRight()), veil);
        }
        for (const StepMarker& marker : markers_)
            if (axis_->visible(marker.step))
                drawMarkerLine(painter, axis_->columnLeft(marker.step), r.top(), r.bottom(), marker.byUser);
        if (axis_->visible(step)) {
            const double x = axis_->columnLeft(step) + (axis_->pitch() - 1) / 2;
            painter.fillRect(QRectF(x - 1, r.top(), 2, r.height()), color(ColorRole::accent));
        }
    }

    const auto drawLabels = [&](Row row, std::vector<EdgeLabel>& labels) {
        const QRect r = rects_[row]->rect();
        pushApart(labels, kLabelPitch, r.top() - 4, r.bottom() + 6);
        QFont font = theme.font(FontRole::caption);
        font.setWeight(QFont::DemiBold);
        painter.setFont(font);
        for (const EdgeLabel& label : labels) {
            painter.setPen(label.color);
            painter.drawText(QRectF(r.right() + 8, label.y - 8, StepAxis::rightMargin - 8, 16),
                             Qt::AlignLeft | Qt::AlignVCenter, label.text);
        }
    };
    const auto add = [&](std::vector<EdgeLabel>& labels, Row row, const PlotSeries& series, bool smooth, bool above,
                         const QString& text, const QColor& ink) {
        const int i = series.indexAt(step);
        if (i < 0) return;
        const double value = (smooth ? series.smooth : series.value)[static_cast<std::size_t>(i)];
        labels.push_back({rects_[row]->axis(QCPAxis::atLeft)->coordToPixel(above ? 1 - value : value),
                          text.arg(shareText(value)), ink});
    };
    std::vector<EdgeLabel> shares, tiers;
    add(shares, spread, data_.allRight, true, true, tr("%1 right"), color(ColorRole::allRightLine));
    if (data_.allWrongBefore.measuredAt(step))  // Not where every group got its hint at once.
        add(shares, spread, data_.allWrongBefore, true, false, tr("%1 before"),
            color(theme.isDark() ? ColorRole::rescued75 : ColorRole::warn));
    add(shares, spread, data_.allWrong, true, false, tr("%1 wrong"), color(ColorRole::text2));
    if (data_.lucky() && rects_[spread]->rect().height() >= 4 * kLabelPitch - 10) add(shares, spread, data_.luck, true, false, tr("%1 luck"), color(ColorRole::lucky));
    drawLabels(spread, shares);
    for (std::size_t tier = 0; tier < data_.accuracy.size(); ++tier)
        add(tiers, heldout, data_.accuracy[tier], dense(), false,
            tierShort(static_cast<int>(tier)) + QChar(0x2002) + "%1",
            theme.tierPen(static_cast<int>(tier), static_cast<int>(tiers_.size())).color());
    drawLabels(heldout, tiers);
    painter.restore();
}

}  // namespace foothold::ui
