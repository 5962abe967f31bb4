// SPDX-License-Identifier: GPL-3.0-or-later
// The real window over a fake session, for tests that use it as a person would.
#pragma once
#include <QLabel>
#include <QTemporaryDir>
#include <QTest>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"
#include "ui/fake_session.h"
#include "ui/models/run_model.h"
#include "ui/theme/theme.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/main_window.h"

namespace foothold::test {

struct WindowBench {
    QTemporaryDir folder;
    std::shared_ptr<FakeSession> session;
    std::vector<Experiment> made;
    std::vector<std::filesystem::path> opened;  ///< Run folders asked for.
    std::unique_ptr<ui::MainWindow> window;

    explicit WindowBench(QSize size = {1600, 1000}, bool remember = false, const std::filesystem::path& fetch = {}) {
        ui::SessionDoors doors;
        doors.create = [this](const Experiment& experiment, const SessionOptions&) {
            made.push_back(experiment);
            session = std::make_shared<FakeSession>(experiment, path("run").toStdString());
            return session;
        };
        doors.open = [this](const SessionOptions& options, bool) -> std::shared_ptr<Session> {
            opened.push_back(options.dir);
            throw UserError(options.dir.string() + " is not a run directory");
        };
        ui::WindowOptions options;
        options.remember = remember;
        options.runs = path("runs").toStdString();
        options.config = path("config").toStdString();
        options.fetch = fetch;
        window = std::make_unique<ui::MainWindow>(doors, options);
        window->resize(size);
        window->show();
        save_text_file(path("mine.toml").toStdString(), write_experiment(FakeSession::example()));
        window->openPath(path("mine.toml").toStdString());
        if (!QTest::qWaitForWindowExposed(window.get())) qFatal("the window is not shown");
    }
    QString path(const char* file) const { return folder.filePath(QString::fromLatin1(file)); }
    template <class T>
    T* find(const char* name) const {
        T* found = window->findChild<T*>(QString::fromLatin1(name));
        if (!found) qFatal("no %s", name);
        return found;
    }
    void trigger(const char* id) const { window->actions().find(QString::fromLatin1(id))->trigger(); }
    void click(const char* name) const { QTest::mouseClick(find<QWidget>(name), Qt::LeftButton); }
    QString text(const char* name) const { return find<QLabel>(name)->text(); }
    void advance(int steps) const {
        session->advance(steps);
        window->model()->poll();
    }
};

}  // namespace foothold::test
