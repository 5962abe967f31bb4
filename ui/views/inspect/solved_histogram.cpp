// SPDX-License-Identifier: GPL-3.0-or-later
// Counting, painting and brushing of the histogram of solved shares.
#include "ui/views/inspect/solved_histogram.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "ui/models/problem_history.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"

namespace foothold::ui {
namespace {

constexpr int words = 14;  // Height of the numbers below the bars.

}  // namespace

SolvedHistogram::SolvedHistogram(RunModel* model, Selection* selection, QWidget* parent) : QWidget(parent), model_(model), selection_(selection) {
    setObjectName(QStringLiteral("problem-list.histogram"));
    setAccessibleName(tr("Problems by share solved without a hint"));
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setCursor(Qt::PointingHandCursor);
    const auto repaint = qOverload<>(&QWidget::update);
    connect(&Theme::instance(), &Theme::changed, this, repaint);
    connect(selection, &Selection::brushedChanged, this, repaint);
    refresh();
}

void SolvedHistogram::refresh() {
    for (auto& bin : problems_) bin.clear();
    for (const int problem : model_->rows())
        if (const SolvedNow now = solvedNow(*model_, problem, selection_->step()); now.known())
            problems_[static_cast<std::size_t>(std::clamp(static_cast<int>(now.share() * bins), 0, bins - 1))].insert(problem);
    const int all = static_cast<int>(model_->rows().size());
    std::size_t known = 0;
    for (const auto& bin : problems_) known += bin.size();
    setAccessibleDescription(known == 0 ? tr("no problem has been sampled without a hint yet")
                                        : tr("of %1 problems %2 are solved in less than a tenth of the attempts, %3 in nine tenths or more, %4 were not sampled")
                                              .arg(all)
                                              .arg(problems_.front().size())
                                              .arg(problems_.back().size())
                                              .arg(static_cast<std::size_t>(all) - known));
    update();
}

QRect SolvedHistogram::barRect(int bin) const {
    const int left = bin * width() / bins, right = (bin + 1) * width() / bins;
    return {left, 0, right - left - 1, height() - words};
}

int SolvedHistogram::binAt(double x) const { return std::clamp(static_cast<int>(x * bins / std::max(1, width())), 0, bins - 1); }

void SolvedHistogram::brush(int from, int to) {
    from_ = from;
    to_ = to;
    std::set<int> problems;
    for (int bin = std::min(from, to); bin <= std::max(from, to); ++bin) problems.insert(problemsIn(bin).begin(), problemsIn(bin).end());
    selection_->setBrushed(std::move(problems));
    update();
}

void SolvedHistogram::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    std::size_t most = 1;
    for (const auto& bin : problems_) most = std::max(most, bin.size());
    for (int bin = 0; bin < bins; ++bin) {
        const QRect room = barRect(bin);
        const auto& own = problemsIn(bin);
        const int tall = own.empty() ? 0 : std::max(2, static_cast<int>(own.size() * static_cast<std::size_t>(room.height() - 2) / most));
        QRect bar(room.left(), room.bottom() + 1 - tall, room.width(), tall);
        const QColor color = theme.stateColor(GroupState::mixed, .25 + .75 * (bin + .5) / bins, 0);
        if (selection_->brushed().empty()) {
            painter.fillRect(bar, color);
        } else {  // The brushed share of a bar stands at full strength.
            QColor pale = color;
            pale.setAlphaF(.25F);
            painter.fillRect(bar, pale);
            const auto brushed = std::count_if(own.begin(), own.end(), [this](int problem) { return selection_->brushed().contains(problem); });
            if (!own.empty()) bar.setTop(bar.bottom() + 1 - static_cast<int>(static_cast<std::size_t>(tall) * static_cast<std::size_t>(brushed) / own.size()));
            if (brushed > 0) painter.fillRect(bar, color);
        }
    }
    painter.fillRect(0, height() - words, width(), 1, theme.color(ColorRole::borderStrong));
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text3));
    const QRect line(0, height() - words + 1, width(), words);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignTop, QStringLiteral("0"));
    painter.drawText(line, Qt::AlignHCenter | Qt::AlignTop, tr("solved without hint"));
    painter.drawText(line, Qt::AlignRight | Qt::AlignTop, QStringLiteral("1"));
    if (hasFocus() && from_ >= 0) {
        painter.setPen(QPen(theme.color(ColorRole::accent), 2));
        painter.drawRect(barRect(std::min(from_, to_)).united(barRect(std::max(from_, to_))).adjusted(1, 1, -1, -1));
    }
}

void SolvedHistogram::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    pressed_ = true;
    const int bin = binAt(event->position().x());
    brush(event->modifiers() & Qt::ShiftModifier && from_ >= 0 ? from_ : bin, bin);
}

void SolvedHistogram::mouseMoveEvent(QMouseEvent* event) {
    if (pressed_ && binAt(event->position().x()) != to_) brush(from_, binAt(event->position().x()));
}

void SolvedHistogram::mouseReleaseEvent(QMouseEvent*) { pressed_ = false; }

void SolvedHistogram::keyPressEvent(QKeyEvent* event) {
    const int by = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    if (by == 0) return QWidget::keyPressEvent(event);
    const int to = to_ < 0 ? (by > 0 ? 0 : bins - 1) : std::clamp(to_ + by, 0, bins - 1);
    brush(event->modifiers() & Qt::ShiftModifier && from_ >= 0 ? from_ : to, to);
}

bool SolvedHistogram::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const int bin = binAt(help->pos().x());
        const int count = static_cast<int>(problemsIn(bin).size());
        QToolTip::showText(help->globalPos(), tr("%n problem(s) with %1 to %2 right without a hint over the last 4 visits. A click or a drag brushes them.", nullptr, count)
                                                  .arg(bin / double(bins))
                                                  .arg((bin + 1) / double(bins)), this);
        return true;
    }
    return QWidget::event(event);
}

}  // namespace foothold::ui
