// SPDX-License-Identifier: GPL-3.0-or-later
// Drawing a study's plot.
#include "ui/views/studies/study_chart.h"

#include <algorithm>
#include <cmath>

#include "ui/views/common/export_button.h"
#include "ui/views/common/plot_overlay.h"
#include "ui/views/compare/arm_style.h"

namespace foothold::ui {

StudyChart::StudyChart(const QString& study, int number, StudyPlot plot, QWidget* parent)
    : Card(QStringLiteral("study.%1.plot-%2").arg(study).arg(number), parent), name_(QStringLiteral("%1-%2").arg(study).arg(number)), data_(std::move(plot)) {
    auto* title = new Text(QString::fromStdString(data_.title), FontRole::cardTitle);
    title->setElided(true);
    title->setToolTip(title->text());
    header()->addWidget(title, 1);
    header()->addWidget(new ExportButton(name_, [this] { return ExportSource{this, {plot_}}; }));
    header()->setContentsMargins(12, 10, 12, 4);
    body()->addWidget(plot_ = new QCustomPlot);
    plot_->setObjectName(QStringLiteral("study.canvas-%1").arg(number));
    plot_->setFixedHeight(data_.categories.empty() ? 260 : 320);
    plot_->setFocusPolicy(Qt::NoFocus);
    plot_->setAttribute(Qt::WA_TransparentForMouseEvents);  // The wheel scrolls the page, here too.
    plot_->setBackground(Qt::NoBrush);
    plot_->setAttribute(Qt::WA_OpaquePaintEvent, false);
    plot_->axisRect()->setAutoMargins(QCP::msNone);
    if (data_.categories.empty()) new PlotPainter(plot_, QStringLiteral("overlay"), [this](QCPPainter& painter) { labelCurves(painter); });
    else if (data_.series.size() > 1) new PlotPainter(plot_, QStringLiteral("overlay"), [this](QCPPainter& painter) { labelBars(painter); });
    connect(&Theme::instance(), &Theme::changed, this, &StudyChart::redraw);
    redraw();
}

/// Names of the curves at their ends.
void StudyChart::labelCurves(QCPPainter& painter) const {
    std::vector<EdgeLabel> labels;
    const QRect area = plot_->axisRect()->rect();
    for (std::size_t i = 0; i < data_.series.size(); ++i) {
        const auto& points = data_.series[i].points;
        if (points.empty() || !std::isfinite(points.back().y)) continue;
        labels.push_back({plot_->yAxis->coordToPixel(points.back().y), QStringLiteral("%1 %2").arg(QString::fromStdString(data_.series[i].name), shareText(points.back().y)), armColor(i)});
        for (const double part : {.3, .65, 1.0}) {
            const PlotPoint& p = points[static_cast<std::size_t>(part * static_cast<double>(points.size() - 1))];
            drawArmMarker(painter, {plot_->xAxis->coordToPixel(p.x), plot_->yAxis->coordToPixel(p.y)}, i);
        }
    }
    painter.setFont(Theme::instance().font(FontRole::caption));
    pushApart(labels, 15, area.top(), area.bottom());
    for (const EdgeLabel& label : labels) {
        painter.setPen(label.color);
        painter.drawText(QRectF(area.right() + 10, label.y - 8, 200, 16), Qt::AlignVCenter, painter.fontMetrics().elidedText(label.text, Qt::ElideMiddle, 200));
    }
}

/// Names of the bars that stand together, from top to bottom as they do.
void StudyChart::labelBars(QCPPainter& painter) const {
    const QRect area = plot_->axisRect()->rect();
    painter.setFont(Theme::instance().font(FontRole::caption));
    for (std::size_t i = 0; i < data_.series.size(); ++i) {
        const double y = area.top() + 12 + 18 * static_cast<double>(i);
        drawArmMarker(painter, {area.right() + 16., y}, i);
        painter.setPen(armColor(i));
        painter.drawText(QRectF(area.right() + 26, y - 8, 100, 16), Qt::AlignVCenter, QString::fromStdString(data_.series[i].name));
    }
}

void StudyChart::redraw() {
    const Theme& theme = Theme::instance();
    plot_->clearPlottables();
    for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) {
        axis->setBasePen(theme.color(ColorRole::border));
        axis->setTickPen(Qt::NoPen);
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(theme.color(ColorRole::text2));
        axis->setTickLabelFont(theme.font(FontRole::caption));
        axis->setLabelColor(theme.color(ColorRole::text2));
        axis->setLabelFont(theme.font(FontRole::caption));
        axis->grid()->setPen(QPen(theme.color(ColorRole::gridLine)));
        axis->grid()->setZeroLinePen(QPen(theme.color(ColorRole::borderStrong)));
    }
    double low = 0, high = 0, right = 0;
    for (const auto& series : data_.series)
        for (const PlotPoint& p : series.points)
            if (std::isfinite(p.y)) low = std::min(low, p.y), high = std::max(high, p.y), right = std::max(right, p.x);
    // Few seeds make wide intervals, but no share lies outside 0 and 1.
    const bool shares = low >= 0 && high <= 1;
    const auto inside = [&](double value) { return shares ? std::clamp(value, 0., 1.) : value; };
    for (const auto& series : data_.series)
        for (const PlotPoint& p : series.points)
            if (std::isfinite(p.y)) low = std::min(low, inside(p.lo)), high = std::max(high, inside(p.hi));
    const bool bars = !data_.categories.empty();
    // Tokens are counted in millions where there are many.
    const bool millions = !bars && right > 2e5;
    QStringList words;
    if (bars) {
        const auto together = static_cast<double>(std::max<std::size_t>(1, data_.series.size()));  // Bars of a category share its height.
        const double height = .6 / together;
        plot_->axisRect()->setMargins({170, 8, together > 1 ? 130 : 24, 40});
        auto ticker = QSharedPointer<QCPAxisTickerText>::create();
        for (std::size_t i = 0; i < data_.categories.size(); ++i) ticker->addTick(-static_cast<double>(i), QString::fromStdString(data_.categories[i]));
        plot_->yAxis->setTicker(ticker);
        plot_->yAxis->setRange(-static_cast<double>(data_.categories.size()) + .4, .6);
        plot_->xAxis->setLabel(QString::fromStdString(data_.y_label));
        plot_->xAxis->setRange(low * 1.05, low < 0 ? std::max(0., high * 1.05) : std::max(.1, high * 1.05));
        for (std::size_t s = 0; s < data_.series.size(); ++s) {
            auto* rows = new QCPBars(plot_->yAxis, plot_->xAxis);
            rows->setWidth(height);
            const double shift = height * ((together - 1) / 2 - static_cast<double>(s));
            QColor fill = armColor(s);
            fill.setAlpha(theme.isDark() ? 150 : 110);
            rows->setBrush(fill);
            rows->setPen(QPen(armColor(s)));
            auto* whiskers = new QCPErrorBars(plot_->yAxis, plot_->xAxis);
            whiskers->setErrorType(QCPErrorBars::etValueError);
            whiskers->setDataPlottable(rows);
            whiskers->setPen(QPen(theme.color(ColorRole::text), 1.4));
            // QCustomPlot pairs errors with sorted keys: the last category first.
            const auto& points = data_.series[s].points;
            for (auto p = points.rbegin(); p != points.rend(); ++p) {
                rows->addData(shift - p->x, p->y);
                whiskers->addData(p->y - inside(p->lo), inside(p->hi) - p->y);
            }
            for (const PlotPoint& p : points) words += tr("%1: %2 [%3, %4]").arg((together > 1 ? QString::fromStdString(data_.series[s].name) + QStringLiteral(", ") : QString()) + QString::fromStdString(data_.categories[static_cast<std::size_t>(p.x)]), shareText(p.y), shareText(p.lo), shareText(p.hi));
        }
    } else {
        plot_->axisRect()->setMargins({48, 8, 220, 40});
        plot_->xAxis->setLabel(millions ? tr("million %1").arg(QString::fromStdString(data_.x_label)) : QString::fromStdString(data_.x_label));
        plot_->yAxis->setLabel(QString::fromStdString(data_.y_label));
        const double unit = millions ? 1e6 : 1;
        plot_->xAxis->setRange(0, right > 0 ? right / unit : 1);
        plot_->yAxis->setRange(low * 1.05, std::max(.1, std::min(1.02, high * 1.05)));
        for (std::size_t s = 0; s < data_.series.size(); ++s) {
            QCPGraph *under = plot_->addGraph(), *over = plot_->addGraph(), *line = plot_->addGraph();
            QColor band = armColor(s);
            band.setAlpha(theme.isDark() ? 55 : 38);
            under->setPen(Qt::NoPen);
            over->setPen(Qt::NoPen);
            over->setBrush(band);
            over->setChannelFillGraph(under);
            line->setPen(armPen(s));
            for (const PlotPoint& p : data_.series[s].points) {
                if (!std::isfinite(p.y)) continue;
                line->addData(p.x / unit, p.y);
                under->addData(p.x / unit, inside(p.lo));
                over->addData(p.x / unit, inside(p.hi));
            }
            if (!data_.series[s].points.empty()) words += tr("%1 ends at %2").arg(QString::fromStdString(data_.series[s].name), shareText(data_.series[s].points.back().y));
        }
    }
    plot_->setAccessibleName(QString::fromStdString(data_.title));
    plot_->setAccessibleDescription(words.isEmpty() ? tr("Nothing to draw yet") : words.join(QStringLiteral("; ")));
    setToolTip(plot_->accessibleDescription());
    plot_->replot(QCustomPlot::rpQueuedReplot);
}

ShownTable StudyChart::shownTable() const {
    ShownTable table{{QStringLiteral("series"), QString::fromStdString(data_.categories.empty() ? data_.x_label : std::string("category")).replace(' ', '_'), QStringLiteral("value"), QStringLiteral("low"), QStringLiteral("high")}, {}};
    for (const auto& series : data_.series)
        for (const PlotPoint& p : series.points)
            table.rows.push_back({QString::fromStdString(series.name), data_.categories.empty() ? csvNumber(p.x) : QString::fromStdString(data_.categories[static_cast<std::size_t>(p.x)]), csvNumber(p.y), csvNumber(p.lo), csvNumber(p.hi)});
    return table;
}

}  // namespace foothold::ui
