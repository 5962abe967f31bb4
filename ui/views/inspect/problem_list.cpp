// SPDX-License-Identifier: GPL-3.0-or-later
// Filter, order and headings of the problem list.
#include "ui/views/inspect/problem_list.h"

#include <QAction>
#include <QActionGroup>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <algorithm>
#include <numeric>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/export_button.h"
#include "ui/views/common/pinned_strip.h"
#include "ui/views/common/slice_button.h"
#include "ui/views/inspect/problem_rows.h"
#include "ui/views/inspect/solved_histogram.h"

namespace foothold::ui {
namespace {

constexpr const char* sortNames[] = {"need", "tier", "id", "lucky"};  // In the order of ProblemList::Sort.

}  // namespace

ProblemList::ProblemList(RunModel* model, Selection* selection, QWidget* parent)
    : Card(QStringLiteral("problem-list"), parent),
      model_(model),
      selection_(selection),
      sorts_(new QActionGroup(this)),
      note_(new Text({}, FontRole::caption, ColorRole::text3)),
      barsHeading_(new Text({}, FontRole::caption, ColorRole::text3)),
      valueHeading_(new Text({}, FontRole::caption, ColorRole::text3)),
      footer_(new Text({}, FontRole::caption, ColorRole::text3)),
      filter_(new QLineEdit),
      rows_(new ProblemRows(model, selection, &history_)),
      histogram_(new SolvedHistogram(model, selection)),
      empty_(new Text({}, FontRole::body, ColorRole::text3)) {
    auto* title = new Text(tr("Problems"), FontRole::cardTitle);
    title->setFixedHeight(38);
    header()->addWidget(title);
    note_->setObjectName(QStringLiteral("problem-list.note"));
    note_->setElided(true);
    header()->addWidget(note_, 1);
    header()->addSpacing(4);
    auto* slices = new SliceButton(model, selection, QStringLiteral("problem-list.slices"));
    header()->addWidget(slices);
    auto* exporting = new ExportButton(QStringLiteral("problems"), [this] { return ExportSource{this, {histogram_, rows_->viewport()}}; });
    header()->addWidget(exporting);

    auto* line = new QHBoxLayout;
    line->setContentsMargins(Theme::padding, 0, Theme::padding, 8);
    line->setSpacing(6);
    filter_->setObjectName(QStringLiteral("problem-list.filter"));
    filter_->setPlaceholderText(tr("Filter by id, tier, state"));
    filter_->setAccessibleName(tr("Filter the problems"));
    filter_->setToolTip(tr("P-37, T4, rescued, all wrong, never …"));
    filter_->addAction(Theme::instance().icon(QStringLiteral("search"), ColorRole::text3), QLineEdit::LeadingPosition);
    filter_->setClearButtonEnabled(true);
    filter_->installEventFilter(this);
    line->addWidget(filter_, 1);
    QToolButton* sort = iconButton(QStringLiteral("filter"), tr("Sort the problems"), QStringLiteral("problem-list.sort"));
    sort->setFixedSize(28, 28);
    auto* menu = new QMenu(sort);
    const std::pair<Sort, QString> entries[] = {{Sort::need, tr("By need: least solved first")},
                                                {Sort::tier, tr("By tier: hardest first")},
                                                {Sort::id, tr("By id")},
                                                {Sort::lucky, tr("By lucky rescues: most first")}};
    for (const auto& [value, text] : entries) {
        QAction* action = menu->addAction(text);
        action->setObjectName(QStringLiteral("problem-list.sort.") + QLatin1String(sortNames[static_cast<int>(value)]));
        action->setCheckable(true);
        action->setChecked(value == sort_);
        sorts_->addAction(action);
        connect(action, &QAction::triggered, this, [this, sortBy = value] { setSort(sortBy); });
    }
    sort->setMenu(menu);
    sort->setPopupMode(QToolButton::InstantPopup);
    line->addWidget(sort);
    body()->addLayout(line);
    auto* shares = new QHBoxLayout;
    shares->setContentsMargins(Theme::padding, 0, Theme::padding, 4);
    shares->addWidget(histogram_);
    body()->addLayout(shares);

    auto* headings = new QHBoxLayout;
    headings->setContentsMargins(Theme::padding, 0, Theme::padding, 5);
    headings->setSpacing(0);
    auto* id = new Text(tr("Id"), FontRole::caption, ColorRole::text3);
    id->setFixedWidth(ProblemRows::barsLeft - Theme::padding);
    headings->addWidget(id);
    headings->addWidget(barsHeading_);
    headings->addStretch();
    headings->addWidget(valueHeading_);
    body()->addLayout(headings);
    body()->addWidget(rule());
    body()->addWidget(rows_, 1);
    empty_->setObjectName(QStringLiteral("problem-list.empty"));
    empty_->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    empty_->setWordWrap(true);
    empty_->setContentsMargins(16, 32, 16, 16);
    body()->addWidget(empty_, 1);
    footer_->setObjectName(QStringLiteral("problem-list.footer"));
    footer_->setAlignment(Qt::AlignCenter);
    footer_->setFixedHeight(26);
    body()->addWidget(footer_);
    body()->addWidget(new PinnedStrip(model, selection));

    setTabOrder(sort, slices);  // The page's first field is the filter.
    setTabOrder(slices, exporting);
    timer_.setSingleShot(true);
    timer_.setInterval(0);
    connect(&timer_, &QTimer::timeout, this, &ProblemList::arrange);
    connect(filter_, &QLineEdit::textChanged, this, [this] {
        arrange();
        rows_->reveal();
    });
    connect(filter_, &QLineEdit::returnPressed, this, [this] {
        if (!order().empty() && std::find(order().begin(), order().end(), selection_->problem()) == order().end()) selection_->setProblem(order().front());
        rows_->setFocus();
    });
    connect(rows_, &ProblemRows::typed, this, [this](const QString& text) {
        filter_->setFocus();
        filter_->setText(filter_->text() + text);
    });
    connect(rows_, &ProblemRows::scrolled, this, [this] {
        describe();
        if (!held() && timer_.property("waiting").toBool()) later();
    });
    connect(model_, &RunModel::runChanged, this, [this] {
        history_.clear();
        arrange();
    });
    connect(model_, &RunModel::stepsArrived, this, &ProblemList::later);
    connect(selection_, &Selection::stepChanged, this, &ProblemList::later);
    arrange();
}

const std::vector<int>& ProblemList::order() const { return rows_->order(); }

bool ProblemList::held() const { return rows_->hoveredRow() >= 0; }

void ProblemList::setSort(Sort sort) {
    sort_ = sort;
    sorts_->actions().at(static_cast<int>(sort))->setChecked(true);
    arrange();
    rows_->reveal();
}

void ProblemList::selectNeighbour(int by) { rows_->move(by); }

void ProblemList::focusFilter() {
    filter_->setFocus();
    filter_->selectAll();
}

QVariantMap ProblemList::viewSettings() const {
    return {{QStringLiteral("sort"), choiceName(sortNames, static_cast<int>(sort_))}, {QStringLiteral("filter"), filter_->text()}};
}

void ProblemList::applyViewSettings(const QVariantMap& values) {
    filter_->setText(values.value(QStringLiteral("filter")).toString());
    setSort(static_cast<Sort>(choiceIndex(sortNames, values.value(QStringLiteral("sort")))));
}

void ProblemList::later() {
    if (!timer_.isActive()) timer_.start();
}

void ProblemList::arrange() {
    history_.extend(*model_);
    histogram_->refresh();
    const qint64 step = selection_->step();
    std::vector<int> order;
    for (const int problem : model_->rows())
        if (matchesFilter(*model_, problem, step, filter_->text())) order.push_back(problem);
    const auto by = [&](auto key) {  // Small keys first, ids among equals.
        std::vector<std::pair<double, int>> keyed;
        for (const int problem : order) keyed.emplace_back(key(problem), problem);
        std::sort(keyed.begin(), keyed.end());
        std::transform(keyed.begin(), keyed.end(), order.begin(), [](const auto& one) { return one.second; });
    };
    switch (sort_) {
        case Sort::need:  // Hard ones first among the equally unsolved; what was never sampled has no known need.
            by([&](int problem) {
                const SolvedNow now = solvedNow(*model_, problem, step);
                return (now.known() ? now.share() : 2) * 1000 - model_->tierOf(problem);
            });
            break;
        case Sort::tier: by([&](int problem) { return -model_->tierOf(problem); }); break;
        case Sort::id: by([](int problem) { return problem; }); break;
        case Sort::lucky: by([&](int problem) { return -history_.lucky(problem); }); break;
    }
    std::vector<int> shown = rows_->order(), wanted = order;
    std::sort(shown.begin(), shown.end());
    std::sort(wanted.begin(), wanted.end());
    // While the mouse is over the rows the same problems keep their places; they settle when it leaves.
    const bool wait = held() && shown == wanted && rows_->order() != order && sender() == &timer_;
    timer_.setProperty("waiting", wait);
    rows_->setOrder(wait ? rows_->order() : std::move(order), sort_ == Sort::lucky);
    describe();
}

void ProblemList::describe() {
    static const std::pair<Sort, const char*> words[] = {{Sort::need, QT_TR_NOOP("sorted by need")},
                                                         {Sort::tier, QT_TR_NOOP("sorted by tier")},
                                                         {Sort::id, QT_TR_NOOP("sorted by id")},
                                                         {Sort::lucky, QT_TR_NOOP("sorted by lucky rescues")}};
    const int all = static_cast<int>(model_->rows().size()), shown = static_cast<int>(order().size());
    note_->setText(all == 0 ? QString() : tr("%1, %2").arg(shown == all ? QString::number(all) : tr("%1 of %2").arg(shown).arg(all), tr(words[static_cast<int>(sort_)].second)));
    const qint64 width = history_.width();
    barsHeading_->setText(model_->lastStep() > 0 ? tr("Steps 1–%1").arg(model_->lastStep()) : tr("History"));
    barsHeading_->setToolTip(tr("%n step(s) a bar: height is the share right, colour what became of the group", nullptr, static_cast<int>(width)));
    valueHeading_->setText(sort_ == Sort::lucky ? tr("Lucky") : tr("Solved"));
    valueHeading_->setToolTip(sort_ == Sort::lucky ? tr("Visits that ended as a lucky rescue") : tr("Share right without a hint, last 4 visits at the step shown"));
    const int below = rows_->below();
    footer_->setText(below > 0 ? tr("%1 more below").arg(below) : QString());
    footer_->setVisible(shown > 0);
    rows_->setVisible(shown > 0);
    empty_->setVisible(shown == 0);
    if (shown == 0)
        empty_->setText(all == 0 ? tr("No run is open.\nIts problems will be listed here.") : tr("No problem fits “%1” at step %2.\nEsc clears the filter.").arg(filter_->text()).arg(selection_->step()));
}

bool ProblemList::eventFilter(QObject* watched, QEvent* event) {
    if (watched == filter_ && event->type() == QEvent::KeyPress) {
        auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Down || key->key() == Qt::Key_Up) {
            rows_->move(key->key() == Qt::Key_Down ? 1 : -1);
            return true;
        }
        if (key->key() == Qt::Key_Escape && !filter_->text().isEmpty()) {
            filter_->clear();
            return true;
        }
    }
    return Card::eventFilter(watched, event);
}

}  // namespace foothold::ui
