// SPDX-License-Identifier: GPL-3.0-or-later
// One metric of every arm.
#include "ui/views/compare/arm_plot.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QApplication>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/models/comparison_model.h"
#include "ui/views/common/export_button.h"
#include "ui/views/common/plot_overlay.h"
#include "ui/views/compare/arm_style.h"

namespace foothold::ui {
namespace {

/// Trailing mean over `n` points; the raw value where n is 1.
std::vector<CellPoint> smoothed(const std::vector<CellPoint>& points, int n) {
    std::vector<CellPoint> out = points;
    double sum = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        sum += points[i].value;
        if (i >= static_cast<std::size_t>(n)) sum -= points[i - static_cast<std::size_t>(n)].value;
        out[i].value = sum / static_cast<double>(std::min<std::size_t>(i + 1, static_cast<std::size_t>(n)));
    }
    return out;
}

double place(const CellPoint& point, ComparisonModel::Axis axis) {
    return axis == ComparisonModel::Axis::steps ? static_cast<double>(point.step) : axis == ComparisonModel::Axis::tokens ? point.tokens / 1e6 : point.seconds;
}

}  // namespace

ArmPlot::ArmPlot(const QString& name, ComparisonModel* model, std::function<std::string()> metric, std::function<QString()> title, bool stepwise, QWidget* parent)
    : Card(name, parent), model_(model), metric_(std::move(metric)), heading_(std::move(title)), stepwise_(stepwise) {
    header()->addWidget(title_ = new Text({}, FontRole::cardTitle), 1);
    title_->setElided(true);
    header()->addWidget(note_ = new Text({}, FontRole::caption, ColorRole::text2));
    header()->addWidget(new ExportButton(name, [this] { return ExportSource{this, {plot_}}; }));
    body()->addWidget(plot_ = new QCustomPlot);
    plot_->setObjectName(name + QStringLiteral("Canvas"));
    header()->setContentsMargins(12, 10, 12, 4);
    plot_->setMinimumHeight(140);
    plot_->setFocusPolicy(Qt::StrongFocus);
    plot_->installEventFilter(this);
    plot_->setBackground(Qt::NoBrush);
    plot_->setAttribute(Qt::WA_OpaquePaintEvent, false);
    plot_->setInteractions(QCP::iRangeZoom | QCP::iRangeDrag);
    plot_->axisRect()->setAutoMargins(QCP::msNone);
    plot_->axisRect()->setMargins({40, 8, 120, 40});
    new PlotPainter(plot_, QStringLiteral("overlay"), [this](QCPPainter& painter) {
        // Names at the ends of the lines, pushed apart, each with its value.
        std::vector<EdgeLabel> labels;
        const QRect area = plot_->axisRect()->rect();
        for (int i = 0; i < plot_->graphCount(); ++i) {
            const QCPGraph* graph = plot_->graph(i);
            if (!graph->property("arm").isValid() || graph->data()->isEmpty()) continue;
            const auto end = graph->data()->constEnd() - 1;
            const auto arm = graph->property("arm").value<qulonglong>();
            const QPointF at(plot_->xAxis->coordToPixel(end->key), plot_->yAxis->coordToPixel(end->value));
            labels.push_back({at.y(), QStringLiteral("%1 %2").arg(graph->name(), shareText(end->value)), armColor(arm)});
            for (const double part : {.25, .6, 1.0}) {
                const int n = graph->data()->size();
                const auto point = graph->data()->at(std::max(0, static_cast<int>(part * (n - 1))));
                drawArmMarker(painter, {plot_->xAxis->coordToPixel(point->key), plot_->yAxis->coordToPixel(point->value)}, arm);
            }
        }
        if (chosen_) {
            const QPointF at = pixelOf(*chosen_);
            painter.setPen(QPen(Theme::instance().color(ColorRole::accent), 2));
            painter.setBrush(Qt::NoBrush);
            painter.drawEllipse(at, 6, 6);
        }
        painter.setFont(Theme::instance().font(FontRole::caption));
        pushApart(labels, 15, area.top(), area.bottom());
        for (const EdgeLabel& label : labels) {
            painter.setPen(label.color);
            painter.drawText(QRectF(area.right() + 8, label.y - 8, 110, 16), Qt::AlignVCenter, painter.fontMetrics().elidedText(label.text, Qt::ElideMiddle, 110));
        }
    });
    connect(model, &ComparisonModel::changed, this, &ArmPlot::redraw);
    connect(&Theme::instance(), &Theme::changed, this, &ArmPlot::redraw);
    redraw();
}

