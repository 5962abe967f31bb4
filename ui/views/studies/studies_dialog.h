// SPDX-License-Identifier: GPL-3.0-or-later
// The six questions: what was claimed, what is stored of each study, what it says and what speaks against it; runs a study as a child process.
#pragma once
#include <QDialog>
#include <QTimer>
#include <filesystem>
#include <thread>
#include <tuple>

#include "studies/study.h"

class QComboBox;
class QListWidget;
class QPushButton;
class QScrollArea;

namespace foothold::ui {

class Text;

class StudiesDialog : public QDialog {
    Q_OBJECT
   public:
    /// `cells`: where the person's studies lie, a folder a study with a folder a setting in it; empty = the usual place. `evidence`: folder
    /// of packed cells that came with the program; both empty = the program's own.
    explicit StudiesDialog(const std::filesystem::path& cells = {}, const std::filesystem::path& evidence = {}, QWidget* parent = nullptr);
    ~StudiesDialog() override;  ///< A study that runs goes on: what it stores is there the next time.

    void showStudy(const std::string& study);
    void run(StudySetting setting);  ///< Of the study shown.
    void stop();
    bool running() const;

   Q_SIGNALS:
    void failed(const QString& message);

   private:
    void choose();  ///< Another question: reads what came with the program, and shows it unless the person ran everything.
    void refresh();
    void fill(const Study& study);
    void collectVerdicts();  ///< Of all questions, for the list, in a thread of its own: reading all cells takes a second.
    void showVerdict(const std::string& study, const QString& words);
    QString runningWords() const;
    const Study& study() const;  ///< The one shown.
    std::filesystem::path dir(const Study& study, StudySetting setting) const;
    std::filesystem::path root_, evidence_;
    std::vector<StoredCell> shipped_;  ///< Of the question shown.
    QListWidget* list_;
    QComboBox* source_;
    Text* state_;
    QPushButton *quick_, *full_, *stop_;
    QScrollArea* page_;
    QTimer timer_;
    qint64 process_ = 0;
    StudySetting running_ = StudySetting::quick;
    std::string runningStudy_;
    std::tuple<std::string, bool, std::size_t> shown_;  ///< Question, whose cells, how many.
    std::jthread verdicts_;  ///< The last member: it reads the others.
};

}  // namespace foothold::ui
