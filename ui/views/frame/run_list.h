// SPDX-License-Identifier: GPL-3.0-or-later
// The stored runs and comparisons: open, resume, rename, throw away.
#pragma once
#include <QDialog>
#include <filesystem>
#include <functional>
#include <vector>

#include "store/run_store.h"

class QLineEdit;
class QPushButton;
class QTreeWidget;

namespace foothold::ui {

class Text;

class RunListDialog : public QDialog {
    Q_OBJECT
   public:
    /// `current` is the run that the window has open: it can be neither renamed nor thrown away.
    RunListDialog(std::filesystem::path folder, std::filesystem::path current, QWidget* parent);

    /// Moves a folder to the trash; replaced by tests. True if it is gone.
    static std::function<bool(const QString& path)> moveToTrash;

   Q_SIGNALS:
    void openRun(const QString& dir);
    void resumeRun(const QString& dir);

   private:
    void reload();
    void addComparisons();
    void filter();
    void refreshButtons();
    const RunListEntry* chosen() const;
    void rename();
    void trash();
    void say(const QString& message);

    std::filesystem::path folder_, current_;
    std::vector<RunListEntry> runs_;  ///< Then the comparisons, as their rows.
    std::size_t comparisons_ = 0;     ///< How many of the last are comparisons.
    QLineEdit* filter_;
    QTreeWidget* list_;
    Text* message_;
    QPushButton *open_, *resume_, *rename_, *trash_;
};

}  // namespace foothold::ui
