// SPDX-License-Identifier: GPL-3.0-or-later
// Named layouts: the workspace in front and every view's settings, one readable JSON file each.
#pragma once
#include <QJsonObject>
#include <QObject>
#include <filesystem>
#include <vector>

namespace foothold::ui {

class MainWindow;

/// What throws UserError names the layout or its file and leaves that file as it is.
class Layouts : public QObject {
    Q_OBJECT
   public:
    /// `folder` is made when something is first saved; empty = "layouts" in the user's configuration folder.
    Layouts(MainWindow* window, const std::filesystem::path& folder, QObject* parent = nullptr);

    struct One {
        QString name;
        bool builtIn = false;
        std::filesystem::path file;
        QString broken;  ///< Why the file cannot be used; empty = it can.
    };
    std::vector<One> all() const;  ///< Built-in ones first, then the files by name, broken ones too.
    void save(const QString& name);
    void apply(const QString& name);  ///< A broken file: the standard layout is applied, then it throws.
    void rename(const QString& from, const QString& to);
    void remove(const QString& name);
    void reset();                     ///< Every view as it comes; the workspace in front stays.
    void welcome(QWidget* workspace); ///< Made after a layout was applied: its views get their part of it.
    QString current() const { return current_; }  ///< Applied or saved last; empty = none.
    std::filesystem::path folder() const { return folder_; }

   Q_SIGNALS:
    void changed();

   private:
    QJsonObject capture() const;
    void put(const QJsonObject& layout);
    One find(const QString& name) const;
    std::filesystem::path freeFile(const QString& name) const;
    void write(const std::filesystem::path& file, const QString& name, QJsonObject layout) const;

    MainWindow* window_;
    std::filesystem::path folder_;
    QJsonObject applied_;  ///< Views of the layout in effect, for workspaces that are made later.
    QString current_;
};

}  // namespace foothold::ui