void ArmPlot::redraw() {
    const Theme& theme = Theme::instance();
    title_->setText(heading_());
    const int smoothing = stepwise_ ? model_->smoothing() : 1;
    note_->setText(smoothing > 1 ? tr("mean of %1 steps, 95 % band, seeds thin").arg(smoothing) : tr("mean and 95 % band, seeds thin"));
    plot_->clearGraphs();
    spots_.clear();
    means_.clear();
    for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) {
        axis->setBasePen(theme.color(ColorRole::border));
        axis->setTickPen(Qt::NoPen);
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(theme.color(ColorRole::text2));
        axis->setTickLabelFont(theme.font(FontRole::caption));
        axis->setLabelColor(theme.color(ColorRole::text2));
        axis->setLabelFont(theme.font(FontRole::caption));
        axis->grid()->setPen(QPen(theme.color(ColorRole::gridLine)));
        axis->grid()->setZeroLinePen(Qt::NoPen);
    }
    plot_->xAxis->setLabel(model_->axis() == ComparisonModel::Axis::steps ? tr("training step")
                           : model_->axis() == ComparisonModel::Axis::tokens ? tr("million generated tokens") : tr("seconds of training"));
    QStringList summary;
    double right = 0;
    const std::string metric = metric_();
    const auto& cells = model_->result().cells;
    for (std::size_t arm = 0; arm < cells.size(); ++arm) {
        if (!model_->shown(arm)) continue;
        std::vector<std::vector<CellPoint>> curves, whole;  // Every seed; those that the mean is taken of.
        const bool someDone = std::any_of(cells[arm].begin(), cells[arm].end(), [](const Cell& c) { return c.state == Cell::State::done; });
        for (std::size_t seed = 0; seed < cells[arm].size(); ++seed)
            if (const auto* points = cells[arm][seed].curve(metric)) {
                curves.push_back(smoothed(*points, smoothing));
                // A seed that has only begun would bend the mean where it ends.
                if (!someDone || cells[arm][seed].state == Cell::State::done) whole.push_back(curves.back());
                for (const CellPoint& point : curves.back()) spots_.push_back({arm, seed, point.step, place(point, model_->axis()), point.value});
            }
        std::size_t longest = 0;
        for (const auto& curve : curves) {
            longest = std::max(longest, curve.size());
            QCPGraph* thin = plot_->addGraph();
            QColor faint = armColor(arm);
            faint.setAlpha(60);
            thin->setPen(QPen(faint, 1));
            for (const CellPoint& point : curve) thin->addData(place(point, model_->axis()), point.value);
        }
        QCPGraph *low = plot_->addGraph(), *high = plot_->addGraph(), *mean = plot_->addGraph();
        for (std::size_t i = 0; i < longest; ++i) {
            std::vector<double> values;
            double x = 0;
            qint64 step = 0;
            for (const auto& curve : whole)
                if (i < curve.size()) {
                    step = curve[i].step;
                    values.push_back(curve[i].value);
                    x += place(curve[i], model_->axis());
                }
            if (values.size() < whole.size()) break;
            x /= static_cast<double>(values.size());
            const Estimate estimate = mean_estimate(values);
            mean->addData(x, estimate.mean);
            means_.push_back({arm, estimate.n, step, x, estimate.mean, estimate.interval});
            if (estimate.interval) {
                low->addData(x, std::max(0.0, estimate.interval->first));
                high->addData(x, std::min(1.0, estimate.interval->second));
            }
            right = std::max(right, x);
        }
        QColor band = armColor(arm);
        band.setAlpha(theme.isDark() ? 55 : 38);
        low->setPen(Qt::NoPen);
        high->setPen(Qt::NoPen);
        high->setBrush(band);
        high->setChannelFillGraph(low);
        mean->setPen(armPen(arm));
        mean->setName(QString::fromStdString(model_->plan().arms[arm].name));
        mean->setProperty("arm", QVariant::fromValue<qulonglong>(arm));
        if (!mean->data()->isEmpty()) summary += tr("%1 ends at %2 (seeds: %3)").arg(mean->name(), shareText((mean->data()->constEnd() - 1)->value)).arg(whole.size());
    }
    if (chosen_) {  // Its place may have moved, or gone.
        const auto same = std::find_if(spots_.begin(), spots_.end(), [&](const Spot& s) { return s.arm == chosen_->arm && s.seed == chosen_->seed && s.step == chosen_->step; });
        chosen_ = same == spots_.end() ? std::nullopt : std::optional(*same);
    }
    plot_->xAxis->setRange(0, right > 0 ? right : 1);
    plot_->yAxis->setRange(0, 1.02);
    plot_->setAccessibleName(heading_());
    if (chosen_) summary += words(*chosen_);
    plot_->setAccessibleDescription(summary.isEmpty() ? tr("Nothing to draw yet") : summary.join(QStringLiteral("; ")));
    plot_->replot(QCustomPlot::rpQueuedReplot);
}

