// SPDX-License-Identifier: GPL-3.0-or-later
// Layout of the Inspect workspace, and what connects its parts.
#include "ui/workspaces/inspect_workspace.h"

#include <QActionGroup>
#include <QButtonGroup>
#include <QMenu>
#include <QPushButton>
#include <QResizeEvent>
#include <QSplitter>
#include <QTimer>
#include <algorithm>

#include "record/error.h"
#include "record/experiment_keys.h"
#include "text/vocabulary.h"
#include "ui/models/curve_book.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/likely_tokens.h"
#include "ui/models/run_model.h"
#include "ui/models/trace_book.h"
#include "ui/models/value_text.h"
#include "ui/selection/selection.h"
#include "ui/views/inspect/attempt_cards.h"
#include "ui/views/inspect/attempt_diff.h"
#include "ui/views/common/card.h"
#include "ui/views/common/export_button.h"
#include "ui/views/common/segmented.h"
#include "ui/views/common/trace_text.h"
#include "ui/views/inspect/curve_table.h"
#include "ui/views/inspect/objective_explainer.h"
#include "ui/views/inspect/problem_list.h"
#include "ui/views/inspect/problem_note.h"
#include "ui/views/inspect/solve_curve.h"
#include "ui/views/inspect/token_strip.h"
#include "ui/views/inspect/trace_chips.h"
#include "ui/views/inspect/trace_editor.h"
#include "ui/workspaces/explained_token.h"
#include "ui/workspaces/inspect_side.h"

namespace foothold::ui {
namespace {

constexpr int traceHeight = 324;
constexpr const char *pageNames[] = {"curve", "token", "note"}, *sourceNames[] = {"step", "all", "probed"};
constexpr int pollMilliseconds = 60, probeAttempts = 8;
constexpr std::size_t kCurveVariants = 4;   // As many as can be told apart in one plot.
constexpr std::size_t mostAttempts = 2000;  // of one problem over all steps: the newest

}  // namespace

InspectWorkspace::InspectWorkspace(RunModel* model, Selection* selection, ExperimentEditor* editor, CurveBook* curves, QWidget* parent)
    : QWidget(parent), model_(model), selection_(selection), editor_(editor), curves_(curves), book_(new TraceBook(model, selection, editor, this)) {
    setObjectName(QStringLiteral("inspect"));
    row_ = new QHBoxLayout(this);
    row_->setContentsMargins(Theme::gutter, Theme::gutter, Theme::gutter, Theme::gutter);
    row_->setSpacing(Theme::gutter);
    problems_ = new ProblemList(model, selection);
    left_ = problems_;
    left_->setFixedWidth(leftWidth);
    side_ = new InspectSide(model);
    side_->setFixedWidth(rightWidth);
    connect(side_->probe(), &QPushButton::clicked, this, &InspectWorkspace::probeCurve);
    connect(side_->curve(), &SolveCurve::cutChosen, book_, &TraceBook::setRatio);
    connect(side_->strip(), &TokenStrip::tokenChosen, this, [this](int at) {
        attempts_->setCurrent(attempts_->current(), at);
        refreshToken();
    });
    connect(side_->note(), &ProblemNote::failed, this, &InspectWorkspace::said);
    row_->addWidget(left_);
    row_->addWidget(makeCentre(), 1);
    row_->addWidget(side_);

    jobs_ = new QTimer(this);
    jobs_->setInterval(pollMilliseconds);
    connect(jobs_, &QTimer::timeout, this, &InspectWorkspace::pollJobs);

    const auto showCut = [this] {
        side_->curve()->setCut(book_->ratio());
        side_->table()->setCut(book_->ratio());
    };
    connect(book_, &TraceBook::cutChanged, this, showCut);
    connect(book_, &TraceBook::changed, this, showCut);
    connect(curves_, &CurveBook::changed, this, [this](int problem) {
        if (problem < 0 || problem == book_->problem()) refreshCurve();
    });
    connect(selection_, &Selection::problemChanged, this, [this] {
        refreshAttempts();
        refreshCurve();
        side_->note()->setProblem(book_->problem());
    });
    connect(selection_, &Selection::stepChanged, this, [this] {
        if (source_ == atStep) refreshAttempts();
    });
    connect(model_, &RunModel::stepsArrived, this, [this] {
        if (source_ == atStep) refreshAttempts();
    });
    connect(model_, &RunModel::runChanged, this, [this] {
        probes_.clear();
        waiting_.reset();
        if (source_ == probed) setSource(atStep);  // What was probed belongs to the run before.
        shownStep_ = readStep_ = -1;
        reading_ = false;
        refreshAttempts();
        refreshCurve();
        side_->note()->setProblem(book_->problem());
    });
    connect(model_, &RunModel::progressChanged, this, [this] { side_->probe()->setEnabled(model_->session() && !model_->session()->read_only()); });
    refreshCurve();
    side_->note()->setProblem(book_->problem());
}

SolveCurve* InspectWorkspace::curve() const { return side_->curve(); }

QWidget* InspectWorkspace::makeCentre() {
    auto* centre = new QWidget;
    centre->setMinimumWidth(560);
    auto* column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Theme::gutter);
    trace_ = new TraceEditor(model_, book_);
    trace_->setMinimumHeight(traceHeight);
    connect(trace_, &TraceEditor::probeAsked, this, &InspectWorkspace::probeGroup);
    split_ = new QSplitter(Qt::Vertical);
    split_->setObjectName(QStringLiteral("inspect.split"));
    split_->setHandleWidth(Theme::gutter);
    split_->setChildrenCollapsible(false);
    split_->addWidget(trace_);
    column->addWidget(split_, 1);

