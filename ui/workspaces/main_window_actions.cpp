// SPDX-License-Identifier: GPL-3.0-or-later
// The window's actions, its menus and the small dialogs of the Help menu.
#include <QActionGroup>
#include <QDesktopServices>
#include <QDialog>
#include <QFile>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSettings>
#include <QStackedWidget>
#include <QUndoStack>
#include <QUrl>
#include <QGridLayout>
#include <algorithm>
#include <utility>

#include "record/experiment_keys.h"
#include "record/paths.h"
#include "ui/lessons/lesson_run.h"
#include "ui/models/comparison_model.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/card.h"
#include "ui/views/live/heat_map.h"
#include "ui/views/frame/intervene_dialog.h"
#include "ui/views/live/problem_card.h"
#include "ui/views/common/step_axis.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/command_palette.h"
#include "ui/workspaces/compare_workspace.h"
#include "ui/workspaces/habits.h"
#include "ui/workspaces/inspect_workspace.h"
#include "ui/workspaces/live_workspace.h"
#include "ui/workspaces/main_window.h"
#include "ui/workspaces/teach_workspace.h"

namespace foothold::ui {

namespace fs = std::filesystem;

void MainWindow::makeActions() {
    const QString file = tr("File"), edit = tr("Experiment"), trainer = tr("Trainer"), guidance = tr("Guidance"), view = tr("View"), help = tr("Help");
    const auto add = [this](const char* id, const QString& group, const QString& text, const char* icon, const QKeySequence& keys, std::function<void()> run) {
        return actions_->add(QString::fromLatin1(id), group, text, QString::fromLatin1(icon), keys, std::move(run));
    };
    add("run", trainer, tr("&Run"), "play", tr("F5"), [this] { inLesson() ? teach_->run()->play() : run(); });
    add("pause", trainer, tr("&Pause"), "pause", tr("F6"), [this] {
        if (model_->session()) model_->session()->pause(), model_->poll();
    });
    add("step", trainer, tr("One &step"), "step", tr("F10"), [this] {
        if (inLesson()) return teach_->run()->oneStep();
        if (!readyToTrain()) return;
        model_->session()->step();
        model_->poll();
    });
    add("stop", trainer, tr("S&top"), "stop", tr("Shift+F5"), [this] {
        if (model_->session()) model_->session()->stop(), model_->poll();
    });
    add("more", trainer, tr("Train &100 steps more"), "", {}, [this] { trainMore(100); });
    add("run.new", trainer, tr("&New run with these settings"), "restart", tr("Ctrl+Shift+R"), [this] { newRun(editor_->shown()); });

    add("run.fork", trainer, tr("&Fork at the step shown"), "forward", tr("Ctrl+Shift+F"), [this] { forkHere(); });

    add("file.new", file, tr("&New (default experiment)"), "file", QKeySequence::New, [this] {
        guarded([this] { openPath(resource_dir() / "experiments" / "dead-groups.toml"); });
    });
    add("file.open", file, tr("&Open experiment…"), "open", QKeySequence::Open, [this] { askOpen(); });
    add("file.save", file, tr("&Save experiment"), "save", QKeySequence::Save, [this] { save(); });
    add("file.save-as", file, tr("Save experiment &as…"), "save", tr("Ctrl+Shift+S"), [this] { saveAs(); });
    add("runs", file, tr("&Runs…"), "history", tr("Ctrl+R"), [this] { showRuns(); });
    add("export.metrics", file, tr("Export &metrics as CSV…"), "export", {}, [this] { exportTo(QStringLiteral("metrics"), tr("CSV (*.csv)"), QStringLiteral("metrics.csv")); });
    add("export.rollouts", file, tr("Export ro&llouts as JSONL…"), "export", {}, [this] { exportTo(QStringLiteral("rollouts"), tr("JSONL (*.jsonl)"), QStringLiteral("rollouts.jsonl")); });
    add("export.experiment", file, tr("Export e&xperiment with all edits…"), "export", {}, [this] { exportTo(QStringLiteral("experiment"), tr("TOML (*.toml)"), QStringLiteral("replay.toml")); });
    add("file.export-report", file, tr("Export a &report as one web page…"), "export", {}, [this] { exportTo(QStringLiteral("report"), tr("Web page (*.html)"), QStringLiteral("report.html")); });
    add("export.tensorboard", file, tr("Export for &TensorBoard, to a folder…"), "export", {}, [this] { exportTo(QStringLiteral("tensorboard"), {}, {}); });
    add("export.picture", file, tr("Export &picture of the window…"), "export", {}, [this] { exportTo(QStringLiteral("picture"), tr("PNG (*.png)"), QStringLiteral("foothold.png")); });
    add("model.get", file, tr("&Get a small real model…"), "", {}, [this] { getModel(); });
    add("quit", file, tr("&Quit"), "", QKeySequence::Quit, [this] { close(); });

    QAction* undo = add("edit.undo", edit, tr("&Undo"), "undo", QKeySequence::Undo, [this] { editor_->undoStack()->undo(); });
    QAction* redo = add("edit.redo", edit, tr("&Redo"), "redo", tr("Ctrl+Shift+Z"), [this] { editor_->undoStack()->redo(); });
    const auto name = [](QAction* action, const QString& word, const QString& what) { action->setText(what.isEmpty() ? word : tr("%1: %2").arg(word, what)); };
    connect(editor_->undoStack(), &QUndoStack::canUndoChanged, undo, &QAction::setEnabled);
    connect(editor_->undoStack(), &QUndoStack::canRedoChanged, redo, &QAction::setEnabled);
    connect(editor_->undoStack(), &QUndoStack::undoTextChanged, undo, [=](const QString& what) { name(undo, tr("&Undo"), what); });
    connect(editor_->undoStack(), &QUndoStack::redoTextChanged, redo, [=](const QString& what) { name(redo, tr("&Redo"), what); });
    undo->setEnabled(false);
    redo->setEnabled(false);
    add("edit.take-back", edit, tr("&Take back what is pending"), "", {}, [this] { editor_->cancelPending(); });
    add("intervene", edit, tr("&Intervene…"), "bolt", tr("Ctrl+I"), [this] { (new InterveneDialog(model_, editor_, this))->open(); });

    for (const GuidancePreset& preset : guidance_presets()) {
        const std::string policy = preset.name;
        QAction* action = actions_->add(QStringLiteral("guidance.") + QString::fromStdString(policy), guidance, QString::fromStdString(preset.title), {}, {},
                                        [this, policy] { editor_->edit("guidance.policy", policy); });
        action->setCheckable(true);
        action->setToolTip(QString::fromStdString(preset.source));
    }

    QAction* live = add("view.live", view, tr("&Live"), "", tr("Ctrl+1"), [] {});
    live->setCheckable(true);
    live->setChecked(true);
    QAction* inspecting = add("view.inspect", view, tr("&Inspect"), "", tr("Ctrl+2"), [] {});
    inspecting->setCheckable(true);
    QAction* comparing = add("view.compare", view, tr("&Compare"), "", tr("Ctrl+3"), [] {});
    comparing->setCheckable(true);
    QAction* teaching = add("view.teach", view, tr("&Teach"), "", tr("Ctrl+4"), [] {});
    teaching->setCheckable(true);
    auto* workspaces = new QActionGroup(this);
    for (QAction* workspace : {live, inspecting, comparing, teaching}) workspaces->addAction(workspace);
    connect(workspaces, &QActionGroup::triggered, this, [=, this](QAction* chosen) {
        workspaces_->setCurrentWidget(chosen == live ? static_cast<QWidget*>(live_) : chosen == inspecting ? static_cast<QWidget*>(inspect()) : chosen == teaching ? static_cast<QWidget*>(teach()) : compare());
        if (chosen == teaching) {
            if (!teach_->inLesson()) teach_->readLessons();
            teach_->setFocus();
        }
        frameLesson();
    });
    const QString lesson = tr("Lesson");
    for (int number = 1; number <= 6; ++number)
        actions_->add(QStringLiteral("teach.lesson-%1").arg(number), lesson, tr("Begin lesson &%1").arg(number), {}, {}, [this, number] { openLessonNumber(number); });
    add("teach.next", lesson, tr("&Next part"), "chevron-right", tr("Ctrl+Right"), [this] { teach()->run()->show(teach()->run()->current() + 1); })->setEnabled(false);
    add("teach.back", lesson, tr("&Back"), "chevron-left", tr("Ctrl+Left"), [this] { teach()->run()->show(teach()->run()->current() - 1); })->setEnabled(false);
    add("teach.slow-motion", trainer, tr("One step in slo&w motion"), "eye", tr("Ctrl+Shift+M"), [this] { showSlowMotion(); });
    add("teach.handout", lesson, tr("&Handout…"), "export", {}, [this] { askHandout(); })->setEnabled(false);
    add("teach.leave", lesson, tr("&Leave the lesson"), "", {}, [this] { teach()->leave(); })->setEnabled(false);
    add("compare.new", edit, tr("&New comparison…"), "", tr("Ctrl+Shift+N"), [this] { newComparison(); });
    add("studies", edit, tr("&Six questions…"), "", tr("Ctrl+Shift+Q"), [this] { showStudies(); });
    add("compare.open", edit, tr("&Open a comparison…"), "", {}, [this] { askComparison(); });
    add("compare.run", edit, tr("&Run or stop the comparison"), "", {}, [this] { compare()->startOrStop(); });
    add("inspect.probe", edit, tr("&Probe the trace"), "", tr("Ctrl+P"), [this] { inspect()->probeGroup(); });
    add("inspect.curve", edit, tr("Probe the solve &curve"), "", tr("Ctrl+Shift+P"), [this] { inspect()->probeCurve(); });
    add("inspect.branch", edit, tr("&Branch at the chosen token"), "", tr("Ctrl+B"), [this] { inspect()->branch(); });
    add("view.follow", view, tr("Go to the &newest step"), "", tr("End"), [this] {
        selection_->setLive(true);
        live_->map()->axis()->reset();
    });
    add("view.whole-run", view, tr("Show the &whole run"), "", tr("Ctrl+0"), [this] { live_->map()->axis()->reset(); });
    add("view.only-fresh", view, tr("Only &fresh groups"), "", {}, [] {})->setCheckable(true);
    actions_->find(QStringLiteral("view.only-fresh"))->setToolTip(tr("Hide what a problem showed at its last visit, between two visits"));
    QAction* groups = add("view.step-groups", view, tr("&Groups of the step"), "", tr("Ctrl+G"), [] {});
    QAction* timeline = add("view.timeline", view, tr("Where the &time went"), "", tr("Ctrl+Shift+T"), [] {});
    for (QAction* shown : {groups, timeline}) {
        shown->setCheckable(true);
        connect(shown, &QAction::triggered, this, [this] { showWorkspace(QStringLiteral("live")); });
    }
    groups->setToolTip(tr("Lists the groups of the step shown, the worst first, over the problem"));
    timeline->setToolTip(tr("Shows how long each phase of each step took, under the plots"));
    connect(groups, &QAction::triggered, this, [this](bool on) { live_->setGroupsShown(on); });
    connect(timeline, &QAction::triggered, this, [this](bool on) { live_->setTimelineShown(on); });
    add("problem.next", view, tr("Ne&xt problem"), "chevron-right", tr("Ctrl+Down"), [this] { live_->problemCard()->selectNeighbour(1); });
    add("problem.previous", view, tr("Pre&vious problem"), "chevron-left", tr("Ctrl+Up"), [this] { live_->problemCard()->selectNeighbour(-1); });
    QAction* theme = add("theme.toggle", view, tr("&Dark or light"), "moon", tr("Ctrl+Shift+D"), [] {
        Theme::instance().setMode(Theme::instance().isDark() ? Theme::Mode::light : Theme::Mode::dark);
    });
    const auto showTheme = [theme] { theme->setIcon(Theme::instance().icon(Theme::instance().isDark() ? QStringLiteral("sun") : QStringLiteral("moon"), ColorRole::text2)); };
    connect(&Theme::instance(), &Theme::changed, theme, showTheme);
    showTheme();
    add("palette", view, tr("&Commands…"), "search", tr("Ctrl+K"), [this] { (new CommandPalette(*actions_, this))->open(); });

    habits_->addActions();

    add("help.keys", help, tr("&Keys and mouse"), "info", tr("Ctrl+F1"), [this] { showKeys(); });
    add("help.log", help, tr("&Log of this run"), "", {}, [this] { showLog(); });
    add("help.about", help, tr("&About Foothold"), "", {}, [this] { showAbout(); });
}

void MainWindow::makeMenus() {
    corner_ = new QLabel;
    corner_->setObjectName(QStringLiteral("corner"));
    corner_->setContentsMargins(0, 0, 14, 0);
    corner_->setMinimumHeight(28);
    corner_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    corner_->setFont(Theme::instance().font(FontRole::body));
    corner_->setForegroundRole(QPalette::PlaceholderText);
    menuBar()->setCornerWidget(corner_);
    const auto menu = [this](const QString& title, std::initializer_list<const char*> ids) {
        QMenu* made = menuBar()->addMenu(title);
        for (const char* id : ids) {
            if (*id)
                made->addAction(actions_->find(QString::fromLatin1(id)));
            else
                made->addSeparator();
        }
        return made;
    };
    QMenu* file = menu(tr("&File"), {});
    fillPresets(file->addMenu(tr("&New from preset")));
    for (const char* id : {"file.open", "file.save", "file.save-as", "file.copy", "file.paste"}) file->addAction(actions_->find(QString::fromLatin1(id)));
    recent_ = file->addMenu(tr("Re&cent"));
    file->addSeparator();
    file->addAction(actions_->find(QStringLiteral("runs")));
    QMenu* exports = file->addMenu(tr("&Export"));
    for (const char* id : {"file.export-report", "export.metrics", "export.rollouts", "export.experiment", "export.tensorboard", "export.picture"}) exports->addAction(actions_->find(QString::fromLatin1(id)));
    exports->addSeparator();
    for (const char* id : {"export.view.png", "export.view.png2x", "export.view.svg", "export.view.pdf", "export.view.csv", "export.view.jsonl"}) exports->addAction(actions_->find(QString::fromLatin1(id)));
    file->addAction(actions_->find(QStringLiteral("model.get")));
    file->addSeparator();
    file->addAction(actions_->find(QStringLiteral("quit")));
    workMenus_.push_back(menu(tr("&Experiment"), {"edit.undo", "edit.redo", "edit.history", "", "intervene", "edit.take-back", "", "inspect.probe", "inspect.curve", "inspect.branch", "", "compare.new", "compare.open", "compare.run", "", "studies"})->menuAction());
    workMenus_.push_back(menu(tr("&Trainer"), {"run", "pause", "step", "stop", "", "more", "run.new", "run.fork", "", "teach.slow-motion"})->menuAction());
    QMenu* guidance = menu(tr("&Guidance"), {});
    workMenus_.push_back(guidance->menuAction());
    for (const GuidancePreset& preset : guidance_presets()) guidance->addAction(actions_->find(QStringLiteral("guidance.") + QString::fromStdString(preset.name)));
    guidance->setToolTipsVisible(true);
    connect(guidance, &QMenu::aboutToShow, this, [this] {
        const Experiment now = editor_->shown();
        for (const GuidancePreset& preset : guidance_presets())
            actions_->find(QStringLiteral("guidance.") + QString::fromStdString(preset.name))->setChecked(preset.name == now.guidance.policy);
    });
    QMenu* select = menu(tr("&Select"), {});
    habits_->fillSelectMenu(select);
    workMenus_.push_back(select->menuAction());
    QMenu* view = menu(tr("&View"), {"view.live", "view.inspect", "view.compare", "view.teach", "", "view.follow", "view.whole-run", "view.only-fresh", "", "view.step-groups", "view.timeline", "", "problem.next", "problem.previous", "", "palette", "shortcuts", "theme.toggle"});
    view->addSeparator();
    habits_->fillLayoutMenu(view->addMenu(tr("La&youts")));
    lessonMenu_ = menu(tr("&Lesson"), {"run", "pause", "step", "", "teach.back", "teach.next", "", "teach.slow-motion", "teach.handout", "", "teach.leave"})->menuAction();
    lessonMenu_->setVisible(false);
    menu(tr("&Help"), {"help.contents", "help.tour", "help.what", "view.describe", "", "help.keys", "help.log", "", "help.about"});
}

void MainWindow::fillPresets(QMenu* menu) {
    std::vector<fs::path> presets;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(resource_dir() / "experiments", error))
        if (entry.path().extension() == ".toml") presets.push_back(entry.path());
    std::sort(presets.begin(), presets.end());
    for (const fs::path& preset : presets) {
        const QString stem = QString::fromStdString(preset.stem().string());
        menu->addAction(actions_->add(QStringLiteral("file.new.") + stem, tr("New"), stem, {}, {}, [this, preset] { guarded([&] { openPath(preset); }); }));
    }
    menu->setEnabled(!presets.empty());
}

