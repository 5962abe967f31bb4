// SPDX-License-Identifier: GPL-3.0-or-later
// The solve curve's graphs, mouse, keys and words. solve_curve_paint.cpp paints what lies over them.
#include "ui/views/inspect/solve_curve.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"
#include "ui/views/live/map_states.h"
#include "ui/views/common/plot_overlay.h"

namespace foothold::ui {
namespace {

constexpr int kLeft = 34, kTop = 26, kBottom = 38, kLeastRight = 16, kMostRight = 92;
constexpr double kReach = 11;  // Pixels from a point at which it answers the mouse.

}  // namespace

SolveCurve::SolveCurve(QWidget* parent) : QWidget(parent), plot_(new QCustomPlot(this)) {
    setObjectName(QStringLiteral("solve-curve"));
    setAccessibleName(tr("Solve probability by prefix ratio"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    plot_->setObjectName(QStringLiteral("solve-curve.canvas"));
    plot_->setAttribute(Qt::WA_TransparentForMouseEvents);
    plot_->setFocusPolicy(Qt::NoFocus);
    build();
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        lines_ = curveLines(state_);
        redraw();
    });
    redraw();
}

void SolveCurve::build() {
    plot_->plotLayout()->setMargins({});
    plot_->addLayer("marks", plot_->layer("main"), QCustomPlot::limAbove);
    plot_->addLayer("cursor", plot_->layer("grid"), QCustomPlot::limAbove);  // The curves and their words lie over the cut.
    plot_->layer("cursor")->setMode(QCPLayer::lmBuffered);
    QCPAxisRect* rect = plot_->axisRect();
    rect->setAutoMargins(QCP::msNone);
    rect->setMinimumSize(10, 10);
    for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) {
        auto ticker = QSharedPointer<QCPAxisTickerText>::create();
        for (const double at : {0., .25, .5, .75, 1.}) ticker->addTick(at, shareText(at));
        axis->setTicker(ticker);
        axis->setTickLength(0);
        axis->setSubTicks(false);
        axis->setTickPen(Qt::NoPen);
        axis->setTickLabelPadding(6);
        axis->grid()->setZeroLinePen(Qt::NoPen);
    }
    plot_->xAxis->setRange(-0.02, 1.02);
    plot_->yAxis->setRange(0, 1.02);
    new PlotPainter(plot_, "marks", [this](QCPPainter& painter) {
        if (!anySampled(state_)) return paintEmpty(painter);
        paintMarks(painter);
        paintFoothold(painter);
        paintLabels(painter);
    });
    new PlotPainter(plot_, "cursor", [this](QCPPainter& painter) { paintCut(painter); });
}

void SolveCurve::setState(const CurveState& state) {
    state_ = state;
    lines_ = curveLines(state_);
    if (hover_.curve >= static_cast<int>(state_.curves.size()) ||
        (hover_.curve >= 0 && hover_.point >= static_cast<int>(state_.curves[static_cast<std::size_t>(hover_.curve)].points.size())))
        hover_ = {};
    redraw();
}

void SolveCurve::setCut(double ratio) {
    ratio = std::clamp(ratio, 0.0, 1.0);
    if (ratio == cut_) return;
    cut_ = ratio;
    plot_->layer("cursor")->replot();
    setAccessibleDescription(summary());
}

void SolveCurve::setCap(double ratio) {
    cap_ = true;
    setFocusPolicy(Qt::NoFocus);
    setCut(ratio);
}

void SolveCurve::makeGraphs() {
    while (graphs_.size() > state_.curves.size()) {
        for (QCPGraph* graph : {graphs_.back().line, graphs_.back().high, graphs_.back().low}) plot_->removeGraph(graph);
        graphs_.pop_back();
    }
    while (graphs_.size() < state_.curves.size()) {
        graphs_.push_back({plot_->addGraph(), plot_->addGraph(), plot_->addGraph()});
        graphs_.back().high->setChannelFillGraph(graphs_.back().low);
        for (QCPGraph* graph : {graphs_.back().low, graphs_.back().high}) {
            graph->setPen(Qt::NoPen);
            graph->setAdaptiveSampling(false);
        }
    }
}

