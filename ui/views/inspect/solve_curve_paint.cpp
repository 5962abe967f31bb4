// SPDX-License-Identifier: GPL-3.0-or-later
// Over the solve curve: markers, labels at the lines' ends, gold's foothold, the cut with its handle, the empty state.
#include <QPainterPath>
#include <cmath>

#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/views/live/map_states.h"
#include "ui/views/common/plot_overlay.h"
#include "ui/views/inspect/solve_curve.h"

namespace foothold::ui {
namespace {

constexpr double kLabelPitch = 14;

QColor color(ColorRole role) { return Theme::instance().color(role); }

/// Text that stays legible across lines and bands.
void drawHaloed(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text, const QColor& ink) {
    const QFontMetricsF metrics(painter.font());
    const double width = metrics.horizontalAdvance(text);
    const double x = alignment & Qt::AlignRight ? rect.right() - width : alignment & Qt::AlignHCenter ? rect.center().x() - width / 2 : rect.left();
    QPainterPath path;
    path.addText(QPointF(x, rect.center().y() + metrics.capHeight() / 2), painter.font(), text);
    painter.strokePath(path, QPen(color(ColorRole::surface), 3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setPen(ink);
    painter.drawText(QPointF(x, rect.center().y() + metrics.capHeight() / 2), text);
}

}  // namespace

void SolveCurve::paintMarks(QPainter& painter) const {
    const Theme& theme = Theme::instance();
    painter.save();
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(color(ColorRole::text3));
    const QRect r = inner();
    painter.drawText(QRectF(r.left() - 20, height() - 18, r.width() + 40, 16), Qt::AlignCenter, tr("prefix ratio (share of trace steps given)"));
    // Gold last: it is what the others are measured against.
    for (std::size_t i = state_.curves.size(); i-- > 0;)
        for (const CurvePoint& point : state_.curves[i].points)
            if (point.n > 0) drawCurveMarker(painter, lines_[i], pixelOf(point.ratio, point.p()), hollow(point));
    painter.restore();
}

void SolveCurve::paintLabels(QPainter& painter) const {
    std::vector<EdgeLabel> labels;
    double end = 0;
    for (std::size_t i = 0; i < state_.curves.size(); ++i)
        if (const CurvePoint* last = nearestPoint(state_.curves[i], 1)) {
            labels.push_back({pixelOf(1, last->p()).y(), lines_[i].name, lines_[i].pen.color()});
            end = std::max(end, last->ratio);  // While it grows the labels go along.
        }
    const std::vector<EdgeLabel> wanted = labels;
    const QRect r = inner();
    pushApart(labels, kLabelPitch, r.top() - 7, r.bottom() + 7);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QFont font = Theme::instance().font(FontRole::caption);
    font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    for (const EdgeLabel& label : labels) {
        double from = label.y;
        for (const EdgeLabel& other : wanted)
            if (other.text == label.text && other.color == label.color) from = other.y;
        const double x = pixelOf(end, 0).x() + 5;
        if (std::abs(from - label.y) > 3) {  // A leader where the label had to move.
            QColor pale = label.color;
            pale.setAlphaF(.6F);
            painter.setPen(QPen(pale, 1));
            painter.drawLine(QPointF(x, from), QPointF(x + 6, label.y));
        }
        const QRectF place(x + 8, label.y - 8, width() - x - 9, 16);
        drawHaloed(painter, place, Qt::AlignLeft, painter.fontMetrics().elidedText(label.text, Qt::ElideRight, static_cast<int>(place.width())), label.color);
    }
    painter.restore();
}

void SolveCurve::paintFoothold(QPainter& painter) const {
    const int gold = goldIndex(state_);
    if (gold < 0) return;
    const Curve& curve = state_.curves[static_cast<std::size_t>(gold)];
    const auto foothold = curve.foothold();
    if (!foothold) return;
    const QColor ink = lines_[static_cast<std::size_t>(gold)].pen.color();
    const QPointF foot = pixelOf(foothold->ratio, foothold->p());
    const double top = std::max(foot.y() - 22, static_cast<double>(inner().top()) + 1);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(ink, 1.4));
    painter.drawLine(QPointF(foot.x(), foot.y() - 4), QPointF(foot.x(), top));
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    painter.drawPolygon(QPolygonF({QPointF(foot.x(), top), QPointF(foot.x() - 9, top + 4), QPointF(foot.x(), top + 8)}));
    const QString words = foothold->given == 0 ? tr("foothold without a hint")
                                               : tr("foothold %1 of %2").arg(foothold->given).arg(curve.trace.steps.size());
    QFont font = Theme::instance().font(FontRole::caption);
    font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    const double wide = QFontMetricsF(font).horizontalAdvance(words);
    const bool left = foot.x() - 14 - wide > inner().left();
    const QRectF place(left ? foot.x() - 14 - wide : foot.x() + 6, top - 4, wide, 16);
    drawHaloed(painter, place, Qt::AlignLeft, words, ink);
    painter.restore();
}

void SolveCurve::paintCut(QPainter& painter) const {
    const Theme& theme = Theme::instance();
    const QRect r = inner();
    const double x = pixelOf(cut_, 0).x();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor orange = color(ColorRole::rescued75);
    if (hover_.curve >= 0) {
        const Curve& curve = state_.curves[static_cast<std::size_t>(hover_.curve)];
        const CurvePoint& point = curve.points[static_cast<std::size_t>(hover_.point)];
        const QColor ink = lines_[static_cast<std::size_t>(hover_.curve)].pen.color();
        const QPointF middle = pixelOf(point.ratio, point.p());
        painter.setPen(QPen(ink, 1.4));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(middle, 7, 7);
        for (const double bound : {point.interval.first, point.interval.second}) {
            const double y = pixelOf(0, bound).y();
            painter.drawLine(QPointF(middle.x() - 4, y), QPointF(middle.x() + 4, y));
        }
    }
    QPen dashed(orange, 1.4);
    dashed.setDashPattern({3, 2.5});
    dashed.setCapStyle(Qt::FlatCap);
    painter.setPen(dashed);
    painter.drawLine(QPointF(x, r.top()), QPointF(x, r.bottom()));
    QFont font = theme.font(FontRole::caption);
    font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    if (cap_) {
        const QString words = tr("cap %1").arg(shareText(cut_));
        const double wide = QFontMetricsF(font).horizontalAdvance(words);
        drawHaloed(painter, QRectF(x - 5 - wide, r.top() - 1, wide, 16), Qt::AlignLeft, words, orange);
        return painter.restore();
    }
    const QRectF handle(x - 20, 3, 40, 17);
    if (hasFocus()) {
        painter.setPen(QPen(color(ColorRole::accent), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(handle.adjusted(-2.5, -2.5, 2.5, 2.5), 5, 5);
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(orange);
    painter.drawRoundedRect(handle, 3, 3);
    painter.setPen(color(ColorRole::onAccent));
    painter.drawText(handle, Qt::AlignCenter, shareText(cut_));
    painter.restore();
}

void SolveCurve::paintEmpty(QPainter& painter) const {
    const Theme& theme = Theme::instance();
    const QRectF r = inner();
    const bool failed = !state_.failure.empty();
    const QString words = failed ? QString::fromStdString(state_.failure)
                                 : tr("Probing samples attempts at each cut. Nothing is trained on them.");
    const int wide = static_cast<int>(std::min(r.width() - 24, 250.0));
    const int tall = QFontMetrics(theme.font(FontRole::caption)).boundingRect(QRect(0, 0, wide - 24, 1000), Qt::AlignHCenter | Qt::TextWordWrap, words).height();
    QRectF box(0, 0, wide, std::min(tall + 48.0, r.height()));
    box.moveCenter(r.center());
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color(ColorRole::surface));
    painter.drawRoundedRect(box, Theme::cardRadius, Theme::cardRadius);
    QPen dashed(color(failed ? ColorRole::bad : ColorRole::borderStrong), 1);
    dashed.setDashPattern({4, 3});
    painter.setPen(dashed);
    painter.drawRoundedRect(box.adjusted(.5, .5, -.5, -.5), Theme::cardRadius, Theme::cardRadius);
    painter.setFont(theme.font(FontRole::sectionTitle));
    painter.setPen(color(failed ? ColorRole::bad : ColorRole::text2));
    painter.drawText(QRectF(box.left() + 10, box.top() + 12, box.width() - 20, 18), Qt::AlignCenter,
                     failed ? tr("Sampling ended") : state_.step >= 0 ? tr("Sampling …") : tr("Not sampled yet"));
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(color(ColorRole::text3));
    painter.drawText(QRectF(box.left() + 12, box.top() + 33, box.width() - 24, box.height() - 36), Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, words);
    painter.setPen(color(ColorRole::text3));
    painter.drawText(QRectF(r.left() - 20, height() - 18, r.width() + 40, 16), Qt::AlignCenter, tr("prefix ratio (share of trace steps given)"));
    painter.restore();
}

}  // namespace foothold::ui