    auto* card = new Card(QStringLiteral("attempts-card"));
    attempts_ = new AttemptCards;
    sources_ = new QButtonGroup(this);
    auto* switcher = segmented(sources_, {tr("At the step"), tr("All steps"), tr("Probed")}, QStringLiteral("attempts.source"));
    switcher->setMinimumWidth(234);
    connect(sources_, &QButtonGroup::idClicked, this, [this](int id) { setSource(static_cast<Source>(id)); });
    branch_ = new QPushButton(tr("Branch here"));
    branch_->setObjectName(QStringLiteral("attempts.branch"));
    branch_->setEnabled(false);
    connect(branch_, &QPushButton::clicked, this, &InspectWorkspace::branch);
    branchMore_ = iconButton(QStringLiteral("chevron-down"), tr("Another token in the chosen one's place, and how many continuations"), QStringLiteral("attempts.branch-more"));
    branchMore_->setEnabled(false);
    branchTokens_ = new LikelyTokens(model_, this);
    connect(branchMore_, &QToolButton::clicked, this, [this] {
        const AttemptGroup& group = attempts_->group();
        if (attempts_->current() >= 0 && attempts_->token() >= 0) branchTokens_->ask(group.attempts[static_cast<std::size_t>(attempts_->current())], attempts_->current(), attempts_->token());
    });
    connect(branchTokens_, &LikelyTokens::known, this, [this](int, int, const std::vector<std::pair<QString, double>>& likely) { offerBranches(likely); });
    live_ = new QPushButton;
    live_->setObjectName(QStringLiteral("inspect.live"));
    live_->setText(tr("Go live"));
    live_->setToolTip(tr("An earlier step is shown while training goes on. This returns to the newest one."));
    connect(live_, &QPushButton::clicked, this, [this] { selection_->setLive(true); });
    const auto showLive = [this] { live_->setVisible(!selection_->live()); };
    connect(selection_, &Selection::liveChanged, this, showLive);
    showLive();
    attempts_->addToHeader(live_, 0);
    attempts_->addToHeader(switcher, 0);
    attempts_->addToHeader(branch_);
    attempts_->addToHeader(branchMore_);
    attempts_->addToHeader(new ExportButton(QStringLiteral("attempts"), [this] { return ExportSource{attempts_, {attempts_->legend(), attempts_->view()->viewport()}}; }));
    connect(attempts_, &AttemptCards::currentChanged, this, [this] { refreshToken(); });
    connect(attempts_, &AttemptCards::tokenChosen, this, [this] {
        refreshToken();
        side_->showPage(InspectSide::tokenPage);
    });
    connect(attempts_, &AttemptCards::diffRequested, this, [this](int a, int b) {
        auto* dialog = new AttemptDiff(attempts_->group(), a, b, this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    });
    auto* likely = new LikelyTokens(model_, this);
    connect(attempts_, &AttemptCards::tokenHovered, likely, [this, likely](int index, int token) {
        if (index < 0) likely->cancel();
        else likely->ask(attempts_->group().attempts[static_cast<std::size_t>(index)], index, token);
    });
    connect(likely, &LikelyTokens::known, this, [this](int index, int token, std::vector<std::pair<QString, double>> alternatives, qint64 step) {
        for (auto& [word, probability] : alternatives) word = shownToken(model_->experiment().problems.family, word.toStdString());
        attempts_->setAlternatives(index, token, std::move(alternatives), step);
    });
    card->body()->addWidget(attempts_, 1);
    split_->addWidget(card);
    split_->setStretchFactor(0, 0);
    split_->setStretchFactor(1, 1);
    split_->setSizes({traceHeight, 2 * traceHeight});
    return centre;
}

void InspectWorkspace::setSource(Source source) {
    sources_->button(source)->setChecked(true);
    source_ = source;
    shownStep_ = -1;
    refreshAttempts();
}

void InspectWorkspace::refreshAttempts() {
    if (!isVisible()) return;
    const int problem = book_->problem();
    if (problem < 0 || !model_->session()) return showNone(tr("Attempts"));
    if (source_ == probed) {
        attempts_->setEmptyText(tr("Nothing probed yet"), tr("Press Probe beside the trace: it samples a group with the trace and cut shown there, without training on it."));
        const auto found = probes_.find(problem);
        if (found == probes_.end() || !found->second->done()) return showAttempts({}, tr("Probed attempts"), {});
        const GroupProbe& probe = *found->second;
        const TraceBook::Entry* trace = book_->entry(probe.settings().variant);
        const QString what = probe.settings().forced.empty() ? tr("%1, %2 steps given, not trained").arg(trace ? trace->mark : tr("a variant")).arg(probe.settings().given)
                                                             : tr("branched after %1 tokens, not trained").arg(probe.settings().forced.size());
        const auto attempts = probe.attempts();
        const auto right = std::count_if(attempts.begin(), attempts.end(), [](const Attempt& a) { return a.verdict == Verdict::correct; });
        return showAttempts(attempts, probe.settings().forced.empty() ? tr("Probed attempts") : tr("Branches"), tr("%1 of %2 right by the weights after step %4, %3").arg(right).arg(attempts.size()).arg(what).arg(probe.step()));
    }
    attempts_->setEmptyText(tr("No attempts yet"), tr("This problem has not been drawn up to this step. Run training, or probe it."));
    AttemptQuery query;
    query.origin = Origin::train;
    QString caption;
    if (source_ == atStep) {
        qint64 at = -1;
        const GroupSummary* group = model_->lastGroup(problem, selection_->step(), &at);
        if (!group) return showNone(tr("Attempts"));
        if (at == shownStep_ && problem == shownProblem_) return;
        shownStep_ = at;
        shownProblem_ = problem;
        query.step = at;
        query.problem = static_cast<std::uint32_t>(problem);
        model_->readAttempts(query, attempts_, [this, at, problem](std::vector<Attempt> own) {
            if (problem != book_->problem() || source_ != atStep) return;
            // The round that counts first; those before it follow.
            std::stable_sort(own.begin(), own.end(), [](const Attempt& a, const Attempt& b) { return a.round > b.round; });
            if (own.empty()) shownStep_ = -1;  // Not committed yet: the next steps bring it.
            const int rounds = own.empty() ? 0 : own.front().round + 1;
            const auto right = std::count_if(own.begin(), own.end(), [&](const Attempt& a) { return a.verdict == Verdict::correct && a.round + 1 == rounds; });
            const auto size = std::count_if(own.begin(), own.end(), [&](const Attempt& a) { return a.round + 1 == rounds; });
            showAttempts(std::move(own), tr("Attempts"), tr("step %1%2, %3 of %4 right").arg(at).arg(rounds > 1 ? tr(", round %1 and those before it").arg(rounds) : QString()).arg(right).arg(size));
        });
        return;
    }
    query.problem = static_cast<std::uint32_t>(problem);
    query.newest = true;
    query.limit = mostAttempts + 1;  // One more tells that there are more.
    attempts_->setLoading(tr("Reading all attempts at this problem"));
    model_->readAttempts(query, attempts_, [this, problem](std::vector<Attempt> all) {
        if (problem != book_->problem() || source_ != allSteps) return;
        const std::size_t count = all.size();
        if (all.size() > mostAttempts) all.resize(mostAttempts);
        showAttempts(std::move(all), tr("All attempts"), count > mostAttempts ? tr("the newest %1; older ones at their steps").arg(mostAttempts) : tr("%1, newest first").arg(count));
    });
}

void InspectWorkspace::showNone(const QString& title) {
    shownStep_ = -1;
    showAttempts({}, title, {});
}

void InspectWorkspace::showAttempts(std::vector<Attempt> attempts, const QString& title, const QString& caption) {
    AttemptGroup group{title, caption, book_->reference() ? *book_->reference() : Problem{}, std::move(attempts), model_->info().vocabulary};
    attempts_->setAttempts(std::move(group));
    if (attempts_->current() < 0 && !attempts_->group().attempts.empty()) attempts_->setCurrent(0);  // So that the strip has something to show.
    refreshToken();
}

void InspectWorkspace::refreshToken() {
    const AttemptGroup& group = attempts_->group();
    const int at = attempts_->current(), token = attempts_->token();
    const bool some = at >= 0 && at < static_cast<int>(group.attempts.size());
    side_->strip()->setAttempt(some ? &group.attempts[static_cast<std::size_t>(at)] : nullptr, group, at);
    side_->strip()->setToken(token);
    branch_->setEnabled(some && token >= 0 && model_->session() && !model_->session()->read_only());
    branchMore_->setEnabled(branch_->isEnabled());
    branch_->setToolTip(some && token >= 0 ? tr("Keeps the first %1 tokens of this attempt and samples %2 continuations").arg(token + 1).arg(branchAttempts_)
                                           : tr("Choose a token first: what comes before it is kept, and %1 continuations are sampled").arg(branchAttempts_));
    if (!some || token < 0) return side_->explainer()->setToken(std::nullopt);
    const Attempt& attempt = group.attempts[static_cast<std::size_t>(at)];
    const Experiment then = experimentAt(attempt.step);
    QString whyNot = whyNotExplained(attempt, then);
    if (whyNot.isEmpty() && attempt.step != readStep_) {
        // The whole step is in the formula: read when a token is asked about, so that going from step to step stays quick.
        readStep_ = attempt.step;
        reading_ = true;
        stepAttempts_.clear();
        AttemptQuery query;
        query.step = attempt.step;
        query.origin = Origin::train;
        model_->readAttempts(query, side_->explainer(), [this](std::vector<Attempt> all) {
            stepAttempts_ = std::move(all);
            reading_ = false;
            refreshToken();
            if (stepAttempts_.empty()) readStep_ = -1;  // Not committed yet: asked again with the next token.
        });
    }
    if (whyNot.isEmpty() && reading_) return side_->explainer()->setToken(std::nullopt, tr("Reading the attempts of step %1").arg(attempt.step));
    if (whyNot.isEmpty()) whyNot = tr("Nothing was trained on this attempt: its round was thrown away for one with a hint.");
    side_->explainer()->setToken(explainedToken(attempt, token, stepAttempts_, then, group.vocabulary), whyNot);
}

Experiment InspectWorkspace::experimentAt(qint64 step) const {
    if (!model_->session()) return {};
    Experiment experiment = model_->session()->initial_experiment();
    for (const RunModel::Step& done : model_->steps())
        if (done->step <= step)
            for (const Intervention& change : done->applied) set_key(experiment, change.key, change.value);
    return experiment;
}

void InspectWorkspace::probeGroup() {
    if (book_->problem() < 0 || !model_->session()) return;
    GroupProbeSettings s;
    s.problem = static_cast<std::uint32_t>(book_->problem());
    s.variant = book_->current().id;
    s.steps = book_->current().steps;
    s.given = book_->cut();
    s.attempts = std::max(probeAttempts, static_cast<int>(model_->experiment().sampling.attempts));
    s.seed = model_->experiment().seed;
    waiting_ = probes_[book_->problem()] = std::make_shared<GroupProbe>(std::move(s));
    model_->session()->submit(waiting_);
    setSource(probed);
    attempts_->setLoading(tr("Sampling"));
    jobs_->start();
}

void InspectWorkspace::branch() { branchFrom(std::nullopt); }

void InspectWorkspace::offerBranches(const std::vector<std::pair<QString, double>>& likely) {
    const Problem* problem = book_->reference();
    if (!problem) return;
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("attempts.branch-menu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const auto heading = [menu](const QString& text) { menu->addAction(text)->setEnabled(false); };  // addSection() is a bare line in this style.
    heading(tr("Another token in its place, by likelihood"));
    for (std::size_t i = 0; i < likely.size(); ++i) {
        const Token token = branchTokens_->tokens()[i];
        connect(menu->addAction(tr("%1   %2").arg(shownToken(problem->family, likely[i].first.toStdString()), numberText(likely[i].second))), &QAction::triggered, this,
                [this, token] { branchFrom(token); });
    }
    menu->addSeparator();
    heading(tr("Continuations"));
    auto* counts = new QActionGroup(menu);
    for (const int count : {8, 16, 32, 64}) {
        QAction* action = menu->addAction(tr("%1 each time").arg(count));
        action->setCheckable(true);
        action->setChecked(count == branchAttempts_);
        counts->addAction(action);
        connect(action, &QAction::triggered, this, [this, count] {
            branchAttempts_ = count;
            refreshToken();
        });
    }
    menu->popup(branchMore_->mapToGlobal(QPoint(0, branchMore_->height())));
}

void InspectWorkspace::branchFrom(std::optional<Token> instead) {
    const AttemptGroup& group = attempts_->group();
    const int at = attempts_->current(), token = attempts_->token();
    if (at < 0 || token < 0 || !model_->session()) return;
    const Attempt& from = group.attempts[static_cast<std::size_t>(at)];
    // The hint as it was given, whatever trace it came from: its text is the only step of the trace to cut.
    GroupProbeSettings s;
    s.problem = from.problem;
    s.variant = from.variant;
    if (const TraceBook::Entry* trace = book_->entry(from.variant)) s.steps = trace->steps;
    const auto given = [&s] { return join_words(std::span(s.steps).first(static_cast<std::size_t>(s.given))); };
    while (s.given < static_cast<int>(s.steps.size()) && given().size() < from.hint.size()) ++s.given;
    if (given() != from.hint) {
        s.steps = {from.hint};
        s.given = from.hint.empty() ? 0 : 1;
    }
    s.forced.assign(from.tokens.begin(), from.tokens.begin() + std::min<std::ptrdiff_t>(token + 1, std::ssize(from.tokens)));
    if (instead && !s.forced.empty()) s.forced.back() = *instead;
    s.attempts = branchAttempts_;
    s.seed = model_->experiment().seed;
    waiting_ = probes_[book_->problem()] = std::make_shared<GroupProbe>(std::move(s));
    model_->session()->submit(waiting_);
    setSource(probed);
    attempts_->setLoading(tr("Sampling continuations"));
    jobs_->start();
}

void InspectWorkspace::probeCurve() {
    if (book_->problem() < 0 || !model_->session()) return;
    CurveSettings s;
    s.problem = static_cast<std::uint32_t>(book_->problem());
    s.seed = model_->experiment().seed;
    // Gold, and of the variants those that can be told apart: the one in the editor, the one in training, then the newest.
    std::vector<TraceBook::Entry> shown(book_->entries().begin() + 1, book_->entries().end());
    const auto rank = [&](const TraceBook::Entry& e) { return e.id == book_->current().id ? 0 : e.id == book_->trained() ? 1 : 2; };
    std::reverse(shown.begin(), shown.end());
    std::stable_sort(shown.begin(), shown.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    if (shown.size() > kCurveVariants) shown.resize(kCurveVariants);
    shown.insert(shown.begin(), book_->entries().front());
    for (const TraceBook::Entry& e : shown) {
        const bool gold = e.id == 0;
        s.traces.push_back({gold ? CurveTrace::Kind::gold : CurveTrace::Kind::variant, e.id, (gold ? tr("gold") : tr("%1 %2").arg(e.mark, e.title)).toStdString(), e.steps});
    }
    s.traces.push_back({CurveTrace::Kind::null, 0, std::string(), {}});
    try {
        curves_->sample(std::move(s));
    } catch (const UserError& error) {
        Q_EMIT said(QString::fromUtf8(error.what()));
        return;
    }
    side_->showPage(InspectSide::curvePage);
}

void InspectWorkspace::pollJobs() {
    if (waiting_ && !waiting_->done()) return;
    jobs_->stop();
    if (!waiting_) return;
    if (!waiting_->failure().empty()) Q_EMIT said(QString::fromStdString(waiting_->failure()));
    waiting_.reset();
    refreshAttempts();
}

void InspectWorkspace::refreshCurve() {
    const CurveState state = curves_->state(book_->problem());
    side_->curve()->setState(curves_->stateWithEarlier(book_->problem()));
    side_->table()->setState(state);
    side_->curve()->setCut(book_->ratio());
    side_->table()->setCut(book_->ratio());
    side_->setCurveNote(!curves_->sampled(book_->problem()) ? QString() : state.done ? tr("weights after step %1").arg(state.step) : tr("sampling…"));
}

void InspectWorkspace::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    QTimer::singleShot(0, trace_->chips(), [this] { trace_->chips()->setFocus(); });  // Once the page's first field has had it.
    refreshAttempts();
}

QVariantMap InspectWorkspace::viewSettings() const {
    return {{QStringLiteral("page"), choiceName(pageNames, side_->page())},
            {QStringLiteral("attempts"), choiceName(sourceNames, source_)},
            {QStringLiteral("trace-height"), split_->sizes().at(0)}};
}

void InspectWorkspace::applyViewSettings(const QVariantMap& values) {
    side_->showPage(static_cast<InspectSide::Page>(choiceIndex(pageNames, values.value(QStringLiteral("page")))));
    setSource(static_cast<Source>(choiceIndex(sourceNames, values.value(QStringLiteral("attempts")))));
    const int all = split_->sizes().at(0) + split_->sizes().at(1);
    const int trace = std::max(traceHeight, values.value(QStringLiteral("trace-height")).toInt());
    split_->setSizes({trace, std::max(1, all - trace)});
}

void InspectWorkspace::resizeEvent(QResizeEvent* event) {
    const bool compact = event->size().width() < compactBelow;
    left_->setFixedWidth(compact ? 224 : leftWidth);
    side_->setFixedWidth(compact ? 316 : rightWidth);
    QWidget::resizeEvent(event);
}

}  // namespace foothold::ui
