// SPDX-License-Identifier: GPL-3.0-or-later
// An experiment or a run dragged onto the window; an experiment as text on the clipboard.
#include <QClipboard>
#include <QDropEvent>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMimeData>

#include "record/error.h"
#include "record/experiment_file.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/views/frame/drop_hint.h"
#include "ui/workspaces/habits.h"
#include "ui/workspaces/main_window.h"

namespace foothold::ui {
namespace {

/// The one local file or folder of a drag; empty if it is something else.
QString droppedPath(const QMimeData* data) {
    const QList<QUrl> urls = data->urls();
    return urls.size() == 1 && urls.front().isLocalFile() ? urls.front().toLocalFile() : QString();
}

}  // namespace

void Habits::addFileActions() {
    const QString file = tr("File");
    add("file.copy", file, tr("&Copy experiment as text"), "copy", tr("Ctrl+Shift+C"), [this] {
        Experiment experiment = window_->editor()->shown();
        if (window_->editor()->started()) experiment.interventions.clear();  // The recipe as it is now.
        QGuiApplication::clipboard()->setText(QString::fromStdString(write_experiment(experiment)));
        window_->notice()->showNotice(NoticeBar::Kind::done, tr("The experiment is on the clipboard as text. Paste it anywhere, or back here as a new experiment (File menu)."));
    });
    add("file.paste", file, tr("&Paste as new experiment"), "import", tr("Ctrl+Shift+V"), [this] {
        guarded([this] {
            const QString text = QGuiApplication::clipboard()->text();
            if (text.trimmed().isEmpty()) throw UserError(tr("There is no text on the clipboard. Copy an experiment first: its text begins with a line such as “seed = 1”.").toStdString());
            window_->openExperiment(parse_experiment(text.toStdString(), tr("the clipboard").toStdString()), {});
        });
    });
    window_->setAcceptDrops(true);
}

bool Habits::handleDrag(QEvent* event) {
    const auto type = event->type();
    if (type == QEvent::DragLeave) {
        if (drop_) drop_->hide();
        return true;
    }
    if (type != QEvent::DragEnter && type != QEvent::DragMove && type != QEvent::Drop) return false;
    auto* drop = static_cast<QDropEvent*>(event);
    const QString path = droppedPath(drop->mimeData());
    const QFileInfo info(path);
    if (type == QEvent::Drop) {
        if (drop_) drop_->hide();
        drop->acceptProposedAction();
        guarded([&] {
            if (path.isEmpty()) throw UserError(tr("Only one experiment file or one run folder of this computer can be dropped here.").toStdString());
            window_->openPath(path.toStdString());
        });
        return true;
    }
    if (!drop->mimeData()->hasUrls()) return false;
    drop->acceptProposedAction();
    if (!drop_) drop_ = new DropHint(window_);
    if (path.isEmpty()) drop_->say(tr("One experiment file or one run folder at a time"), false);
    else drop_->say(info.isDir() ? tr("Open the run %1").arg(info.fileName()) : tr("Open the experiment %1").arg(info.fileName()), true);
    return true;
}

}  // namespace foothold::ui