void SolveCurve::redraw() {
    const Theme& theme = Theme::instance();
    makeGraphs();
    plot_->setBackground(QBrush(theme.color(ColorRole::surface)));
    for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) {
        axis->setBasePen(axis == plot_->xAxis ? QPen(theme.color(ColorRole::borderStrong), 1) : QPen(Qt::NoPen));
        axis->setTickLabelFont(theme.font(FontRole::caption));
        axis->setTickLabelColor(theme.color(ColorRole::text3));
        axis->grid()->setPen(QPen(theme.color(ColorRole::gridLine), 1));
    }
    for (std::size_t i = 0; i < graphs_.size(); ++i) {
        QVector<QCPGraphData> line, low, high;
        for (const CurvePoint& point : state_.curves[i].points) {
            if (point.n == 0) continue;
            line.push_back({point.ratio, point.p()});
            low.push_back({point.ratio, point.interval.first});
            high.push_back({point.ratio, point.interval.second});
        }
        QColor band = lines_[i].pen.color();
        band.setAlphaF(theme.isDark() ? .20F : .15F);
        graphs_[i].line->setPen(lines_[i].pen);
        graphs_[i].high->setBrush(band);
        graphs_[i].line->data()->set(line, true);
        graphs_[i].low->data()->set(low, true);
        graphs_[i].high->data()->set(high, true);
    }
    layoutLabels();
    plot_->replot(QCustomPlot::rpQueuedReplot);
    setAccessibleDescription(summary());
}

void SolveCurve::layoutLabels() {
    QFont font = Theme::instance().font(FontRole::caption);
    font.setWeight(QFont::DemiBold);
    const QFontMetrics metrics(font);
    int widest = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i)
        if (nearestPoint(state_.curves[i], 1)) widest = std::max(widest, metrics.horizontalAdvance(lines_[i].name) + 18);
    plot_->axisRect()->setMargins({kLeft, kTop, std::clamp(widest, kLeastRight, kMostRight), kBottom});
}

QRect SolveCurve::inner() const { return rect().marginsRemoved(plot_->axisRect()->margins()); }

QPointF SolveCurve::pixelOf(double ratio, double share) const {
    const QRectF r = inner();
    const QCPRange x = plot_->xAxis->range(), y = plot_->yAxis->range();
    return {r.left() + (ratio - x.lower) / x.size() * r.width(), r.bottom() - (share - y.lower) / y.size() * r.height()};
}

bool SolveCurve::hollow(const CurvePoint& point) const {
    return point.interval.second - point.interval.first > 2 * state_.settings.half_width + 1e-9 && point.n < state_.settings.most;
}

std::vector<double> SolveCurve::cuts() const {
    std::vector<double> all;
    if (const int gold = goldIndex(state_); gold >= 0) {
        const Curve& curve = state_.curves[static_cast<std::size_t>(gold)];
        for (const CurvePoint& point : curve.points) all.push_back(point.ratio);
        if (const std::size_t steps = curve.trace.steps.size(); all.size() < 2 && steps > 0) {
            all.clear();
            for (std::size_t i = 0; i <= steps; ++i) all.push_back(double(i) / double(steps));
        }
    }
    return all;
}

void SolveCurve::choose(double x) {
    if (cap_) return;
    const QRectF r = inner();
    const QCPRange range = plot_->xAxis->range();
    double ratio = std::clamp(range.lower + (x - r.left()) / r.width() * range.size(), 0.0, 1.0);
    const std::vector<double> all = cuts();
    if (!all.empty())
        ratio = *std::min_element(all.begin(), all.end(), [ratio](double a, double b) { return std::abs(a - ratio) < std::abs(b - ratio); });
    if (ratio == cut_) return;
    setCut(ratio);
    Q_EMIT cutChosen(ratio);
}

SolveCurve::Hit SolveCurve::hitAt(QPointF at) const {
    Hit best;
    double nearest = kReach;
    for (std::size_t c = 0; c < state_.curves.size(); ++c)
        for (std::size_t p = 0; p < state_.curves[c].points.size(); ++p) {
            const CurvePoint& point = state_.curves[c].points[p];
            if (point.n == 0) continue;
            const QPointF d = pixelOf(point.ratio, point.p()) - at;
            if (const double distance = std::hypot(d.x(), d.y()); distance < nearest) {
                nearest = distance;
                best = {static_cast<int>(c), static_cast<int>(p)};
            }
        }
    return best;
}

