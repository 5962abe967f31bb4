// SPDX-License-Identifier: GPL-3.0-or-later
// The plots' graphs, when they are redrawn, and the mouse. plot_paint.cpp paints headings, cursor and values.
#include "ui/views/live/plots.h"

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"
#include "ui/views/live/map_cells.h"
#include "ui/views/live/map_states.h"
#include "ui/views/common/plot_overlay.h"
#include "ui/views/common/step_axis.h"
#include "ui/views/common/step_keys.h"
#include "ui/views/common/tier_labels.h"

#include <QApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <algorithm>
#include <numeric>

namespace foothold::ui {
namespace {

// While steps arrive (the cursor moves at once): twice a second or so at most, about half a percent of the time, and never more than a second behind the map.
constexpr int kLeastPause = 400, kMostPause = 1000, kPausePerCost = 200;
constexpr int kTop = 26, kBottom = 6, kAxis = 22;
constexpr std::array kStretch = {1.0, 0.85, 1.75};  // The hard tiers' curves need height.

QCPGraph* graphIn(QCPAxisRect* rect) {
    return rect->parentPlot()->addGraph(rect->axis(QCPAxis::atBottom), rect->axis(QCPAxis::atLeft));
}

/// Gives a graph what can be seen of a series; where a column of the map stands for several steps, their mean.
void fill(QCPGraph* graph, const StepAxis& axis, const std::vector<double>& step, const std::vector<double>& value,
          bool fromAbove = false) {
    const auto at = [&](qint64 s) {
        return static_cast<std::size_t>(std::lower_bound(step.begin(), step.end(), double(s)) - step.begin());
    };
    const std::size_t seen = at(axis.first()), end = std::min(at(axis.end()) + 1, step.size());
    QVector<QCPGraphData> points;
    for (std::size_t i = seen > 0 ? seen - 1 : 0; i < end;) {
        const auto column = static_cast<qint64>(step[i]) / axis.bin();
        double steps = 0, values = 0, n = 0;
        for (; i < end && static_cast<qint64>(step[i]) / axis.bin() == column; ++i, ++n) {
            steps += step[i];
            values += value[i];
        }
        points.push_back({steps / n, fromAbove ? 1 - values / n : values / n});
    }
    graph->data()->set(points, true);
}

}  // namespace

Plots::Plots(RunModel* model, Selection* selection, QWidget* parent)
    : QWidget(parent), model_(model), selection_(selection), axis_(StepAxis::of(model)), plot_(new QCustomPlot(this)) {
    setObjectName("plots");
    setAccessibleName(tr("Plots of groups without reward spread, hint levels and held-out success"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    plot_->setObjectName("plotsCanvas");
    plot_->setAttribute(Qt::WA_TransparentForMouseEvents);
    plot_->setFocusPolicy(Qt::NoFocus);
    build();
    later_.setSingleShot(true);
    connect(&later_, &QTimer::timeout, this, &Plots::redraw);
    connect(model, &RunModel::runChanged, this, [this] {
        data_.clear();
        for (int i = 0; i < plot_->graphCount(); ++i) plot_->graph(i)->data()->clear();
        ceiling_->setData({-1e9, 1e9}, {1, 1});
        makeTierGraphs();
        redraw();
    });
    connect(model, &RunModel::stepsArrived, this, &Plots::dataArrived);
    connect(axis_, &StepAxis::changed, this, &Plots::redraw);
    connect(selection, &Selection::stepChanged, this, &Plots::moveCursor);
    connect(selection, &Selection::liveChanged, this, &Plots::moveCursor);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        applyTheme();
        redraw();
    });
    makeTierGraphs();
    redraw();
}

void Plots::build() {
    plot_->plotLayout()->clear();
    plot_->plotLayout()->setRowSpacing(0);
    plot_->plotLayout()->setMargins({});
    plot_->addLayer("cursor", plot_->layer("overlay"), QCustomPlot::limAbove);
    plot_->layer("cursor")->setMode(QCPLayer::lmBuffered);
    for (int row = 0; row < rows; ++row) {
        auto* rect = new QCPAxisRect(plot_, false);
        rects_[static_cast<std::size_t>(row)] = rect;
        plot_->plotLayout()->addElement(row, 0, rect);
        rect->addAxes(QCPAxis::atLeft | QCPAxis::atBottom);
        rect->setAutoMargins(QCP::msNone);
        rect->setMinimumSize(10, 10);
        rect->setMargins({StepAxis::leftMargin, kTop, StepAxis::rightMargin, row == heldout ? kAxis : kBottom});
        QCPAxis *x = rect->axis(QCPAxis::atBottom), *y = rect->axis(QCPAxis::atLeft);
        x->setTickLabels(row == heldout);
        for (QCPAxis* axis : {x, y}) {
            axis->setTicker(QSharedPointer<QCPAxisTickerText>::create());
            axis->setTickLength(0);
            axis->setSubTicks(false);
            axis->setLayer("axes");
            axis->setTickPen(Qt::NoPen);
            axis->grid()->setLayer("grid");
            axis->grid()->setVisible(true);
            axis->grid()->setZeroLinePen(Qt::NoPen);
        }
        y->setRange(0, 1.02);
    }
    wrong_ = graphIn(rects_[spread]);
    right_ = graphIn(rects_[spread]);
    ceiling_ = graphIn(rects_[spread]);
    wrongBeforeRaw_ = graphIn(rects_[spread]);
    wrongBefore_ = graphIn(rects_[spread]);
    luck_ = graphIn(rects_[spread]);
    ceiling_->setData({-1e9, 1e9}, {1, 1});
    ceiling_->setPen(Qt::NoPen);
    ceiling_->setAdaptiveSampling(false);
    right_->setChannelFillGraph(ceiling_);
    for (std::size_t level = bars_.size(); level-- > 0;) {  // .75 at the bottom.
        bars_[level] = new QCPBars(rects_[hints]->axis(QCPAxis::atBottom), rects_[hints]->axis(QCPAxis::atLeft));
        bars_[level]->setAntialiased(false);
        bars_[level]->setAntialiasedFill(false);
        bars_[level]->setPen(Qt::NoPen);
        if (level + 1 < bars_.size()) bars_[level]->moveAbove(bars_[level + 1]);
    }
    new PlotPainter(plot_, "grid", [this](QCPPainter& painter) {
        if (takesTextures(painter) || wrong_->data()->isEmpty()) return;
        QPolygonF area;  // Under the graph, which would be hatched: see takesTextures().
        for (const QCPGraphData& point : *wrong_->data()) area << wrong_->coordsToPixels(point.key, point.value);
        area << wrong_->coordsToPixels((wrong_->data()->constEnd() - 1)->key, 0) << wrong_->coordsToPixels(wrong_->data()->constBegin()->key, 0);
        painter.setPen(Qt::NoPen);
        painter.setBrush(Theme::instance().color(ColorRole::allWrong));
        painter.drawPolygon(area);
    });
    new PlotPainter(plot_, "axes", [this](QCPPainter& painter) { paintHeadings(painter); });
    new PlotPainter(plot_, "cursor", [this](QCPPainter& painter) { paintOverlay(painter); });
}

void Plots::makeTierGraphs() {
    for (const TierGraphs& tier : tiers_)
        for (QCPGraph* graph : {tier.raw, tier.smooth, tier.greedy}) plot_->removeGraph(graph);
    tiers_.clear();
    for (int tier = 0; tier < model_->tierCount(); ++tier)
        tiers_.push_back({graphIn(rects_[heldout]), graphIn(rects_[heldout]), graphIn(rects_[heldout])});
    applyTheme();
}

void Plots::applyTheme() {
    const Theme& theme = Theme::instance();
    const QColor label = theme.color(ColorRole::text3);
    plot_->setBackground(QBrush(theme.color(ColorRole::surface)));
    for (QCPAxisRect* rect : rects_)
        for (QCPAxis* axis : rect->axes()) {
            axis->setBasePen(axis->axisType() == QCPAxis::atBottom ? QPen(theme.color(ColorRole::borderStrong), 1)
                                                                   : QPen(Qt::NoPen));
            axis->setTickLabelFont(theme.font(FontRole::caption));
            axis->setTickLabelColor(label);
            axis->setTickLabelPadding(6);
            axis->grid()->setPen(QPen(theme.color(ColorRole::gridLine), 1));
        }
    wrong_->setPen(QPen(theme.color(ColorRole::allWrongLine), 1.2));
    wrong_->setBrush(hatchBrush(devicePixelRatioF()));
    right_->setPen(QPen(theme.color(ColorRole::allRightLine), 1.2));
    right_->setBrush(theme.color(ColorRole::allRight));
    luck_->setPen(QPen(theme.color(ColorRole::lucky), 1.4));
    QColor before = theme.color(ColorRole::rescued75);
    QPen dashed(before, 1.4);
    dashed.setDashPattern({4, 2.5});
    dashed.setCapStyle(Qt::FlatCap);
    wrongBefore_->setPen(dashed);
    before.setAlphaF(0.35f);
    wrongBeforeRaw_->setPen(QPen(before, 1));
    for (std::size_t level = 0; level < bars_.size(); ++level)
        bars_[level]->setBrush(theme.stateColor(GroupState::rescued, 0, 0.25 * static_cast<double>(level + 1)));
    for (std::size_t tier = 0; tier < tiers_.size(); ++tier) {
        const QPen pen = theme.tierPen(static_cast<int>(tier), static_cast<int>(tiers_.size()));
        QPen thin = pen;
        QColor pale = pen.color();
        pale.setAlphaF(0.45f);
        thin.setColor(pale);
        thin.setWidthF(1);
        tiers_[tier].smooth->setPen(pen);
        tiers_[tier].raw->setPen(dense() ? QPen(pale, 1) : pen);
        tiers_[tier].raw->setScatterStyle(
            dense() ? QCPScatterStyle(QCPScatterStyle::ssNone)
                    : QCPScatterStyle(QCPScatterStyle::ssDisc, QPen(pen.color(), 1), pen.color(), 4));
        tiers_[tier].greedy->setPen(thin);
    }
}

bool Plots::dense() const {
    double steps = 0, points = 0;
    for (const PlotSeries& series : data_.accuracy)
        if (series.step.size() > 1) {
            steps += series.step.back() - series.step.front();
            points += static_cast<double>(series.step.size() - 1);
        }
    return points > 0 && steps / points * axis_->pixelsPerStep() < 12;
}

void Plots::dataArrived() {
    stale_ = true;
    if (later_.isActive()) return;
    // At once where it may: the plots then stand at the same step as the map.
    const qint64 passed = sinceRedraw_.isValid() ? sinceRedraw_.elapsed() : pause_;
    if (passed >= pause_) redraw();
    else later_.start(static_cast<int>(pause_ - passed));
}

void Plots::flush() {
    if (stale_ || later_.isActive()) redraw();
    plot_->replot(QCustomPlot::rpImmediateRefresh);
}

void Plots::showEvent(QShowEvent*) {
    if (stale_) redraw();
}

void Plots::redraw() {
    stale_ = true;
    if (!isVisible()) return;
    stale_ = false;
    later_.stop();
    sinceRedraw_.start();
    data_.extend(*model_);
    markers_ = stepMarkers(*model_);
    fill(wrong_, *axis_, data_.allWrong.step, data_.allWrong.smooth);
    fill(right_, *axis_, data_.allRight.step, data_.allRight.smooth, true);
    fill(wrongBefore_, *axis_, data_.allWrongBefore.step, data_.allWrongBefore.smooth);
    fill(luck_, *axis_, data_.luck.step, data_.luck.smooth);
    luck_->setVisible(data_.lucky());
    fill(wrongBeforeRaw_, *axis_, data_.allWrongBefore.step, data_.allWrongBefore.value);
    applyTheme();
    for (std::size_t tier = 0; tier < tiers_.size() && tier < data_.accuracy.size(); ++tier) {
        fill(tiers_[tier].raw, *axis_, data_.accuracy[tier].step, data_.accuracy[tier].value);
        fill(tiers_[tier].smooth, *axis_, data_.accuracy[tier].step, data_.accuracy[tier].smooth);
        fill(tiers_[tier].greedy, *axis_, data_.greedy[tier].step, data_.greedy[tier].value);
        tiers_[tier].smooth->setVisible(dense());
        tiers_[tier].greedy->setVisible(!dense());
    }

    // One bar a column of the map, its pixels the same.
    const qint64 bin = axis_->bin();
    const double width = double(bin) * (axis_->pitch() - 1) / axis_->pitch();
    std::array<QVector<QCPBarsData>, 3> bars;
    double highest = 0;
    for (qint64 from = axis_->first(); from < std::min<qint64>(axis_->end(), model_->lastStep() + 1); from += bin) {
        const auto share = data_.meanLevels(from, from + bin);
        highest = std::max(highest, share[0] + share[1] + share[2]);
        for (std::size_t level = 0; level < 3; ++level)
            bars[level].push_back({double(from) - 0.5 + width / 2, share[level]});
    }
    for (std::size_t level = 0; level < 3; ++level) {
        bars_[level]->setWidth(width);
        bars_[level]->data()->set(bars[level], true);
    }
    const double ceiling = std::clamp(std::ceil(highest * 5) / 5, 0.2, 1.0);

    const qint64 first = axis_->first();
    const double lower = double(first) - 0.5, upper = lower + (axis_->right() - axis_->left()) / axis_->pixelsPerStep();
    for (int row = 0; row < rows; ++row) {
        QCPAxisRect* rect = rects_[static_cast<std::size_t>(row)];
        QCPAxis *x = rect->axis(QCPAxis::atBottom), *y = rect->axis(QCPAxis::atLeft);
        x->setRange(lower, upper);
        const auto ticker = x->ticker().staticCast<QCPAxisTickerText>();
        ticker->clear();
        for (const qint64 tick : axis_->ticks()) ticker->addTick(double(tick), QString::number(tick));
        const double top = row == hints ? ceiling : 1;
        y->setRange(0, top * 1.02);
        const auto marks = y->ticker().staticCast<QCPAxisTickerText>();
        marks->clear();
        const int parts = row == heldout && rectHeight(row) >= 70 ? 4 : 2;
        for (int i = 0; i <= parts; ++i) {
            const double at = top * i / parts;
            QString text = shareText(at);
            if (text.size() == 3 && text.endsWith('0')) text.chop(1);
            marks->addTick(at, text);
        }
    }
    plot_->replot(QCustomPlot::rpQueuedReplot);
    describe();
    const double cost = static_cast<double>(sinceRedraw_.nsecsElapsed()) / 1e6 + plot_->replotTime(true);
    pause_ = std::clamp(static_cast<int>(cost * kPausePerCost), kLeastPause, kMostPause);
}

void Plots::moveCursor() {
    // Live, the cursor keeps to the newest step drawn: the redraw that is due takes it along.
    if (!isVisible() || (selection_->live() && later_.isActive())) return;
    plot_->layer("cursor")->replot();
    describe();
}

QString Plots::valuesAt(qint64 step) const {
    QStringList lines;
    const auto value = [step](const PlotSeries& series) {
        const int i = series.indexAt(step);
        return i < 0 ? QString() : shareText(series.value[static_cast<std::size_t>(i)]);
    };
    if (const QString wrong = value(data_.allWrong); !wrong.isEmpty())
        lines << (!data_.allWrongBefore.measuredAt(step) ? tr("all wrong %1 of the groups").arg(wrong)
                                                        : tr("all wrong %1 of the groups, before hints %2").arg(wrong, value(data_.allWrongBefore)))
              << tr("all right %1").arg(value(data_.allRight));
    if (const QString share = value(data_.luck); data_.lucky() && !share.isEmpty()) lines << tr("push on luck, right answers with wrong work: %1").arg(share);
    if (step >= 1 && step < static_cast<qint64>(data_.levels.size())) {
        const auto& share = data_.levels[static_cast<std::size_t>(step)];
        lines
            << tr("hints .25: %1, .50: %2, .75: %3").arg(shareText(share[0]), shareText(share[1]), shareText(share[2]));
    }
    for (std::size_t tier = data_.accuracy.size(); tier-- > 0;)
        if (const QString share = value(data_.accuracy[tier]); !share.isEmpty()) {
            const QString greedy = value(data_.greedy[tier]);
            lines << tr("%1 held out %2").arg(tierShort(static_cast<int>(tier)), share) +
                         (greedy.isEmpty() ? QString() : tr(", greedy %1").arg(greedy));
        }
    return lines.join('\n');
}

void Plots::describe() {
    const qint64 step = std::min(selection_->step(), model_->lastStep());
    const QString text =
        step < 0 ? tr("no steps yet") : tr("step %1: %2").arg(step).arg(valuesAt(step).replace('\n', "; "));
    if (text != accessibleDescription()) setAccessibleDescription(text);
}

double Plots::rectHeight(int row) const {
    const double room = height() - rows * kTop - (rows - 1) * kBottom - kAxis;
    return std::max(
        10.0, room * kStretch[static_cast<std::size_t>(row)] / std::accumulate(kStretch.begin(), kStretch.end(), 0.0));
}

void Plots::resizeEvent(QResizeEvent*) {
    plot_->setGeometry(rect());
    for (int row = 0; row < rows; ++row)
        plot_->plotLayout()->setRowStretchFactor(row, kTop + rectHeight(row) + (row == heldout ? kAxis : kBottom));
    axis_->setWidth(width());
    redraw();
}

void Plots::mousePressEvent(QMouseEvent* event) {
    press_ = event->pos();
    mouseMoveEvent(event);
}

void Plots::mouseMoveEvent(QMouseEvent* event) {
    const double x = event->position().x();
    if (!(event->buttons() & Qt::LeftButton) || model_->lastStep() < 0 || x < axis_->left() - 8 ||
        x > axis_->right() + 8)
        return;
    selection_->setStep(axis_->stepAt(std::clamp(x, double(axis_->left()), double(axis_->right() - 1))));
}

void Plots::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && model_->lastStep() >= 1 && (event->pos() - press_).manhattanLength() < QApplication::startDragDistance()) Q_EMIT stepClicked(selection_->step());
}

void Plots::mouseDoubleClickEvent(QMouseEvent*) {
    if (model_->lastStep() >= 1) Q_EMIT stepActivated(selection_->step());
}

void Plots::keyPressEvent(QKeyEvent* event) {
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && model_->lastStep() >= 1) return Q_EMIT stepActivated(selection_->step());
    if (!moveStepByKey(*event, *model_, *selection_, *axis_)) QWidget::keyPressEvent(event);
}

void Plots::focusInEvent(QFocusEvent* event) {
    focusRing_ = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason || event->reason() == Qt::ShortcutFocusReason;
    plot_->layer("cursor")->replot();
}

void Plots::focusOutEvent(QFocusEvent*) {
    focusRing_ = false;
    plot_->layer("cursor")->replot();
}

void Plots::wheelEvent(QWheelEvent* event) { axis_->wheel(event); }

bool Plots::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        if (model_->lastStep() >= 0 && help->x() >= axis_->left() && help->x() < axis_->right()) {
            const qint64 step = axis_->stepAt(help->x());
            QToolTip::showText(help->globalPos(), tr("step %1\n%2").arg(step).arg(valuesAt(step)), this);
        }
        return true;
    }
    return QWidget::event(event);
}

}  // namespace foothold::ui