void MainWindow::fillRecent() {
    recent_->clear();
    const QStringList paths = options_.remember ? QSettings().value(QStringLiteral("recent")).toStringList() : QStringList();
    for (const QString& path : paths) {
        QAction* action = recent_->addAction(path);
        connect(action, &QAction::triggered, this, [this, path] { guarded([&] { openPath(path.toStdString()); }); });
    }
    recent_->setEnabled(!paths.isEmpty());
}

void MainWindow::refreshActions() {
    const Progress& p = model_->progress();
    const bool any = model_->session() != nullptr, writable = any && !model_->session()->read_only();
    const bool busy = p.state == TrainerState::running || p.state == TrainerState::stopping;
    const bool over = p.state == TrainerState::failed || (p.state == TrainerState::finished && p.step >= p.planned_steps);
    const auto enable = [this](const char* id, bool on) { actions_->find(QString::fromLatin1(id))->setEnabled(on); };
    if (inLesson()) {
        // A lesson trains its own steps and changes its own settings; everything else is in Live.
        for (const char* id : {"stop", "more", "run.new", "run.fork", "intervene", "edit.take-back"}) enable(id, false);
        enable("run", !busy && teach_->run()->mayTrain());
        enable("step", !busy && teach_->run()->mayTrain());
        enable("pause", p.state == TrainerState::running);
        return;
    }
    enable("run.fork", any);
    enable("run", writable && !busy && !over);
    enable("pause", writable && p.state == TrainerState::running);
    enable("step", writable && !busy && !over);
    enable("stop", writable && (p.state == TrainerState::running || (p.state == TrainerState::paused && p.step > 0)));
    enable("more", writable && p.state != TrainerState::failed && p.step > 0);
    enable("run.new", any);
    enable("intervene", writable);
    enable("edit.take-back", editor_->pendingCount() > 0);
    for (const char* id : {"export.metrics", "export.rollouts", "export.experiment", "export.tensorboard"}) enable(id, any && p.step > 0);
    enable("file.export-report", (any && p.step > 0) || (compare_ && compare_->model()->isOpen()));
    if (std::exchange(shownState_, p.state) != p.state && tools_) refreshTitle();
}

