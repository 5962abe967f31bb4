// SPDX-License-Identifier: GPL-3.0-or-later
// Painting of the lesson's map.
#include "ui/views/teach/lesson_map.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "ui/lessons/lesson_run.h"
#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/theme/theme.h"
#include "ui/views/common/tier_labels.h"
#include "ui/views/live/map_cells.h"
#include "ui/views/teach/lesson_text.h"

namespace foothold::ui {
namespace {

constexpr int tierGap = 8, axisHeight = 24, topMargin = 4;

QColor color(ColorRole role) { return Theme::instance().color(role); }

/// What has not happened yet.
void hatchFuture(QPainter& painter, const QRectF& rect) {
    if (rect.width() < 1) return;
    painter.save();
    painter.setClipRect(rect);
    painter.fillRect(rect, color(ColorRole::sunken));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color(ColorRole::gridLine), 1));
    for (double x = rect.left() - rect.height(); x < rect.right(); x += 12) painter.drawLine(QPointF(x, rect.bottom()), QPointF(x + rect.height(), rect.top()));
    painter.restore();
}

void drawSteps(QPainter& painter, const LessonColumns& columns, double y) {
    painter.setFont(lessonFont(12));
    painter.setPen(color(ColorRole::text3));
    for (qint64 step = (columns.first + 9) / 10 * 10; step < columns.first + columns.count; step += 10)
        painter.drawText(QRectF(columns.x(static_cast<double>(step)) + columns.pitch / 2 - 30, y, 60, 18), Qt::AlignCenter, QString::number(step));
}

/// The line of the present with its step.
void drawNow(QPainter& painter, const LessonColumns& columns, qint64 step, double top, double bottom, bool flag) {
    const double x = columns.x(static_cast<double>(step) + 1);
    if (step < columns.first || x > columns.right() + 1) return;
    painter.setPen(QPen(color(ColorRole::accent), 2));
    painter.drawLine(QPointF(x, top), QPointF(x, bottom));
    if (!flag) return;
    const QString text = LessonMap::tr("step %1").arg(step);
    painter.setFont(lessonFont(12, QFont::DemiBold));
    const double width = painter.fontMetrics().horizontalAdvance(text) + 16;
    const QRectF box(x - width / 2, bottom + 2, width, 20);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color(ColorRole::accent));
    painter.drawRoundedRect(box, 3, 3);
    painter.setPen(color(ColorRole::onAccent));
    painter.drawText(box, Qt::AlignCenter, text);
}

QString tierName(const RunModel& model, int tier) {
    // Only the ends are called by a word: what lies between may be just as hopeless as the hardest.
    const int count = model.tierCount();
    const bool graded = tierIsGraded(model.tiers()[static_cast<std::size_t>(tier)]);
    const QString word = count <= 1 || !graded ? QString() : tier == 0 ? LessonMap::tr("easy") : tier < count - 1 ? QString() : count == 2 ? LessonMap::tr("hard") : LessonMap::tr("hardest");
    return word.isEmpty() ? tierShort(tier) : tierShort(tier) + QStringLiteral("  ") + word;
}

}  // namespace

LessonColumns LessonColumns::forWidth(int width, qint64 runTo) {
    LessonColumns columns;
    columns.left = labels;
    columns.count = std::clamp((width - labels - names) / cell, 10, 60);
    columns.first = std::max<qint64>(1, runTo - columns.count + 1);
    return columns;
}