QString SolveCurve::hitWords(Hit hit) const {
    const Curve& curve = state_.curves[static_cast<std::size_t>(hit.curve)];
    const CurvePoint& point = curve.points[static_cast<std::size_t>(hit.point)];
    const CurveLine& line = lines_[static_cast<std::size_t>(hit.curve)];
    QString text = curve.trace.kind == CurveTrace::Kind::null
                       ? tr("%1: as many steps left as after %n step(s)", nullptr, point.given).arg(line.title)
                       : tr("%1, %n step(s) given (%2)", nullptr, point.given).arg(line.title, shareText(point.ratio));
    text += '\n' + tr("solved %1 %2").arg(shareText(point.p()), intervalText(point.interval));
    text += '\n' + tr("%1 of %2 right, %3 of them sound").arg(point.successes).arg(point.n).arg(point.sound);
    if (hollow(point)) text += '\n' + tr("not yet known to ±%1").arg(shareText(state_.settings.half_width));
    return text;
}

QString SolveCurve::summary() const {
    if (!anySampled(state_)) return state_.failure.empty() ? tr("not sampled yet") : QString::fromStdString(state_.failure);
    QStringList parts;
    for (std::size_t i = 0; i < state_.curves.size(); ++i) {
        const Curve& curve = state_.curves[i];
        QStringList values;
        const auto add = [&](double ratio, const QString& words) {
            const CurvePoint* point = nearestPoint(curve, ratio);
            if (point && std::abs(point->ratio - ratio) < 0.07) values << words.arg(shareText(point->p()));
        };
        add(0, tr("%1 without a hint"));
        add(.5, tr("%1 at half"));
        add(1, tr("%1 in full"));
        if (values.isEmpty()) continue;
        QString part = lines_[i].title + QStringLiteral(": ") + values.join(QStringLiteral(", "));
        if (curve.trace.kind == CurveTrace::Kind::gold) {
            const auto foothold = curve.foothold();
            const auto steps = curve.trace.steps.size();
            part += foothold ? tr("; foothold at %1 of %2 steps").arg(foothold->given).arg(steps) : tr("; no foothold");
        }
        parts << part;
    }
    return parts.join(QStringLiteral(". ")) + (cap_ ? tr(". Largest prefix ratio %1.") : tr(". Cut at %1.")).arg(shareText(cut_));
}

void SolveCurve::resizeEvent(QResizeEvent*) {
    plot_->setGeometry(rect());
    plot_->replot(QCustomPlot::rpQueuedReplot);
}

void SolveCurve::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) choose(event->position().x());
}

void SolveCurve::mouseMoveEvent(QMouseEvent* event) {
    if (event->buttons() & Qt::LeftButton) return choose(event->position().x());
    const Hit hit = hitAt(event->position());
    if (hit == hover_) return;
    hover_ = hit;
    plot_->layer("cursor")->replot();
    if (hit.curve < 0)
        QToolTip::hideText();
    else
        QToolTip::showText(event->globalPosition().toPoint(), hitWords(hit), this);
}

void SolveCurve::leaveEvent(QEvent*) {
    if (hover_ == Hit{}) return;
    hover_ = {};
    plot_->layer("cursor")->replot();
}

void SolveCurve::keyPressEvent(QKeyEvent* event) {
    const int by = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    const std::vector<double> all = cuts();
    if (by == 0 || all.empty()) return QWidget::keyPressEvent(event);
    double next = cut_;
    for (const double at : all) {
        if (by > 0 && at > cut_ + 1e-9) {
            next = at;
            break;
        }
        if (by < 0 && at < cut_ - 1e-9) next = at;
    }
    if (next == cut_) return;
    setCut(next);
    Q_EMIT cutChosen(next);
}

void SolveCurve::focusInEvent(QFocusEvent*) { plot_->layer("cursor")->replot(); }
void SolveCurve::focusOutEvent(QFocusEvent*) { plot_->layer("cursor")->replot(); }

}  // namespace foothold::ui
