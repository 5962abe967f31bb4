// SPDX-License-Identifier: GPL-3.0-or-later
// Opening, saving and exporting.
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QSettings>
#include <QStackedWidget>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"
#include "report/export_file.h"
#include "ui/models/comparison_model.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/views/frame/run_list.h"
#include "ui/views/frame/status_strip.h"
#include "ui/workspaces/compare_workspace.h"
#include "ui/workspaces/main_window.h"

namespace foothold::ui {

namespace fs = std::filesystem;

std::function<void(QWidget*, const FileQuestion&, std::function<void(const QString&)>)> MainWindow::askFile =
    [](QWidget* parent, const FileQuestion& question, std::function<void(const QString&)> answer) {
        auto* dialog = new QFileDialog(parent, question.title, question.place, question.filter);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setOption(QFileDialog::DontUseNativeDialog);
        if (question.kind == FileQuestion::Kind::folder) dialog->setFileMode(QFileDialog::Directory);
        if (question.kind == FileQuestion::Kind::open) dialog->setFileMode(QFileDialog::ExistingFile);
        if (question.kind == FileQuestion::Kind::save) {
            dialog->setAcceptMode(QFileDialog::AcceptSave);
            const QFileInfo proposed(question.place);
            dialog->setDirectory(proposed.path());
            dialog->selectFile(proposed.fileName());
            dialog->setDefaultSuffix(proposed.suffix());
        }
        QObject::connect(dialog, &QFileDialog::fileSelected, parent, answer);
        dialog->open();
    };

void MainWindow::askOpen() {
    const fs::path folder = path_.empty() ? resource_dir() / "experiments" : path_.parent_path();
    askFile(this, {tr("Open an experiment"), QString::fromStdString(folder.string()), tr("Experiments (*.toml)"), FileQuestion::Kind::open},
            [this](const QString& path) { guarded([&] { openPath(path.toStdString()); }); });
}

void MainWindow::save() {
    // What came with the program is not written over.
    const bool shipped = fs::path(path_).lexically_normal().string().starts_with(resource_dir().lexically_normal().string());
    if (path_.empty() || shipped) return saveAs();
    saveTo(QString::fromStdString(path_.string()));
}

void MainWindow::saveAs() {
    const QString name = name_.isEmpty() ? tr("experiment") : name_;
    askFile(this, {tr("Save the experiment"), QDir::home().filePath(name + QStringLiteral(".toml")), tr("Experiments (*.toml)"), FileQuestion::Kind::save},
            [this](const QString& path) { saveTo(path); });
}

void MainWindow::saveTo(const QString& path) {
    guarded([&] {
        Experiment experiment = editor_->shown();
        if (editor_->started()) experiment.interventions.clear();  // The recipe as it is now; with its edits it is exported.
        const std::string text = write_experiment(experiment);
        save_text_file(path.toStdString(), text);
        path_ = path.toStdString();
        name_ = QFileInfo(path).completeBaseName();
        savedText_ = write_experiment(editor_->shown());
        addRecent(path);
        status_->setNote(tr("Saved %1").arg(QFileInfo(path).fileName()));
        refreshTitle();
    });
}

void MainWindow::addRecent(const QString& path) {
    if (!options_.remember || path.isEmpty()) return;
    QSettings settings;
    QStringList paths = settings.value(QStringLiteral("recent")).toStringList();
    const QString absolute = QFileInfo(path).absoluteFilePath();
    paths.removeAll(absolute);
    paths.prepend(absolute);
    settings.setValue(QStringLiteral("recent"), QStringList(paths.mid(0, 10)));
    fillRecent();
}

void MainWindow::exportTo(const QString& what, const QString& filter, const QString& name) {
    // Asked now: what is shown may be another run by the time the name is chosen.
    const bool compared = what == QLatin1String("report") && compare_ && compare_->model()->isOpen() && workspaces_->currentWidget() == compare_;
    const fs::path dir = compared ? compare_->model()->plan().dir : model_->session() ? model_->session()->dir() : fs::path();
    const auto kind = what == QLatin1String("tensorboard") ? FileQuestion::Kind::folder : FileQuestion::Kind::save;
    askFile(this, {tr("Export"), QDir::home().filePath(name), filter, kind}, [this, what, dir](const QString& path) {
        if (what == QLatin1String("picture")) {
            if (grab().save(path))
                status_->setNote(tr("Wrote %1").arg(QFileInfo(path).fileName()));
            else
                notice()->showNotice(NoticeBar::Kind::error, tr("%1 cannot be written").arg(path));
            return;
        }
        if (dir.empty()) return;
        status_->setNote(tr("Exporting …"));
        // A run can be long: the store is read and written out away from the window.
        exporting_ = std::jthread([this, what = what.toStdString(), dir, file = path.toStdString()] {
            QString failure;
            try {
                export_file(dir, what, file);
            } catch (const std::exception& error) {
                failure = QString::fromUtf8(error.what());
            }
            QMetaObject::invokeMethod(this, [this, failure, file] {
                if (failure.isEmpty())
                    status_->setNote(tr("Wrote %1").arg(QFileInfo(QString::fromStdString(file)).fileName()));
                else
                    notice()->showNotice(NoticeBar::Kind::error, failure);
            });
        });
    });
}

void MainWindow::showRuns() {
    auto* dialog = new RunListDialog(options_.runs.empty() ? runs_dir() : options_.runs, model_->session() ? model_->session()->dir() : fs::path(), this);
    connect(dialog, &RunListDialog::openRun, this, [this](const QString& dir) { guarded([&] { openPath(dir.toStdString()); }); });
    connect(dialog, &RunListDialog::resumeRun, this, [this](const QString& dir) {
        guarded([&] {
            openRun(dir.toStdString());
            run();
        });
    });
    dialog->open();
}

}  // namespace foothold::ui
