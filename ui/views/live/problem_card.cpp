// SPDX-License-Identifier: GPL-3.0-or-later
// What the problem card shows and when it reads attempts.
#include "ui/views/live/problem_card.h"

#include <QScrollArea>
#include <QStackedWidget>
#include <algorithm>
#include <cmath>

#include "text/vocabulary.h"
#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/selection/selection.h"
#include "ui/views/live/attempt_table.h"
#include "ui/views/live/curve_section.h"
#include "ui/views/common/export_button.h"
#include "ui/views/common/flow_layout.h"
#include "ui/views/live/history_bars.h"
#include "ui/views/live/map_states.h"
#include "ui/views/common/tier_labels.h"
#include "ui/views/common/pinned_strip.h"
#include "ui/views/common/trace_text.h"
#include "ui/views/live/trace_view.h"

namespace foothold::ui {
namespace {

/// Four reads a second are enough for the eye and leave the store alone.
constexpr int readMilliseconds = 250;

}  // namespace

ProblemCard::ProblemCard(RunModel* model, Selection* selection, CurveBook* curves, QWidget* parent)
    : Card(QStringLiteral("problem"), parent), model_(model), selection_(selection) {
    name_ = new Text(QString(), FontRole::cardTitle);
    name_->setObjectName(QStringLiteral("problem.name"));
    name_->setFixedHeight(38);
    tier_ = new Text(QString(), FontRole::caption, ColorRole::text2);
    tier_->setObjectName(QStringLiteral("problem.tier"));
    header()->addWidget(name_);
    auto* pill = new QFrame;
    pill->setProperty("sunken", true);
    pill->setFixedHeight(22);
    auto* inside = new QHBoxLayout(pill);
    inside->setContentsMargins(7, 0, 7, 0);
    inside->addWidget(tier_);
    header()->addWidget(pill);
    header()->addStretch();
    auto* pin = iconButton(QStringLiteral("pin"), tr("Pin this problem, to hold others against it (Ctrl+D)"), QStringLiteral("problem.pin"));
    pin->setCheckable(true);
    connect(pin, &QToolButton::clicked, this, [this](bool on) { selection_->setPinned(on ? selection_->problem() : -1); });
    const auto showPinned = [this, pin] {
        pin->setEnabled(selection_->problem() >= 0);
        pin->setChecked(selection_->problem() >= 0 && selection_->pinned() == selection_->problem());
    };
    connect(selection_, &Selection::pinnedChanged, pin, showPinned);
    connect(selection_, &Selection::problemChanged, pin, showPinned);
    showPinned();
    header()->addWidget(pin);
    auto* previous = iconButton(QStringLiteral("chevron-left"), tr("Previous problem"), QStringLiteral("problem.previous"));
    auto* next = iconButton(QStringLiteral("chevron-right"), tr("Next problem"), QStringLiteral("problem.next"));
    connect(previous, &QToolButton::clicked, this, [this] { selectNeighbour(-1); });
    connect(next, &QToolButton::clicked, this, [this] { selectNeighbour(1); });
    header()->addWidget(previous);
    header()->addWidget(next);
    auto* inspect = iconButton(QStringLiteral("open"), tr("Open it in Inspect"), QStringLiteral("problem.inspect"));
    connect(inspect, &QToolButton::clicked, this, &ProblemCard::inspectAsked);
    const auto offer = [this, inspect] { inspect->setEnabled(selection_->problem() >= 0); };
    connect(selection_, &Selection::problemChanged, inspect, offer);
    offer();
    header()->addWidget(inspect);
    header()->addWidget(new ExportButton(QStringLiteral("problem"), [this] { return shownProblem_ < 0 ? ExportSource{} : ExportSource{this, {column_->parentWidget()}}; }));
    body()->addWidget(rule());

    pages_ = new QStackedWidget;
    auto* empty = new Text(tr("Click a cell of the map:\nthe problem, its trace and its attempts appear here."), FontRole::body, ColorRole::text3);
    empty->setAlignment(Qt::AlignCenter);
    empty->setWordWrap(true);
    empty->setContentsMargins(24, 0, 24, 0);
    pages_->addWidget(empty);
    auto* scroll = new QScrollArea;
    scroll->setObjectName(QStringLiteral("problem.scroll"));
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    auto* inner = new QWidget;
    scroll->viewport()->setAutoFillBackground(false);
    column_ = new QVBoxLayout(inner);
    column_->setContentsMargins(Theme::padding, 12, Theme::padding, 12);
    column_->setSpacing(6);
    scroll->setWidget(inner);
    inner->setAutoFillBackground(false);  // The card is the ground; setWidget() had switched it on.
    pages_->addWidget(scroll);
    body()->addWidget(pages_, 1);

    QVBoxLayout* part = section(tr("Problem"), nullptr);
    prompt_ = new Text(QString());
    prompt_->setObjectName(QStringLiteral("problem.prompt"));
    prompt_->setWordWrap(true);
    prompt_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    part->addWidget(prompt_);
    chips_ = new QWidget;
    chips_->setLayout(new FlowLayout(5));
    part->addWidget(chips_);

    part = section(tr("Gold trace"), &goldNote_);
    gold_ = new TraceView(QStringLiteral("problem.gold"));
    part->addWidget(gold_);

    part = section(QString(), &groupNote_, &groupTitle_);
    groupTitle_->setObjectName(QStringLiteral("group.title"));
    groupNote_->setObjectName(QStringLiteral("group.note"));
    groupWords_ = new Text(QString(), FontRole::body, ColorRole::text2);
    groupWords_->setObjectName(QStringLiteral("group.words"));
    groupWords_->setWordWrap(true);
    part->addWidget(groupWords_);
    table_ = new AttemptTable(selection);
    part->addWidget(table_);

    attemptPart_ = new QWidget;
    auto* lines = new QVBoxLayout(attemptPart_);
    lines->setContentsMargins(0, 4, 0, 0);
    lines->setSpacing(6);
    auto* head = new QHBoxLayout;
    attemptTitle_ = new Text(QString(), FontRole::sectionTitle);
    attemptNote_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    head->addWidget(attemptTitle_);
    head->addStretch();
    head->addWidget(attemptNote_);
    lines->addLayout(head);
    attemptTrace_ = new TraceView(QStringLiteral("attempt.trace"));
    lines->addWidget(attemptTrace_);
    attemptText_ = new QLabel;
    attemptText_->setObjectName(QStringLiteral("attempt.text"));
    attemptText_->setFont(Theme::instance().font(FontRole::mono));
    attemptText_->setWordWrap(true);
    attemptText_->setTextFormat(Qt::RichText);
    attemptText_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    lines->addWidget(attemptText_);
    attemptPart_->hide();
    column_->addWidget(attemptPart_);

    Text* historyNote = nullptr;
    part = section(tr("History, share right"), &historyNote);
    part->addWidget(new HistoryBars(model, selection));
    auto* curve = new CurveSection(model, selection, curves);
    connect(curve, &CurveSection::asked, this, &ProblemCard::curveAsked);
    column_->addSpacing(6);
    column_->addWidget(rule());
    column_->addWidget(curve);
    column_->addStretch();

    body()->addWidget(new PinnedStrip(model, selection));

    later_.setSingleShot(true);
    later_.setInterval(readMilliseconds);
    connect(&later_, &QTimer::timeout, this, &ProblemCard::showGroup);
    connect(model_, &RunModel::runChanged, this, [this] {
        shownStep_ = -1;
        showProblem();
    });
    connect(model_, &RunModel::stepsArrived, this, &ProblemCard::scheduleGroup);
    connect(selection_, &Selection::problemChanged, this, &ProblemCard::showProblem);
    connect(selection_, &Selection::stepChanged, this, [this] { selection_->live() ? scheduleGroup() : showGroup(); });
    connect(selection_, &Selection::attemptChanged, this, &ProblemCard::showAttempt);
    connect(&Theme::instance(), &Theme::changed, this, &ProblemCard::showAttempt);
    showProblem();
}

QVBoxLayout* ProblemCard::section(const QString& title, Text** note, Text** heading) {
    if (column_->count() > 0) {
        column_->addSpacing(6);
        column_->addWidget(rule());
        column_->addSpacing(5);
    }
    auto* head = new QHBoxLayout;
    auto* text = new Text(title, FontRole::sectionTitle);
    head->addWidget(text);
    head->addStretch();
    if (heading) *heading = text;
    if (note) {
        *note = new Text(QString(), FontRole::caption, ColorRole::text3);
        head->addWidget(*note);
    }
    column_->addLayout(head);
    auto* rows = new QVBoxLayout;
    rows->setSpacing(8);
    column_->addLayout(rows);
    return rows;
}

void ProblemCard::selectNeighbour(int by) {
    const auto& rows = model_->rows();
    if (rows.empty()) return;
    const auto found = std::find(rows.begin(), rows.end(), selection_->problem());
    const auto count = static_cast<int>(rows.size());
    const int at = found == rows.end() ? (by > 0 ? 0 : count - 1) : (static_cast<int>(found - rows.begin()) + by + count) % count;
    selection_->setProblem(rows[static_cast<std::size_t>(at)]);
}

void ProblemCard::showProblem() {
    const int index = selection_->problem();
    const auto& problems = model_->info().problems;
    const bool any = index >= 0 && static_cast<std::size_t>(index) < problems.size();
    pages_->setCurrentIndex(any ? 1 : 0);
    tier_->parentWidget()->setVisible(any);
    name_->setText(any ? model_->problemName(index) : tr("Problem"));
    shownStep_ = -1;
    shownProblem_ = -1;
    if (!any) return;
    const Problem& problem = problems[static_cast<std::size_t>(index)];
    tier_->setText(tierTitle(model_->tierOf(index), QString::fromStdString(problem.tier)));

    const auto chain = readChainPrompt(problem.family, problem.prompt);
    auto* flow = static_cast<FlowLayout*>(chips_->layout());
    flow->clear();
    chips_->setVisible(chain.has_value());
    if (chain) {
        const auto modulus = model_->experiment().problems.modulus;
        const auto width = shownText(problem.family, problem.answer).split(' ').size();
        prompt_->setText(width == 1 ? tr("Start with %1 and work modulo %2. Report the last value.").arg(chain->start).arg(modulus)
                                    : tr("Start with %1 and work modulo %2. Report %3 values on the way, the last one included.").arg(chain->start).arg(modulus).arg(width));
        for (const QString& operation : chain->operations) flow->addWidget(new Chip(operation));
    } else {
        prompt_->setText(QString::fromStdString(problem.prompt));
    }
    showGroup();
}

void ProblemCard::scheduleGroup() {
    if (selection_->problem() < 0) return;
    qint64 at = -1;
    model_->lastGroup(selection_->problem(), selection_->step(), &at);
    if (at == shownStep_ && complete_) return;
    if (!later_.isActive()) later_.start();
}

void ProblemCard::showGroup() {
    const int index = selection_->problem();
    if (index < 0 || static_cast<std::size_t>(index) >= model_->info().problems.size()) return;
    const Problem& problem = model_->info().problems[static_cast<std::size_t>(index)];
    qint64 at = -1;
    const GroupSummary* group = model_->lastGroup(index, selection_->step(), &at);
    if (group && at == shownStep_ && index == shownProblem_ && complete_) return;
    const bool other = !group || at != shownStep_ || index != shownProblem_;
    shownStep_ = group ? at : -1;
    shownProblem_ = index;
    QStringList gold;
    for (const std::string& step : problem.steps) gold << shownText(problem.family, step);
    if (!group) {
        gold_->setTrace({gold, 0, -1, shownText(problem.family, problem.answer)});
        goldNote_->setText(QString());
        groupTitle_->setText(tr("Group"));
        groupNote_->setText(QString());
        groupWords_->setText(tr("Not sampled up to step %1.").arg(std::min(selection_->step(), std::max<qint64>(0, model_->lastStep()))));
        table_->setAttempts({}, problem.family, problem.answer);
        table_->hide();
        selection_->setAttempt(-1);
        complete_ = false;
        return;
    }
    complete_ = false;
    if (other) selection_->setAttempt(-1);
    groupTitle_->setText(tr("Group at step %1").arg(at));
    const double mean = group->attempts ? double(group->correct) / group->attempts : 0;
    const double spread = group->attempts > 1 ? std::sqrt(mean * (1 - mean) * group->attempts / (group->attempts - 1.)) : 0;
    groupNote_->setText(tr("mean %1 · spread %2").arg(numberText(mean), numberText(spread)));
    const QString before = beforeWords(*group);
    groupWords_->setText(before.isEmpty() ? groupWords(*group) : groupWords(*group) + tr(", ") + before);
    AttemptQuery query;
    query.step = at;
    query.problem = static_cast<std::uint32_t>(index);
    query.origin = Origin::train;
    model_->readAttempts(query, this, [this](std::vector<Attempt> attempts) { showAttempts(std::move(attempts)); });
}

void ProblemCard::showAttempts(std::vector<Attempt> attempts) {
    if (shownProblem_ < 0) return;
    const Problem& problem = model_->info().problems[static_cast<std::size_t>(shownProblem_)];
    if (attempts.empty()) {  // Not committed yet: ask again.
        table_->setAttempts({}, problem.family, problem.answer);
        later_.start();
        return;
    }
    complete_ = true;
    // The visit that the history names last, and of it the round that counts.
    const auto occurrence = attempts.back().occurrence, round = attempts.back().round;
    std::erase_if(attempts, [&](const Attempt& a) { return a.occurrence != occurrence || a.round != round; });
    const int given = stepsIn(problem, attempts.front().hint);
    QStringList gold;
    for (const std::string& step : problem.steps) gold << shownText(problem.family, step);
    const std::string reference = join_words(std::span(problem.steps).first(std::min<std::size_t>(static_cast<std::size_t>(given), problem.steps.size())));
    const bool corrupted = !attempts.front().hint.empty() && !attempts.front().hint.starts_with(reference) && !reference.starts_with(attempts.front().hint);
    gold_->setTrace({gold, corrupted ? 0 : given, -1, shownText(problem.family, problem.answer)});
    goldNote_->setText(given == 0     ? tr("no hint")
                       : corrupted    ? tr("hint: %1 corrupted steps").arg(given)
                       : given == 1   ? tr("hint: step 1")
                                      : tr("hint: steps 1 to %1").arg(given));
    table_->setAttempts(std::move(attempts), problem.family, problem.answer);
    table_->show();
    showAttempt();
}

void ProblemCard::showAttempt() {
    const auto& attempts = table_->attempts();
    const int index = selection_->attempt();
    const bool any = index >= 0 && index < static_cast<int>(attempts.size()) && shownProblem_ >= 0;
    attemptPart_->setVisible(any);
    if (!any) return;
    const Problem& problem = model_->info().problems[static_cast<std::size_t>(shownProblem_)];
    const Attempt& a = attempts[static_cast<std::size_t>(index)];
    attemptTitle_->setText(tr("Attempt #%1").arg(index + 1));
    attemptNote_->setText(a.verdict == Verdict::correct ? (a.soundness == Soundness::lucky ? tr("right, work unsound") : a.soundness == Soundness::sound ? tr("right, each step sound") : tr("right"))
                          : a.verdict == Verdict::wrong ? tr("wrong") : a.ended ? tr("no answer read") : tr("cut at the limit"));
    const bool symbolic = readChainPrompt(problem.family, problem.prompt).has_value();
    attemptTrace_->setVisible(symbolic);
    attemptText_->setVisible(!symbolic);
    if (symbolic) {
        const ShownTrace written = readTrace(problem.family, a.hint.empty() ? a.completion : a.hint + " " + a.completion);
        attemptTrace_->setTrace({written.steps, stepsIn(problem, a.hint), a.first_wrong_step, written.answer});
    } else {
        const Theme& theme = Theme::instance();
        const QString hint = QString::fromStdString(a.hint).toHtmlEscaped();
        attemptText_->setText(QStringLiteral("<span style=\"background:%1;text-decoration:underline\">%2</span>%3")
                                  .arg(theme.color(ColorRole::given).name(), hint, QString::fromStdString(a.completion).toHtmlEscaped()).replace('\n', QStringLiteral("<br>")));
    }
}

}  // namespace foothold::ui
