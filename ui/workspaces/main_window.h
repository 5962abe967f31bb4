// SPDX-License-Identifier: GPL-3.0-or-later
// The window: one experiment, at most one run of it, and everything that can be done with them.
#pragma once
#include <QMainWindow>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "session/session.h"
#include "ui/workspaces/notice_bar.h"

class QAction;
class QLabel;
class QMenu;
class QStackedWidget;

namespace foothold::ui {

class ActionRegistry;
class CompareWorkspace;
class CurveBook;
class ExperimentEditor;
class Habits;
class InspectWorkspace;
class LiveWorkspace;
class RunModel;
class Selection;
class StatusStrip;
class TeachWorkspace;
class ToolStrip;
struct Lesson;

/// How sessions are made; tests put others in.
struct SessionDoors {
    std::function<std::shared_ptr<Session>(const Experiment&, const SessionOptions&)> create;
    std::function<std::shared_ptr<Session>(const SessionOptions&, bool allowReadOnly)> open;
};

struct WindowOptions {
    SessionOptions session;  ///< Device, steps, token limit; `dir` is used for the first run made, then forgotten.
    double pace = 0;         ///< Steps a second to begin with; 0 = no limit.
    bool remember = true;    ///< Read and write saved settings (size, theme, recent files).
    std::filesystem::path runs;  ///< Folder of the runs dialog; empty = runs_dir().
    std::filesystem::path config;  ///< Folder of saved layouts; empty = the user's configuration folder.
    std::filesystem::path lessons;  ///< Folder of the lessons; empty = the program's own.
    std::filesystem::path fetch;    ///< Program that fetches the small real model; empty = the project's own set-up script.
};

/// What a file dialog asks for.
struct FileQuestion {
    QString title, place, filter;  ///< `place`: folder, or file name to propose.
    enum class Kind { open, save, folder } kind = Kind::open;
};

class MainWindow : public QMainWindow {
    Q_OBJECT
   public:
    MainWindow(SessionDoors doors, WindowOptions options, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// Opens an experiment file or a run directory. Throws UserError; what was open stays then.
    void openPath(const std::filesystem::path& path);
    /// Makes a fresh session for an experiment (`path` may be empty: never saved). Throws UserError.
    void openExperiment(const Experiment& experiment, const std::filesystem::path& path);
    void openRun(const std::filesystem::path& dir);
    void openCell(const std::filesystem::path& dir);  ///< A run of a comparison, over where it ended: trained further it would spoil the comparison.

    RunModel* model() const { return model_; }
    Selection* selection() const { return selection_; }
    ExperimentEditor* editor() const { return editor_; }
    const ActionRegistry& actions() const { return *actions_; }
    CompareWorkspace* compare();  ///< Made when it is first asked for, like Inspect.
    void openComparison(const std::filesystem::path& dir);  ///< Throws UserError; what was open stays then.
    InspectWorkspace* inspect();  ///< Made when it is first asked for: the window paints sooner.
    TeachWorkspace* teach();      ///< Made when it is first asked for.
    bool showWorkspace(const QString& name);  ///< "live", "inspect", "compare", "teach"; false if there is none of that name.
    NoticeBar* notice() const;
    LiveWorkspace* live() const { return live_; }
    ToolStrip* tools() const { return tools_; }
    Habits* habits() const { return habits_; }
    const WindowOptions& options() const { return options_; }
    QString workspace() const;  ///< Name of the one in front, as showWorkspace() takes it.
    bool selectProblem(const QString& id);  ///< By id ("chain/*:10/7") or name ("P-37"); false if there is none.

    /// Asks for a file and calls back with its path, unless cancelled. Tests answer instead of a dialog.
    static std::function<void(QWidget*, const FileQuestion&, std::function<void(const QString&)>)> askFile;

   protected:
    void closeEvent(QCloseEvent* event) override;

   private:
    // main_window_actions.cpp
    void makeActions();
    void makeMenus();
    void fillPresets(QMenu* menu);
    void fillRecent();
    void refreshActions();
    void showKeys();
    void showAbout();
    void showLog();

    // main_window_files.cpp
    void askOpen();
    void save();
    void saveAs();
    void saveTo(const QString& path);
    void addRecent(const QString& path);
    void exportTo(const QString& what, const QString& filter, const QString& name);
    void showRuns();

    // main_window_model.cpp
    void getModel();  ///< Says what it is and how large, fetches it if asked to, and opens an experiment with it.
    void fetchModel(const std::filesystem::path& script);

    // main_window_compare.cpp
    void askComparison();
    void newComparison();
    void showStudies();
    bool leaveComparison();  ///< Asks what becomes of a comparison that runs; false = stay.

    // main_window_teach.cpp
    bool inLesson() const;
    void frameLesson();  ///< Tool bar and menus as a lesson, or anything else, has them.
    void openLesson(const Lesson& lesson);
    void openLessonNumber(int number);
    void showSlowMotion();
    void askHandout();

    // main_window.cpp
    void connectModel();
    void takeSession(std::shared_ptr<Session> session, bool ours);
    void disposeOf(std::shared_ptr<Session> session);
    bool readyToTrain();  ///< Makes the session anew where the draft was edited; false (with a notice) if that failed.
    void run();
    void trainMore(int steps);
    void forkHere();  ///< At the step shown; where that would repeat much, the nearest checkpoint is offered.
    void forkAt(qint64 step);  ///< A run of its own that has everything up to there; the window goes over to it.
    void newRun(const Experiment& experiment);
    void guarded(const std::function<void()>& work);  ///< Shows a UserError instead of throwing it.
    void refreshTitle();
    void showFinished();
    void showFailed(const QString& message);
    void showMarker(qint64 step);
    void restoreSettings();

    SessionDoors doors_;
    WindowOptions options_;
    RunModel* model_;
    Selection* selection_;
    ExperimentEditor* editor_;
    CurveBook* curves_;
    ActionRegistry* actions_;
    Habits* habits_;
    ToolStrip* tools_ = nullptr;
    StatusStrip* status_ = nullptr;
    NoticeBar* notice_ = nullptr;
    QStackedWidget* workspaces_ = nullptr;
    LiveWorkspace* live_ = nullptr;
    InspectWorkspace* inspect_ = nullptr;
    CompareWorkspace* compare_ = nullptr;
    TeachWorkspace* teach_ = nullptr;
    QLabel* corner_ = nullptr;
    QMenu* recent_ = nullptr;
    std::vector<QAction*> workMenus_;  ///< Menus that a lesson does without.
    QAction* lessonMenu_ = nullptr;
    std::filesystem::path path_;  ///< Of the experiment; empty = never saved.
    QString name_;                ///< Of experiment or run, for the title.
    std::string savedText_;       ///< The experiment as last read or written.
    TrainerState shownState_ = TrainerState::loading;
    bool ours_ = false;           ///< The session's directory was made by this window.
    std::jthread disposal_, exporting_;
};

}  // namespace foothold::ui