namespace {

QDialog* smallDialog(QWidget* parent, const QString& title, const char* name, int width) {
    auto* dialog = new QDialog(parent);
    dialog->setObjectName(QString::fromLatin1(name));
    dialog->setWindowTitle(title);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    auto* column = new QVBoxLayout(dialog);
    column->setContentsMargins(22, 18, 22, 18);
    column->setSpacing(10);
    column->addWidget(new Text(title, FontRole::cardTitle));
    dialog->setFixedWidth(width);
    return dialog;
}

void addClose(QDialog* dialog) {
    auto* line = new QHBoxLayout;
    line->addStretch();
    auto* close = new QPushButton(QObject::tr("Close"));
    close->setDefault(true);
    QObject::connect(close, &QPushButton::clicked, dialog, &QDialog::accept);
    line->addWidget(close);
    static_cast<QVBoxLayout*>(dialog->layout())->addLayout(line);
}

}  // namespace

void MainWindow::showKeys() {
    QDialog* dialog = smallDialog(this, tr("Keys and mouse"), "keys.dialog", 820);
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(20);
    grid->setVerticalSpacing(5);
    QVector<QPair<QString, QString>> lines;
    const auto line = [&](const QString& what, const QString& how) { lines.append({what, how}); };
    for (const QAction* action : actions_->all())
        if (!action->shortcut().isEmpty()) {
            QString text = action->text();
            line(text.remove('&').remove(QStringLiteral("…")), action->shortcut().toString(QKeySequence::NativeText));
        }
    line(tr("Map: select problem and step"), tr("click, arrow keys"));
    line(tr("Map and list: brush problems"), tr("drag, Ctrl+click"));
    line(tr("Clear the brushed set"), tr("Esc"));
    line(tr("All step axes: zoom, move"), tr("wheel, Shift+wheel"));
    const int tall = (static_cast<int>(lines.size()) + 1) / 2;  // Two columns: it has to fit a small screen.
    for (int i = 0; i < lines.size(); ++i) {
        grid->addWidget(new Text(lines[i].second, FontRole::mono, ColorRole::text2), i % tall, i / tall * 2);
        grid->addWidget(new Text(lines[i].first), i % tall, i / tall * 2 + 1);
    }
    grid->setColumnStretch(1, 1);
    grid->setColumnStretch(3, 1);
    static_cast<QVBoxLayout*>(dialog->layout())->addLayout(grid);
    addClose(dialog);
    dialog->open();
}