QPointF ArmPlot::pixelOf(const Spot& spot) const { return {plot_->xAxis->coordToPixel(spot.x), plot_->yAxis->coordToPixel(spot.value)}; }

std::optional<ArmPlot::Spot> ArmPlot::spotAt(QPointF canvas) const {
    const auto distance = [&](double x, double y) { return std::hypot(plot_->xAxis->coordToPixel(x) - canvas.x(), plot_->yAxis->coordToPixel(y) - canvas.y()); };
    // The arm by its mean, which is what the eye follows; then its nearest seed.
    double nearest = INFINITY;
    std::size_t arm = 0;
    for (const Mean& mean : means_)
        if (const double d = distance(mean.x, mean.value); d < nearest) nearest = d, arm = mean.arm;
    std::optional<Spot> found;
    nearest = INFINITY;
    for (const Spot& spot : spots_)
        if (const double d = distance(spot.x, spot.value); spot.arm == arm && d < nearest) nearest = d, found = spot;
    return found;
}

QString ArmPlot::words(const Spot& spot) const {
    const ComparisonPlan& plan = model_->plan();
    return tr("%1, seed %2, step %3: %4").arg(QString::fromStdString(plan.arms[spot.arm].name)).arg(plan.seed(spot.arm, static_cast<std::int64_t>(spot.seed))).arg(spot.step).arg(shareText(spot.value));
}

void ArmPlot::choose(Spot spot) {  // By value: redrawing makes the places anew.
    chosen_ = spot;
    model_->setChosen(spot.arm);
    redraw();
    QToolTip::showText(plot_->mapToGlobal(pixelOf(spot).toPoint()), words(spot) + '\n' + tr("Double click or Enter: open this run at this step"), plot_);
}

bool ArmPlot::eventFilter(QObject* watched, QEvent* event) {
    const auto open = [this] {
        if (chosen_) Q_EMIT stepAsked(chosen_->arm, chosen_->seed, chosen_->step);
    };
    if (event->type() == QEvent::MouseButtonPress) press_ = static_cast<QMouseEvent*>(event)->pos();
    if (event->type() == QEvent::MouseButtonRelease) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        const bool click = mouse->button() == Qt::LeftButton && (mouse->pos() - press_).manhattanLength() < QApplication::startDragDistance();
        if (const auto spot = spotAt(mouse->position()); click && spot) choose(*spot);
    }
    if (event->type() == QEvent::MouseButtonDblClick) {
        if (const auto spot = spotAt(static_cast<QMouseEvent*>(event)->position())) chosen_ = spot;
        open();
        return true;
    }
    if (event->type() == QEvent::KeyPress && !spots_.empty()) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Return || key == Qt::Key_Enter) return open(), true;
        if (key == Qt::Key_Left || key == Qt::Key_Right) {
            // Along the curve of the seed chosen; at first its beginning.
            const auto at = chosen_ ? std::find_if(spots_.begin(), spots_.end(), [this](const Spot& s) { return s.arm == chosen_->arm && s.seed == chosen_->seed && s.step == chosen_->step; }) : spots_.end();
            if (at == spots_.end()) return choose(spots_.front()), true;
            const auto next = key == Qt::Key_Right ? at + 1 : at == spots_.begin() ? at : at - 1;
            if (next != spots_.end() && next->arm == at->arm && next->seed == at->seed) choose(*next);
            return true;
        }
    }
    return Card::eventFilter(watched, event);
}

}  // namespace foothold::ui
