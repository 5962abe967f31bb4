// SPDX-License-Identifier: GPL-3.0-or-later
// foothold: the window. Reads the command line, shows the window, then makes the session.
#include <CLI/CLI.hpp>
#include <QFile>
#include <QTemporaryDir>
#include <QSettings>
#include <QTimer>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "ui/theme/theme.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/application.h"
#include "ui/workspaces/main_window.h"
#include "ui/workspaces/script.h"
#include "ui/workspaces/scrub_bench.h"

namespace {

using namespace foothold;
namespace fs = std::filesystem;

struct Arguments {
    std::vector<std::string> paths, set, actions;
    std::string workspace = "live", theme, size, select, screenshot, device = "auto", out;
    std::optional<std::int64_t> seed, steps, at, after_steps;
    int bench_scrub = 0;
    bool run = false, selftest = false, gui_stats = false;

    bool unattended() const { return selftest || !screenshot.empty() || bench_scrub > 0; }
    QSize window_size() const {
        const auto cross = size.find('x');
        return size.empty() ? QSize(1600, 1000) : QSize(std::stoi(size.substr(0, cross)), std::stoi(size.substr(cross + 1)));
    }
};

void add_options(CLI::App& app, Arguments& a) {
    app.add_option("path", a.paths, "Experiment file (TOML) or run directory; default: the dead-groups experiment");
    app.add_flag("--run", a.run, "Start training at once");
    app.add_option("--workspace", a.workspace, "Workspace to open")->check(CLI::IsMember({"live", "inspect", "compare", "teach"}));
    app.add_option("--theme", a.theme, "light, dark or system")->check(CLI::IsMember({"light", "dark", "system"}));
    app.add_option("--size", a.size, "Window size, e.g. 1600x1000")->check(CLI::Validator([](std::string& text) {
        int width = 0, height = 0, end = 0;
        const bool good = std::sscanf(text.c_str(), "%5dx%5d%n", &width, &height, &end) == 2 && end == static_cast<int>(text.size()) && width >= 200 && height >= 200;
        return good ? std::string() : "must be WIDTHxHEIGHT, e.g. 1600x1000";
    }, "WxH"));
    app.add_option("--select", a.select, "Problem to select, by id");
    app.add_option("--at", a.at, "Step to show")->check(CLI::NonNegativeNumber);
    app.add_option("--do", a.actions, "Trigger an action by its id first (repeatable)");
    app.add_option("--screenshot", a.screenshot, "Write a picture of all windows and quit");
    app.add_option("--after-steps", a.after_steps, "With --screenshot: train until this step is drawn")->check(CLI::NonNegativeNumber);
    app.add_flag("--selftest", a.selftest, "Open every workspace and dialog, train a few steps, quit 0 if all is well");
    app.add_option("--set", a.set, "key=value of the experiment (repeatable)");
    app.add_option("--seed", a.seed, "Seed instead of the experiment's")->check(CLI::NonNegativeNumber);
    app.add_option("--device", a.device, "auto, cpu or cuda")->check(CLI::IsMember({"auto", "cpu", "cuda"}));
    app.add_option("--steps", a.steps, "Steps instead of the experiment's")->check(CLI::Range(std::int64_t{1}, std::int64_t{1000000000}));
    app.add_option("--out", a.out, "Run directory to write");
    app.add_flag("--gui-stats", a.gui_stats, "Print what the window's thread cost, at the end")->group("");
    app.add_option("--bench-scrub", a.bench_scrub, "Go to so many steps of a stored run, print how long it took, and quit")->check(CLI::Range(1, 10000))->group("");
}

/// What to open, checked before anything is shown.
struct Opening {
    std::optional<Experiment> experiment;
    fs::path path;
};

Opening read_opening(const Arguments& a) {
    if (a.paths.size() > 1) throw UserError("only one experiment, run or comparison can be opened; several are compared by: foothold-cli compare EXPERIMENT.toml...");
    Opening opening{std::nullopt, a.paths.empty() ? resource_dir() / "experiments" / "dead-groups.toml" : fs::path(a.paths.front())};
    if (fs::is_directory(opening.path)) {
        if (!a.set.empty() || a.seed || !a.out.empty()) throw UserError("--set, --seed and --out belong to a new run; " + opening.path.string() + " is a stored one");
        return opening;
    }
    Experiment experiment = read_experiment(opening.path);
    for (const std::string& pair : a.set) {
        const auto equals = pair.find('=');
        if (equals == std::string::npos) throw UserError("--set " + pair + ": must be key=value");
        set_key_text(experiment, pair.substr(0, equals), pair.substr(equals + 1));
    }
    if (a.seed) experiment.seed = *a.seed;
    check_experiment(experiment);
    opening.experiment = std::move(experiment);
    return opening;
}

/// The offscreen platform has a screen of 800x800: gives it one in which the window fits.
void enlarge_offscreen_screen(const Arguments& a, const QTemporaryDir& folder) {
    const QByteArray platform = qgetenv("QT_QPA_PLATFORM");
    if (platform != "offscreen") return;
    const double scale = std::max(1., qEnvironmentVariable("QT_SCALE_FACTOR").toDouble());
    const QSize size = a.window_size() * scale;
    QFile file(folder.filePath(QStringLiteral("screen.json")));
    if (!file.open(QIODevice::WriteOnly)) return;
    const nlohmann::json screen = {{"name", "screen"}, {"x", 0}, {"y", 0}, {"width", size.width() + 200}, {"height", size.height() + 200},
                                   {"logicalDpi", 96}, {"logicalBaseDpi", 96}, {"dpr", 1}};
    file.write(QByteArray::fromStdString(nlohmann::json{{"screens", {screen}}}.dump()));
    file.close();
    qputenv("QT_QPA_PLATFORM", "offscreen:configfile=" + file.fileName().toUtf8());
}

void print_stats(const ui::Application& application) {
    const double cpu = application.cpuSeconds(), wall = application.wallSeconds(), cores = std::max(1u, std::thread::hardware_concurrency());
    const double painted = application.firstPaintMilliseconds() * 1e-3;
    std::cout << nlohmann::ordered_json{{"gui_cpu_seconds", cpu},
                                        {"wall_seconds", wall},
                                        {"share", cpu / (wall * cores)},
                                        {"share_after_first_paint", (cpu - application.startCpuSeconds()) / ((wall - painted) * cores)},
                                        {"longest_block_ms", application.longestBlockMilliseconds()},
                                        {"longest_block_cpu_ms", application.longestBlockCpuMilliseconds()},
                                        {"first_paint_ms", application.firstPaintMilliseconds()}}
                     .dump()
              << std::endl;
}

int run_window(int argc, char** argv, const Arguments& a, const Opening& opening) {
    const QTemporaryDir folder;
    enlarge_offscreen_screen(a, folder);
    QCoreApplication::setOrganizationName(QStringLiteral("foothold"));
    QCoreApplication::setApplicationName(QStringLiteral("foothold"));
    QGuiApplication::setDesktopFileName(QStringLiteral("foothold"));
    ui::Application application(argc, argv);

    const bool remember = !a.unattended();
    auto mode = ui::Theme::Mode::system;
    if (remember) mode = static_cast<ui::Theme::Mode>(QSettings().value(QStringLiteral("window/theme"), static_cast<int>(mode)).toInt());
    if (a.theme == "light" || (a.theme.empty() && a.unattended())) mode = ui::Theme::Mode::light;
    if (a.theme == "dark") mode = ui::Theme::Mode::dark;
    if (a.theme == "system") mode = ui::Theme::Mode::system;
    ui::Theme::instance().beginStart();
    ui::Theme::instance().setMode(mode);

    ui::WindowOptions options;
    options.remember = remember;
    // The default experiment is there to be watched; whoever names one wants it done.
    if (a.paths.empty() && !a.unattended()) options.pace = 5;
    options.session.device = a.device;
    options.session.steps = a.steps.value_or(0);
    options.session.dir = a.out;
    // A self-test leaves nothing behind; a run directory that was given is looked at as it is.
    if (a.selftest && a.out.empty() && opening.experiment) options.session.dir = folder.filePath(QStringLiteral("run")).toStdString();
    ui::SessionDoors doors{[](const Experiment& experiment, const SessionOptions& session) { return std::shared_ptr<Session>(Session::create(experiment, session)); },
                           [](const SessionOptions& session, bool read_only) { return std::shared_ptr<Session>(Session::open(session, read_only)); }};
    ui::MainWindow window(std::move(doors), options);
    ui::Theme::instance().finishStart();
    if (!a.size.empty() || a.unattended()) window.resize(a.window_size());
    for (const std::string& id : a.actions)
        if (!window.actions().find(QString::fromStdString(id))) {
            std::vector<std::string> known;
            for (const QAction* action : window.actions().all()) known.push_back(action->objectName().toStdString());
            const std::string near = nearest_name(id, known);
            throw UserError("--do " + id + ": no such action" + (near.empty() ? "" : "; did you mean " + near + "?"));
        }
    window.showWorkspace(QString::fromStdString(a.workspace));
    window.show();

    ui::ScriptOptions script_options;
    script_options.run = a.run;
    if (a.after_steps) script_options.afterSteps = *a.after_steps;
    if (a.at) script_options.at = *a.at;
    script_options.select = QString::fromStdString(a.select);
    for (const std::string& id : a.actions) script_options.actions << QString::fromStdString(id);
    script_options.screenshot = QString::fromStdString(a.screenshot);
    script_options.selftest = a.selftest;
    ui::Script script(&window, script_options);
    ui::ScrubBench scrub(&window, a.bench_scrub);

    // The window paints first, then the session is made (its thread loads the engine). A window that is not painted, because it is
    // minimised or hidden by its workspace, begins all the same.
    bool begun = false;
    const auto begin = [&] {
        if (std::exchange(begun, true)) return;
        try {
            if (opening.experiment)
                window.openExperiment(*opening.experiment, opening.path);
            else
                window.openPath(opening.path);
        } catch (const std::exception& error) {
            std::cerr << "foothold: " << error.what() << std::endl;
            return QCoreApplication::exit(2);
        }
        if (a.bench_scrub > 0) return scrub.start();
        script.start();
    };
    QObject::connect(&application, &ui::Application::painted, &window, begin, Qt::QueuedConnection);
    QTimer::singleShot(1000, &window, begin);
    const int code = QApplication::exec();
    window.hide();
    if (a.gui_stats) print_stats(application);
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Foothold: learning from problems that are too hard. The window.", "foothold"};
    Arguments arguments;
    add_options(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return run_window(argc, argv, arguments, read_opening(arguments));
    } catch (const UserError& error) {
        std::cerr << "foothold: " << error.what() << std::endl;
        return 2;
    }
}
