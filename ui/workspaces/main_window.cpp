// SPDX-License-Identifier: GPL-3.0-or-later
// The window's parts, its session and what it says about it.
#include "ui/workspaces/main_window.h"

#include <QActionGroup>
#include <QCloseEvent>
#include <QLabel>
#include <QMenuBar>
#include <QSettings>
#include <QTimer>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "record/error.h"
#include "session/fork.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "ui/models/curve_book.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/selection/selection.h"
#include "ui/views/common/card.h"
#include "ui/views/live/experiment_panel.h"
#include "ui/views/live/heat_map.h"
#include "ui/views/live/problem_card.h"
#include "ui/views/frame/status_strip.h"
#include "ui/views/common/tier_labels.h"
#include "ui/views/frame/tool_strip.h"
#include "ui/views/inspect/trace_editor.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/habits.h"
#include "ui/workspaces/inspect_workspace.h"
#include "studies/comparison.h"
#include "ui/workspaces/live_workspace.h"

namespace foothold::ui {

namespace fs = std::filesystem;

namespace {
constexpr double replayWorthAsking = 10;  // Seconds that a fork would spend on repeating steps.
}

MainWindow::MainWindow(SessionDoors doors, WindowOptions options, QWidget* parent)
    : QMainWindow(parent),
      doors_(std::move(doors)),
      options_(std::move(options)),
      model_(new RunModel(this)),
      selection_(new Selection(this)),
      editor_(new ExperimentEditor(model_, this)),
      curves_(new CurveBook(model_, this)),
      actions_(new ActionRegistry(this)),
      habits_(new Habits(this, actions_)) {
    setObjectName(QStringLiteral("window"));
    setWindowIcon(Theme::instance().icon(QStringLiteral("app")));
    makeActions();
    makeMenus();
    auto* all = new QWidget;
    auto* column = new QVBoxLayout(all);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    tools_ = new ToolStrip(model_, *actions_);
    tools_->setPace(options_.pace);
    notice_ = new NoticeBar;
    workspaces_ = new QStackedWidget;
    live_ = new LiveWorkspace(model_, selection_, editor_, curves_, actions_->find(QStringLiteral("view.only-fresh")));
    status_ = new StatusStrip(model_);
    column->addWidget(tools_);
    workspaces_->addWidget(live_);
    auto* said = new QWidget;
    auto* saidLayout = new QVBoxLayout(said);
    saidLayout->setContentsMargins(Theme::gutter, Theme::gutter, Theme::gutter, 0);
    saidLayout->addWidget(notice_);
    said->hide();
    connect(notice_, &NoticeBar::shown, said, &QWidget::setVisible);
    column->addWidget(said);
    column->addWidget(workspaces_, 1);
    column->addWidget(status_);
    setCentralWidget(all);
    for (const char* id : {"view.live", "view.inspect", "view.compare", "view.teach"}) tools_->addWorkspace(actions_->find(QString::fromLatin1(id)));
    auto* exports = new QMenu(this);
    for (const char* id : {"file.export-report", "export.metrics", "export.rollouts", "export.experiment", "export.tensorboard", "export.picture"}) exports->addAction(actions_->find(QString::fromLatin1(id)));
    tools_->setExportMenu(exports);
    live_->panel()->setHeaderActions({actions_->find(QStringLiteral("edit.undo")), actions_->find(QStringLiteral("edit.redo"))});
    setMinimumSize(1180, 660);  // What three columns and the tool bar need.
    resizeToFit(this, {1600, 1000});
    live_->map()->setFocus();  // The arrow keys belong to it, until something else is clicked.
    connectModel();
    if (options_.remember) restoreSettings();
    habits_->begin();
    fillRecent();
    refreshActions();
    refreshTitle();
}

MainWindow::~MainWindow() {
    // First the views, then the run that they show.
    delete takeCentralWidget();
    teach_ = nullptr;  // What the model still says reaches the window.
    auto session = model_->sharedSession();
    model_->setSession(nullptr);
    disposeOf(std::move(session));
    if (disposal_.joinable()) disposal_.join();
}

NoticeBar* MainWindow::notice() const { return notice_; }

InspectWorkspace* MainWindow::inspect() {
    if (inspect_) return inspect_;
    inspect_ = new InspectWorkspace(model_, selection_, editor_, curves_);
    inspect_->traceEditor()->setHeaderActions({actions_->find(QStringLiteral("edit.undo")), actions_->find(QStringLiteral("edit.redo"))});
    connect(inspect_, &InspectWorkspace::said, this, [this](const QString& message) { notice()->showNotice(NoticeBar::Kind::warning, message); });
    workspaces_->addWidget(inspect_);
    habits_->welcome(inspect_);
    return inspect_;
}

bool MainWindow::showWorkspace(const QString& name) {
    QAction* action = actions_->find(QStringLiteral("view.") + name);
    if (!action || !action->actionGroup()) return false;
    action->trigger();
    return true;
}

QString MainWindow::workspace() const {
    const QActionGroup* group = actions_->find(QStringLiteral("view.live"))->actionGroup();
    return group->checkedAction()->objectName().mid(static_cast<int>(qstrlen("view.")));
}

void MainWindow::connectModel() {
    connect(model_, &RunModel::progressChanged, this, &MainWindow::refreshActions);
    connect(model_, &RunModel::runChanged, this, &MainWindow::refreshActions);
    connect(model_, &RunModel::finished, this, &MainWindow::showFinished);
    connect(model_, &RunModel::failed, this, &MainWindow::showFailed);
    connect(editor_, &ExperimentEditor::changed, this, &MainWindow::refreshTitle);
    connect(editor_, &ExperimentEditor::refused, this, [this](const QString& message) { notice()->showNotice(NoticeBar::Kind::warning, message); });
    connect(editor_, &ExperimentEditor::needsNewRun, this, [this](const QStringList& keys, const Experiment& changed) {
        notice()->showNotice(NoticeBar::Kind::info, tr("Changing “%1” needs a new run. This run stays in the list of runs.").arg(keys.join(tr("” and “"))),
                             {{tr("Keep this run"), QStringLiteral("notice.keep"), {}},
                              {tr("New run with the change"), QStringLiteral("notice.new-run"), [this, changed] { newRun(changed); }, true}});
    });
    connect(notice_, &NoticeBar::shown, this, [this](bool on) {
        if (!on) editor_->forgetNewRun();
    });
    // Problems depend on keys that need a new run: before the first step such an edit makes the session anew, so that the map shows them.
    auto* remake = new QTimer(this);
    remake->setSingleShot(true);
    remake->setInterval(300);
    connect(remake, &QTimer::timeout, this, [this] {
        if (!editor_->started() && editor_->draftEdited()) readyToTrain();
    });
    connect(editor_, &ExperimentEditor::changed, this, [this, remake] {
        if (editor_->started() || !editor_->draftEdited() || !model_->session()) return;
        const Experiment made = model_->session()->initial_experiment(), &draft = editor_->draft();
        if (made.problems.tiers != draft.problems.tiers || made.problems.family != draft.problems.family || made.problems.pool != draft.problems.pool ||
            made.sampling.attempts != draft.sampling.attempts)
            remake->start();
    });
    connect(tools_, &ToolStrip::paceChanged, this, [this](double pace) {
        if (model_->session()) model_->session()->set_pace(pace);
    });
    connect(live_, &LiveWorkspace::openMarker, this, &MainWindow::showMarker);
    connect(live_, &LiveWorkspace::inspectAsked, this, [this](int problem) {
        selection_->setProblem(problem);
        showWorkspace(QStringLiteral("inspect"));
    });
    connect(live_, &LiveWorkspace::groupsShown, actions_->find(QStringLiteral("view.step-groups")), &QAction::setChecked);
    connect(live_, &LiveWorkspace::timelineShown, actions_->find(QStringLiteral("view.timeline")), &QAction::setChecked);
    connect(live_, &LiveWorkspace::curveAsked, this, [this] { inspect()->probeCurve(); });  // With the variants that were made there.
    connect(curves_, &CurveBook::failed, this, [this](const QString& message) { notice()->showNotice(NoticeBar::Kind::warning, message); });
    connect(live_->problemCard(), &ProblemCard::inspectAsked, this, [this] { showWorkspace(QStringLiteral("inspect")); });
    connect(status_, &StatusStrip::errorClicked, this, &MainWindow::showLog);
}

void MainWindow::guarded(const std::function<void()>& work) {
    try {
        work();
    } catch (const std::exception& error) {
        notice()->showNotice(NoticeBar::Kind::error, QString::fromUtf8(error.what()));
        status_->setError(QString::fromUtf8(error.what()));
    }
}

void MainWindow::openPath(const fs::path& path) {
    if (is_comparison(path)) return openComparison(path);
    if (fs::is_directory(path)) return openRun(path);
    openExperiment(read_experiment(path), path);
}

void MainWindow::openExperiment(const Experiment& experiment, const fs::path& path) {
    check_experiment(experiment);
    SessionOptions options = options_.session;
    options.experiment_path = path;
    auto session = doors_.create(experiment, options);
    options_.session.dir.clear();
    path_ = path;
    name_ = path.empty() ? tr("untitled") : QString::fromStdString(path.stem().string());
    savedText_ = write_experiment(experiment);
    notice()->dismiss();
    takeSession(std::move(session), true);
    editor_->setDraft(experiment);
    addRecent(QString::fromStdString(path.string()));
    refreshTitle();
}

void MainWindow::openRun(const fs::path& dir) {
    SessionOptions options = options_.session;
    options.dir = fs::absolute(dir).lexically_normal();
    if (options.dir.filename().empty()) options.dir = options.dir.parent_path();
    options.token_limit = 0;
    if (model_->session() && model_->session()->dir() == options.dir) return;
    auto session = doors_.open(options, true);
    path_.clear();
    name_ = QString::fromStdString(session->info().name);
    savedText_ = write_experiment(session->initial_experiment());
    notice()->dismiss();
    const bool readOnly = session->read_only();
    const Experiment experiment = session->initial_experiment();
    takeSession(std::move(session), false);
    editor_->setDraft(experiment);
    addRecent(QString::fromStdString(options.dir.string()));
    if (readOnly) notice()->showNotice(NoticeBar::Kind::info, tr("Opened for reading only: another process trains this run, or its model is missing."));
    refreshTitle();
}

void MainWindow::takeSession(std::shared_ptr<Session> session, bool ours) {
    auto old = model_->sharedSession();
    const qint64 trained = model_->lastStep();
    if (old && !old->read_only() && trained > 0 && model_->progress().state == TrainerState::running)
        status_->setNote(tr("%1 stopped at step %2 and kept: File, Runs").arg(QString::fromStdString(model_->info().name)).arg(trained));
    session->set_pace(tools_->pace());
    selection_->setProblem(-1);  // While the views still know its row.
    model_->setSession(std::move(session));
    disposeOf(std::move(old));
    ours_ = ours;
    if (selection_->problem() < 0 && !model_->rows().empty()) live_->selectFirst();
}

void MainWindow::disposeOf(std::shared_ptr<Session> session) {
    if (!session) return;
    // A run of ours that never trained a step leaves nothing behind; ending a session waits for its trainer, so not here.
    const fs::path dir = session->dir();
    const bool untouched = ours_ && session->progress().step <= 0 && session->history_since(1).empty() && dir.parent_path() == runs_dir();
    disposal_ = std::jthread([session = std::move(session), dir, untouched]() mutable {
        session.reset();
        std::error_code ignored;
        if (untouched) fs::remove_all(dir, ignored);
    });
}

bool MainWindow::readyToTrain() {
    if (model_->session() && !editor_->draftEdited()) return !model_->session()->read_only();
    try {
        SessionOptions options = options_.session;
        options.experiment_path = path_;
        const Experiment draft = editor_->draft();
        takeSession(doors_.create(draft, options), true);
        editor_->draftTaken();
        return true;
    } catch (const std::exception& error) {
        notice()->showNotice(NoticeBar::Kind::error, QString::fromUtf8(error.what()));
        return false;
    }
}

void MainWindow::run() {
    if (!readyToTrain()) return;
    notice()->dismiss();
    model_->session()->run();
    model_->poll();
}

void MainWindow::trainMore(int steps) {
    if (!model_->session() || model_->session()->read_only()) return;
    model_->session()->set_steps(model_->progress().step + steps);
    run();
}

void MainWindow::forkHere() {
    if (!model_->session() || model_->lastStep() < 0) return;
    guarded([&] {
        const auto parent = RunReader::open(model_->session()->dir());
        // What was trained a moment ago may not be stored yet.
        const qint64 step = std::min<qint64>(selection_->step(), parent->last_step());
        if (step < 0) throw UserError(tr("Nothing of this run is stored yet: fork it after its first step.").toStdString());
        const Replay replay = replay_to(*parent, step);
        if (replay.seconds < replayWorthAsking) return forkAt(step);
        notice()->showNotice(NoticeBar::Kind::info,
                             tr("Step %1 has no checkpoint. A fork there first repeats the steps since %2, about %3; one at step %2 begins at once.")
                                 .arg(step).arg(replay.checkpoint).arg(durationText(replay.seconds)),
                             {{tr("Fork at %1").arg(replay.checkpoint), QStringLiteral("notice.fork-nearest"), [this, at = replay.checkpoint] { forkAt(at); }, true},
                              {tr("Fork at %1").arg(step), QStringLiteral("notice.fork-here"), [this, step] { forkAt(step); }}});
    });
}

void MainWindow::forkAt(qint64 step) {
    guarded([&] {
        const QString name = QString::fromStdString(model_->info().name), problem = selection_->problem() < 0 ? QString() : QString::fromStdString(model_->info().problems[static_cast<std::size_t>(selection_->problem())].id);
        const qint64 parentAt = model_->progress().step;
        const bool stopped = parentAt < model_->progress().planned_steps;
        const auto& changes = model_->session()->experiment().interventions;
        const bool later = std::any_of(changes.begin(), changes.end(), [&](const Intervention& c) { return c.step > step; });
        openRun(fork_run({model_->session()->dir(), step, {}, {}, {}, model_->progress().planned_steps}));
        selectProblem(problem);
        notice()->showNotice(NoticeBar::Kind::info, tr("This is a fork of %1: the same up to step %2. Change one thing, then run; unchanged it repeats its parent%3.%4").arg(name).arg(step)
                                                        .arg(later ? tr(" until that one's next change, which is not made here") : QString(), stopped ? tr(" %1 waits at step %2 in the list of runs.").arg(name).arg(parentAt) : QString()));
    });
}

void MainWindow::newRun(const Experiment& experiment) {
    guarded([&] {
        SessionOptions options = options_.session;
        options.experiment_path = path_;
        Experiment fresh = experiment;
        fresh.interventions.clear();
        takeSession(doors_.create(fresh, options), true);
        editor_->setDraft(fresh);
        notice()->dismiss();
        refreshTitle();
    });
}

bool MainWindow::selectProblem(const QString& id) {
    const auto& problems = model_->info().problems;
    for (int i = 0; i < static_cast<int>(model_->rows().size()); ++i)
        if (QString::fromStdString(problems[static_cast<std::size_t>(i)].id) == id || model_->problemName(i) == id) {
            selection_->setProblem(i);
            return true;
        }
    return false;
}

void MainWindow::refreshTitle() {
    const Experiment experiment = editor_->shown();
    const bool edited = !inLesson() && !savedText_.empty() && write_experiment(experiment) != savedText_;
    setWindowModified(edited);
    const TrainerState state = model_->progress().state;
    const QString end = !model_->session() ? QString() : state == TrainerState::finished ? tr("finished — ") : state == TrainerState::failed ? tr("failed — ") : QString();
    const QString name = name_.isEmpty() ? tr("no experiment") : name_;
    setWindowTitle(tr("%1 — seed %2 — %3Foothold [*]").arg(name).arg(experiment.seed).arg(end));
    corner_->setText(edited ? tr("%1 · seed %2 · edited").arg(name).arg(experiment.seed) : tr("%1 · seed %2").arg(name).arg(experiment.seed));
    corner_->setToolTip(model_->session() ? QString::fromStdString(model_->session()->dir().string()) : QString());
    menuBar()->setCornerWidget(corner_);  // Takes its new width.
}

void MainWindow::showFinished() {
    refreshTitle();
    const Progress& p = model_->progress();
    if (p.step <= 0) return;
    QStringList tiers;
    for (int tier = model_->tierCount() - 1; tier >= 0; --tier) {
        const std::string name = "heldout/" + model_->tiers()[static_cast<std::size_t>(tier)].toStdString() + "/accuracy";
        for (qint64 step = model_->lastStep(); step >= 0; --step)
            if (const double* share = model_->steps()[static_cast<std::size_t>(step)]->metric(name)) {
                tiers << tr("%1 %2").arg(tierShort(tier), numberText(*share));
                break;
            }
    }
    const bool planned = p.step >= p.planned_steps;
    QString text = planned ? tr("Finished: %1 steps in %2.") : tr("Stopped after %1 steps, %2.");
    text = text.arg(countText(p.step), durationText(p.seconds));
    if (!tiers.isEmpty()) text += ' ' + tr("Held-out success without hints: %1.").arg(tiers.join(QStringLiteral(", ")));
    QVector<NoticeBar::Button> buttons;
    if (!model_->session()->read_only()) {
        if (planned)
            buttons.push_back({tr("100 more steps"), QStringLiteral("notice.more"), [this] { trainMore(100); }});
        else
            buttons.push_back({tr("Go on"), QStringLiteral("notice.go-on"), [this] { run(); }});
    }
    buttons.push_back({tr("New run"), QStringLiteral("notice.new-run"), [this] { newRun(editor_->shown()); }});
    notice()->showNotice(NoticeBar::Kind::done, text, buttons);
}

void MainWindow::showFailed(const QString& message) {
    status_->setError(message);
    refreshTitle();
    notice()->showNotice(NoticeBar::Kind::error, message,
                         {{tr("Open the log"), QStringLiteral("notice.log"), [this] { showLog(); }},
                          {tr("New run"), QStringLiteral("notice.new-run"), [this] { newRun(editor_->shown()); }}});
}

void MainWindow::showMarker(qint64 step) {
    if (step < 0 || step > model_->lastStep()) return;
    selection_->setStep(step);
    const auto& applied = model_->steps()[static_cast<std::size_t>(step)]->applied;
    if (applied.empty()) {
        notice()->showNotice(NoticeBar::Kind::info, tr("The cold start ends at step %1: hints are given from the next step on.").arg(step));
        return;
    }
    Experiment before = model_->session()->initial_experiment();
    for (qint64 s = 0; s < step; ++s)
        for (const Intervention& change : model_->steps()[static_cast<std::size_t>(s)]->applied) set_key(before, change.key, change.value);
    QStringList changes;
    std::vector<std::pair<std::string, Value>> back;
    for (const Intervention& change : applied) {
        const Value old = get_key(before, change.key);
        changes << model_->changeText(change.key, old, change.value);
        back.emplace_back(change.key, old);
    }
    notice()->showNotice(NoticeBar::Kind::info, tr("From step %1: %2").arg(step).arg(changes.join(QStringLiteral(", "))),
                         {{tr("Revert"), QStringLiteral("notice.revert"), [this, back] {
                               for (const auto& [key, value] : back) editor_->edit(key, value);
                           }}});
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!leaveComparison()) return event->ignore();
    if (options_.remember) {
        QSettings settings;
        settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
        settings.setValue(QStringLiteral("window/theme"), static_cast<int>(Theme::instance().mode()));
    }
    event->accept();
}

void MainWindow::restoreSettings() {
    const QSettings settings;
    restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
}

}  // namespace foothold::ui
