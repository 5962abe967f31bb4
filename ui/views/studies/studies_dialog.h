// SPDX-License-Identifier: GPL-3.0-or-later
// The six questions: what was claimed, what is stored of each study, what it says and what speaks against it; runs a study as a child process.
#pragma once
#include <QDialog>
#include <QTimer>
#include <filesystem>

#include "studies/study.h"

class QListWidget;
class QPushButton;
class QScrollArea;

namespace foothold::ui {

class Text;

class StudiesDialog : public QDialog {
    Q_OBJECT
   public:
    /// `cells`: where studies lie, a folder a study with a folder a setting in it; empty = the person's own.
    explicit StudiesDialog(const std::filesystem::path& cells = {}, QWidget* parent = nullptr);
    ~StudiesDialog() override;  ///< A study that runs goes on: what it stores is there the next time.

    void showStudy(const std::string& study);
    void run(StudySetting setting);  ///< Of the study shown.
    void stop();
    bool running() const;

   Q_SIGNALS:
    void failed(const QString& message);

   private:
    void refresh();
    void fill(const Study& study);
    std::filesystem::path dir(const Study& study, StudySetting setting) const;
    std::filesystem::path root_;
    QListWidget* list_;
    Text* state_;
    QPushButton *quick_, *full_, *stop_;
    QScrollArea* page_;
    QTimer timer_;
    qint64 process_ = 0;
    StudySetting running_ = StudySetting::quick;
    std::string runningStudy_;
    std::size_t shownCells_ = static_cast<std::size_t>(-1);
};

}  // namespace foothold::ui
