// SPDX-License-Identifier: GPL-3.0-or-later
// The help pages that come with the program, with a search.
#pragma once
#include <QDialog>
#include <filesystem>

class QLineEdit;
class QListWidget;
class QTextBrowser;

namespace foothold::ui {

class Text;

/// Pages are the *.md files of a folder, index.md first; nothing is fetched from anywhere. A search marks every place in the page and says
/// which other pages have the word; Enter goes to the next place.
class HelpDialog : public QDialog {
    Q_OBJECT
   public:
    explicit HelpDialog(const std::filesystem::path& folder, QWidget* parent = nullptr);
    void open(const QString& page);  ///< "tour" for tour.md; shows the dialog.

   private:
    void search();
    void step(bool back);
    QListWidget* pages_;
    QTextBrowser* text_;
    QLineEdit* find_;
    Text* found_;
};

}  // namespace foothold::ui