LessonMap::LessonMap(RunModel* model, LessonRun* run, QWidget* parent) : QWidget(parent), model_(model), run_(run) {
    setObjectName(QStringLiteral("lesson.map"));
    setAccessibleName(tr("Every group of eight attempts"));
    connect(run_, &LessonRun::changed, this, [this] {
        setAccessibleDescription(summary());
        update();
    });
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

int LessonMap::rowPitch() const {
    const int rows = std::min<int>(mostProblems, static_cast<int>(model_->rows().size()));
    if (rows == 0) return 17;
    return std::clamp((height() - axisHeight - topMargin - tierGap * std::max(0, model_->tierCount() - 1)) / rows, 7, 17);
}

QString LessonMap::summary() const {
    if (!run_->active() || model_->lastStep() < 1) return tr("No step has been trained.");
    QStringList tiers;
    for (int tier = model_->tierCount() - 1; tier >= 0; --tier) {
        const Measure all{MeasureKind::all_wrong, {model_->tiers()[static_cast<std::size_t>(tier)].toStdString()}, 10};
        const Measured m = measure(all, model_->lastStep(), model_->steps(), model_->info().problems, 0);
        tiers << tr("%1: %2 of %3 groups all wrong without a hint").arg(tierShort(tier)).arg(std::lround(m.share * static_cast<double>(m.n))).arg(m.n);
    }
    return tr("Steps %1 to %2. %3.").arg(std::max<qint64>(1, model_->lastStep() - 9)).arg(model_->lastStep()).arg(tiers.join(QStringLiteral("; ")));
}

void LessonMap::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (!run_->active() || model_->rows().empty()) return;
    const LessonColumns columns = LessonColumns::forWidth(width(), run_->step().runTo);
    const int pitch = rowPitch();
    const qint64 last = model_->lastStep();
    // Hardest tier on top, as the model's rows are.
    std::vector<double> lineOf(model_->rows().size(), -1);
    struct Band {
        int tier;
        double top, bottom;
    };
    std::vector<Band> bands;
    double y = topMargin;
    for (std::size_t row = 0; row < model_->rows().size() && row < mostProblems; ++row) {
        const int problem = model_->rows()[row], tier = model_->tierOf(problem);
        if (bands.empty() || bands.back().tier != tier) {
            if (!bands.empty()) y += tierGap;
            bands.push_back({tier, y, y});
        }
        lineOf[static_cast<std::size_t>(problem)] = y;
        y += pitch;
        bands.back().bottom = y;
    }
    const double bottom = y, now = std::clamp(columns.x(static_cast<double>(last) + 1), columns.left, columns.right());
    hatchFuture(painter, QRectF(now, topMargin, columns.right() - now, bottom - topMargin));
    for (const Band& band : bands) {
        painter.setPen(color(ColorRole::text));
        painter.setFont(lessonFont(14, QFont::DemiBold));
        const double middle = (band.top + band.bottom) / 2;
        painter.drawText(QRectF(0, middle - 20, LessonColumns::labels - 6, 20), Qt::AlignLeft | Qt::AlignVCenter, tierName(*model_, band.tier));
        painter.setPen(color(ColorRole::text2));
        painter.setFont(lessonFont(12));
        painter.drawText(QRectF(0, middle, LessonColumns::labels - 6, 18), Qt::AlignLeft | Qt::AlignVCenter, tierWords(model_->tiers()[static_cast<std::size_t>(band.tier)]));
        if (&band != &bands.back()) {
            painter.setPen(QPen(color(ColorRole::border), 1));
            painter.drawLine(QPointF(0, band.bottom + tierGap / 2.), QPointF(columns.right(), band.bottom + tierGap / 2.));
        }
    }
    for (qint64 step = columns.first; step <= std::min(last, columns.first + columns.count - 1); ++step)
        for (const GroupSummary& group : model_->steps()[static_cast<std::size_t>(step)]->groups) {
            if (group.problem >= lineOf.size() || lineOf[group.problem] < 0) continue;
            MapCells::paint(painter, QRectF(columns.x(static_cast<double>(step)), lineOf[group.problem], columns.pitch - 1, pitch - 1), group, true);
        }
    drawSteps(painter, columns, bottom + 4);
    drawNow(painter, columns, last, topMargin, bottom, true);

    // The steps to come are a question until the prediction is locked.
    const LessonStep& step = run_->step();
    const bool asking = step.prediction && !run_->locked(run_->current()) && last < step.runTo;
    const double end = std::min(columns.x(static_cast<double>(step.runTo) + 1), columns.right());
    if (asking && end - now > 130) {
        painter.setPen(color(ColorRole::text2));
        painter.setFont(lessonFont(14, QFont::Medium));
        painter.drawText(QRectF(now, bottom / 2 - 30, end - now, 60), Qt::AlignCenter, tr("next %1 steps\nwhat do you expect?").arg(step.runTo - last));
    }
    if (end < columns.right() - 1 && last < step.runTo) {
        painter.setPen(QPen(color(ColorRole::borderStrong), 1, Qt::DashLine));
        painter.drawLine(QPointF(end, topMargin), QPointF(end, bottom));
    }
    // One call-out: the rows that the question is about.
    if (!step.prediction || last < 1) return;
    const auto& asked = step.prediction->measure.tiers;
    QRectF about;
    Measured counted;
    for (const Band& band : bands) {
        const std::string tier = model_->tiers()[static_cast<std::size_t>(band.tier)].toStdString();
        if (std::find(asked.begin(), asked.end(), tier) == asked.end()) continue;
        about = about.united(QRectF(columns.left - 2, band.top - 2, now - columns.left + 2, band.bottom - band.top + 3));
    }
    if (!about.isValid() || now - columns.left < 20) return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color(ColorRole::text), 1.6));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(about, 3, 3);
    counted = measure({MeasureKind::right, asked, 10}, last, model_->steps(), model_->info().problems, 0);
    const Measured silent = measure({MeasureKind::all_wrong, asked, 10}, last, model_->steps(), model_->info().problems, 0);
    if (columns.right() - now < 250 || !asking) return;
    const QRectF box(now + 22, about.top() + 10, 220, 56);
    painter.drawLine(QPointF(now, box.center().y()), QPointF(box.left(), box.center().y()));
    painter.setPen(QPen(color(ColorRole::border), 1));
    painter.setBrush(color(ColorRole::surface));
    painter.drawRoundedRect(box, 4, 4);
    painter.setPen(color(ColorRole::text));
    painter.setFont(lessonFont(13, QFont::DemiBold));
    painter.drawText(box.adjusted(12, 8, -8, -28), Qt::AlignVCenter, tr("Last 10 steps: %1 groups").arg(silent.n));
    painter.setPen(color(ColorRole::text2));
    painter.setFont(lessonFont(12));
    painter.drawText(box.adjusted(12, 28, -8, -8), Qt::AlignVCenter, tr("%1 all wrong without a hint, %2 of %3 right").arg(std::lround(silent.share * static_cast<double>(silent.n))).arg(std::lround(counted.share * static_cast<double>(counted.n))).arg(countText(counted.n)));
}

