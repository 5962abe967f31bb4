// SPDX-License-Identifier: GPL-3.0-or-later
// A dialog of things with names - slices, layouts: use one, save what is there now under a name, rename, delete.
#pragma once
#include <QDialog>
#include <functional>
#include <vector>

class QLineEdit;
class QListWidget;
class QPushButton;

namespace foothold::ui {

class Text;

/// What the dialog is about. Everything that writes may throw UserError: it is shown in the dialog and nothing is lost.
struct NamedThings {
    struct One {
        QString name, shown;  ///< `shown`: as listed; empty = the name.
        bool builtIn = false; ///< Can be used only.
    };
    QString id;                            ///< Beginning of the object names: "slices" gives "slices.dialog", "slices.list", ...
    QString title, help, use;              ///< `use`: what the button says.
    std::function<std::vector<One>()> all;
    std::function<QString()> saveText;     ///< What the save button says; empty = there is nothing to save.
    QString nothing;                       ///< Said in the name field while there is nothing to save.
    std::function<void(const QString& name)> save, apply, remove;
    std::function<void(const QString& from, const QString& to)> rename;
};

class NamedDialog : public QDialog {
    Q_OBJECT
   public:
    explicit NamedDialog(NamedThings things, QWidget* parent = nullptr);
    void focusName();
    void refresh();  ///< What can be saved has changed.

   private:
    void fill(const QString& current = {});
    void attempt(const std::function<void()>& work);
    NamedThings things_;
    QLineEdit* name_;
    QListWidget* list_;
    QPushButton *save_, *apply_, *rename_, *remove_;
    Text* message_;
    bool filling_ = false;
};

}  // namespace foothold::ui
