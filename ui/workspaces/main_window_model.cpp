// SPDX-License-Identifier: GPL-3.0-or-later
// The window's "Get a small real model": fetched by the project's own set-up script, beside the window.
#include <QProcess>

#include "record/paths.h"
#include "ui/workspaces/main_window.h"

namespace foothold::ui {
namespace fs = std::filesystem;
namespace {

fs::path modelFile() { return data_dir() / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"; }
fs::path wordsExperiment() { return resource_dir() / "experiments" / "words.toml"; }

}  // namespace

void MainWindow::getModel() {
    if (fs::exists(modelFile()))
        return notice()->showNotice(NoticeBar::Kind::info, tr("SmolLM2-135M-Instruct is there: %1").arg(QString::fromStdString(modelFile().string())),
                                    {{tr("Open word problems with it"), QStringLiteral("notice.words"), [this] { guarded([this] { openPath(wordsExperiment()); }); }, true}});
    const fs::path script = options_.fetch.empty() ? resource_dir().parent_path() / "packaging" / "bootstrap" : options_.fetch;
    if (!fs::exists(script))
        return notice()->showNotice(NoticeBar::Kind::error, tr("%1 is not there: in the project's folder, type packaging/bootstrap --with-smollm2").arg(QString::fromStdString(script.string())));
    notice()->showNotice(NoticeBar::Kind::info,
                         tr("SmolLM2-135M-Instruct (HuggingFaceTB, Apache-2.0), 135 million parameters: 98 MB to fetch and to keep. Training it takes about 5 GB of memory and, on two cores, one to two minutes a step."),
                         {{tr("Not now"), QStringLiteral("notice.no-model"), {}}, {tr("Fetch it"), QStringLiteral("notice.fetch"), [this, script] { fetchModel(script); }, true}});
}

void MainWindow::fetchModel(const fs::path& script) {
    notice()->showNotice(NoticeBar::Kind::info, tr("Fetching SmolLM2-135M-Instruct, 98 MB. Training goes on meanwhile."));
    auto* process = new QProcess(this);
    process->setProcessChannelMode(QProcess::MergedChannels);
    const auto end = [this, process](bool good) {
        const QString said = QString::fromUtf8(process->readAll()).trimmed();
        process->deleteLater();
        if (good && fs::exists(modelFile())) return getModel();
        notice()->showNotice(NoticeBar::Kind::error, tr("The model could not be fetched. %1").arg(said.section('\n', -1)));
    };
    connect(process, &QProcess::finished, this, [end](int code, QProcess::ExitStatus status) { end(code == 0 && status == QProcess::NormalExit); });
    connect(process, &QProcess::errorOccurred, this, [end](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) end(false);
    });
    process->start(QString::fromStdString(script.string()), {QStringLiteral("--with-smollm2")}, QIODevice::ReadOnly);
}

}  // namespace foothold::ui