LessonLines::LessonLines(RunModel* model, LessonRun* run, QWidget* parent) : QWidget(parent), model_(model), run_(run) {
    setObjectName(QStringLiteral("lesson.lines"));
    setAccessibleName(tr("Share solved, tier by tier"));
    connect(run_, &LessonRun::changed, this, [this] {
        setAccessibleDescription(summary());
        update();
    });
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

QString LessonLines::summary() const {
    if (!run_->active() || model_->lastStep() < 1) return tr("No step has been trained.");
    const std::vector<double> shares = model_->tierSuccess(model_->lastStep());
    QStringList tiers;
    for (std::size_t tier = 0; tier < shares.size(); ++tier)
        if (shares[tier] == shares[tier]) tiers << tr("%1 %2").arg(tierShort(static_cast<int>(tier)), numberText(shares[tier]));
    return tr("Share right without hints over the last 10 steps: %1").arg(tiers.join(QStringLiteral(", ")));
}

void LessonLines::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (!run_->active() || model_->rows().empty()) return;
    const LessonColumns columns = LessonColumns::forWidth(width(), run_->step().runTo);
    const double top = 8, bottom = height() - 22.;
    const qint64 last = std::min(model_->lastStep(), columns.first + columns.count - 1);
    const double now = std::clamp(columns.x(static_cast<double>(last) + 1), columns.left, columns.right());
    const auto yOf = [&](double share) { return bottom - share * (bottom - top); };
    hatchFuture(painter, QRectF(now, top, columns.right() - now, bottom - top));
    painter.setFont(lessonFont(12));
    for (const double share : {0., .5, 1.}) {
        painter.setPen(QPen(color(ColorRole::gridLine), 1));
        painter.drawLine(QPointF(columns.left, yOf(share)), QPointF(columns.right(), yOf(share)));
        painter.setPen(color(ColorRole::text3));
        painter.drawText(QRectF(0, yOf(share) - 9, columns.left - 8, 18), Qt::AlignRight | Qt::AlignVCenter, share == 0 ? QStringLiteral("0") : share == 1 ? QStringLiteral("1") : QStringLiteral(".5"));
    }
    drawSteps(painter, columns, bottom + 3);
    struct End {
        double y;
        QString text;
    };
    std::vector<End> ends;
    painter.setRenderHint(QPainter::Antialiasing);
    for (int tier = 0; tier < model_->tierCount(); ++tier) {
        QPainterPath raw, smooth;
        double mean = -1;
        for (qint64 step = std::max<qint64>(1, columns.first - 20); step <= last; ++step) {
            std::int64_t right = 0, all = 0;
            for (const GroupSummary& group : model_->steps()[static_cast<std::size_t>(step)]->groups)
                if (group.correct_before != GroupSummary::no_plain_round && model_->tierOf(static_cast<int>(group.problem)) == tier) right += group.correct_before, all += group.attempts;
            if (all == 0) continue;
            const double share = static_cast<double>(right) / static_cast<double>(all);
            mean = mean < 0 ? share : mean + .25 * (share - mean);
            if (step < columns.first) continue;
            const double x = columns.x(static_cast<double>(step) + .5);
            raw.elementCount() ? raw.lineTo(x, yOf(share)) : raw.moveTo(x, yOf(share));
            smooth.elementCount() ? smooth.lineTo(x, yOf(mean)) : smooth.moveTo(x, yOf(mean));
        }
        if (mean < 0) continue;
        QPen pen = Theme::instance().tierPen(tier, model_->tierCount());
        QColor faint = pen.color();
        faint.setAlphaF(.45f);
        painter.setPen(QPen(faint, 1));
        painter.drawPath(raw);
        pen.setWidthF(pen.widthF() + .8);
        painter.setPen(pen);
        painter.drawPath(smooth);
        ends.push_back({yOf(mean), QStringLiteral("%1  %2").arg(tierName(*model_, tier), numberText(std::round(mean * 100) / 100))});
    }
    drawNow(painter, columns, model_->lastStep(), top, bottom, false);
    // Names at the ends of their lines, none over another.
    std::sort(ends.begin(), ends.end(), [](const End& a, const End& b) { return a.y > b.y; });
    double below = bottom + 12;
    for (End& end : ends) below = end.y = std::min(end.y, below - 16);
    double above = top - 14;
    for (auto end = ends.rbegin(); end != ends.rend(); ++end) above = end->y = std::max(end->y, above + 16);
    painter.setFont(lessonFont(12, QFont::DemiBold));
    painter.setPen(color(ColorRole::text));
    for (const End& end : ends) painter.drawText(QRectF(now + 8, end.y - 8, columns.end() - now, 16), Qt::AlignVCenter | Qt::AlignLeft, end.text);
}

}  // namespace foothold::ui