void MainWindow::showAbout() {
    QDialog* dialog = smallDialog(this, tr("Foothold"), "about.dialog", 520);
    auto* text = new QLabel(tr("<p>A workbench for one question: can partial solution traces turn problems that are too hard into data a model learns from?</p>"
                               "<p>Free software under the GNU General Public License, version 3 or later, with an additional permission to link our own code "
                               "with libtorch and NVIDIA's CUDA libraries (LICENSE, LICENSE-EXCEPTION). It comes without any warranty.</p>"
                               "<p>Stands on Qt %1 (LGPL-3.0), QCustomPlot (GPL-3.0-or-later), libtorch (BSD-3-Clause), SQLite (public domain), "
                               "spdlog, fmt, toml++ and JSON for Modern C++ (MIT), CLI11 (BSD-3-Clause). Fonts: Inter and JetBrains Mono (OFL-1.1).</p>")
                                .arg(QString::fromLatin1(qVersion())));
    text->setWordWrap(true);
    dialog->layout()->addWidget(text);
    addClose(dialog);
    dialog->open();
}

void MainWindow::showLog() {
    QDialog* dialog = smallDialog(this, tr("Log"), "log.dialog", 860);
    const QString path = model_->session() ? QString::fromStdString((model_->session()->dir() / "log.txt").string()) : QString();
    auto* place = new Text(path.isEmpty() ? tr("No run is open.") : path, FontRole::caption, ColorRole::text3);
    place->setTextInteractionFlags(Qt::TextSelectableByMouse);
    dialog->layout()->addWidget(place);
    auto* lines = new QPlainTextEdit;
    lines->setObjectName(QStringLiteral("log.text"));
    lines->setReadOnly(true);
    lines->setFont(Theme::instance().font(FontRole::mono));
    lines->setMinimumHeight(380);
    QFile file(path);
    if (file.open(QIODevice::ReadOnly)) {
        constexpr qint64 most = 200000;  // The end of it is what counts.
        if (file.size() > most) file.seek(file.size() - most);
        lines->setPlainText(QString::fromUtf8(file.readAll()).trimmed());
    }
    if (!model_->progress().error.empty()) lines->appendPlainText(QString::fromStdString(model_->progress().error));
    lines->verticalScrollBar()->setValue(lines->verticalScrollBar()->maximum());
    dialog->layout()->addWidget(lines);
    addClose(dialog);
    dialog->open();
}

}  // namespace foothold::ui
