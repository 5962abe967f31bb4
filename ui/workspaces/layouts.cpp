// SPDX-License-Identifier: GPL-3.0-or-later
// Layout files, and what they do to the window.
#include "ui/workspaces/layouts.h"

#include <QJsonDocument>
#include <QStandardPaths>
#include <algorithm>

#include "record/error.h"
#include "record/experiment_file.h"
#include "ui/views/common/view_settings.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/main_window.h"

namespace foothold::ui {

namespace fs = std::filesystem;

namespace {

constexpr int format = 1;

struct BuiltIn {
    const char *name, *workspace;
};
constexpr BuiltIn builtIns[] = {{QT_TRANSLATE_NOOP("foothold::ui::Layouts", "Explore"), "live"},
                                {QT_TRANSLATE_NOOP("foothold::ui::Layouts", "Inspect"), "inspect"},
                                {QT_TRANSLATE_NOOP("foothold::ui::Layouts", "Compare"), "compare"},
                                {QT_TRANSLATE_NOOP("foothold::ui::Layouts", "Teach"), "teach"}};

/// Every view with settings below a widget.
std::vector<ViewSettings*> viewsIn(QWidget* root) {
    std::vector<ViewSettings*> views;
    if (auto* own = dynamic_cast<ViewSettings*>(root)) views.push_back(own);
    for (QWidget* widget : root->findChildren<QWidget*>())
        if (auto* view = dynamic_cast<ViewSettings*>(widget)) views.push_back(view);
    return views;
}

/// Reads a layout; says in `why` what is wrong with it, with the line.
QJsonObject readLayout(const fs::path& file, QString& why) {
    QByteArray text;
    try {
        text = QByteArray::fromStdString(load_text_file(file));
    } catch (const std::exception& error) {
        why = QString::fromUtf8(error.what());
        return {};
    }
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(text, &error);
    if (error.error != QJsonParseError::NoError) {
        why = Layouts::tr("line %1: %2").arg(text.left(error.offset).count('\n') + 1).arg(error.errorString());
        return {};
    }
    const QJsonObject layout = document.object();
    if (layout[QStringLiteral("foothold-layout")].toInt() < 1 || !layout[QStringLiteral("views")].isObject())
        why = Layouts::tr("it is not a layout: “foothold-layout” and “views” are missing");
    else if (layout[QStringLiteral("foothold-layout")].toInt() > format)
        why = Layouts::tr("it was written by a newer version");
    return layout;
}

}  // namespace

Layouts::Layouts(MainWindow* window, const fs::path& folder, QObject* parent)
    : QObject(parent),
      window_(window),
      folder_(folder.empty() ? fs::path(QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation).toStdString()) / "layouts" : folder / "layouts") {}

std::vector<Layouts::One> Layouts::all() const {
    std::vector<One> all;
    for (const BuiltIn& one : builtIns)
        if (window_->actions().find(QStringLiteral("view.") + QLatin1String(one.workspace))) all.push_back({tr(one.name), true, {}, {}});
    std::vector<One> own;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
        if (entry.path().extension() != ".json") continue;
        One one{{}, false, entry.path(), {}};
        one.name = readLayout(one.file, one.broken)[QStringLiteral("name")].toString();
        if (one.name.isEmpty()) one.name = QString::fromStdString(one.file.stem().string());
        own.push_back(std::move(one));
    }
    std::sort(own.begin(), own.end(), [](const One& a, const One& b) { return a.name.localeAwareCompare(b.name) < 0; });
    all.insert(all.end(), own.begin(), own.end());
    return all;
}

Layouts::One Layouts::find(const QString& name) const {
    for (const One& one : all())
        if (one.name == name) return one;
    throw UserError(tr("There is no layout “%1”.").arg(name).toStdString());
}

QJsonObject Layouts::capture() const {
    QJsonObject views = applied_;  // Of workspaces that are not made yet.
    for (const ViewSettings* view : viewsIn(window_)) views[view->settingsKey()] = QJsonObject::fromVariantMap(view->viewSettings());
    return {{QStringLiteral("workspace"), window_->workspace()}, {QStringLiteral("views"), views}};
}

void Layouts::put(const QJsonObject& layout) {
    applied_ = layout[QStringLiteral("views")].toObject();
    if (const QString workspace = layout[QStringLiteral("workspace")].toString(); !workspace.isEmpty()) window_->showWorkspace(workspace);
    for (ViewSettings* view : viewsIn(window_)) view->applyViewSettings(applied_[view->settingsKey()].toObject().toVariantMap());
}

void Layouts::welcome(QWidget* workspace) {
    if (applied_.isEmpty()) return;
    for (ViewSettings* view : viewsIn(workspace))
        if (applied_.contains(view->settingsKey())) view->applyViewSettings(applied_[view->settingsKey()].toObject().toVariantMap());
}

void Layouts::reset() {
    put({});
    current_.clear();
    Q_EMIT changed();
}

void Layouts::apply(const QString& name) {
    const One one = find(name);
    if (one.builtIn) {
        for (const BuiltIn& own : builtIns)
            if (tr(own.name) == name) put({{QStringLiteral("workspace"), QLatin1String(own.workspace)}});
    } else {
        QString why;
        const QJsonObject layout = readLayout(one.file, why);
        if (!why.isEmpty()) {
            reset();
            throw UserError(tr("The layout “%1” cannot be used, so the standard one is shown. %2: %3. The file was left as it is: mend it there, or delete the layout.")
                                .arg(name, QString::fromStdString(one.file.string()), why)
                                .toStdString());
        }
        put(layout);
    }
    current_ = name;
    Q_EMIT changed();
}

fs::path Layouts::freeFile(const QString& name) const {
    QString stem;
    for (const QChar c : name.toLower()) stem += c.isLetterOrNumber() ? c : QChar('-');
    fs::path file = folder_ / (stem.toStdString() + ".json");
    for (int n = 2; fs::exists(file); ++n) file = folder_ / (stem.toStdString() + "-" + std::to_string(n) + ".json");
    return file;
}

void Layouts::write(const fs::path& file, const QString& name, QJsonObject layout) const {
    layout[QStringLiteral("foothold-layout")] = format;
    layout[QStringLiteral("name")] = name;
    std::error_code ignored;
    fs::create_directories(folder_, ignored);
    save_text_file(file, QJsonDocument(layout).toJson(QJsonDocument::Indented).toStdString());
}

void Layouts::save(const QString& name) {
    const QString tidy = name.simplified();
    if (tidy.isEmpty()) throw UserError(tr("A layout needs a name.").toStdString());
    fs::path file;
    for (const One& one : all()) {
        if (one.name.compare(tidy, Qt::CaseInsensitive) != 0) continue;
        if (one.builtIn) throw UserError(tr("“%1” comes with the program and is not written over. Choose another name.").arg(one.name).toStdString());
        if (!one.broken.isEmpty()) throw UserError(tr("The file of “%1” cannot be read, so it is not written over. Choose another name, or delete it first.").arg(one.name).toStdString());
        file = one.file;
    }
    write(file.empty() ? freeFile(tidy) : file, tidy, capture());
    current_ = tidy;
    Q_EMIT changed();
}

void Layouts::rename(const QString& from, const QString& to) {
    const QString tidy = to.simplified();
    if (tidy == from) return;
    if (tidy.isEmpty()) throw UserError(tr("A layout needs a name.").toStdString());
    const One one = find(from);
    for (const One& other : all())
        if (other.file != one.file && other.name.compare(tidy, Qt::CaseInsensitive) == 0) throw UserError(tr("There is a layout “%1” already.").arg(other.name).toStdString());
    QString why;
    const QJsonObject layout = readLayout(one.file, why);
    if (!why.isEmpty()) throw UserError(tr("“%1” cannot be renamed: %2").arg(from, why).toStdString());
    write(one.file, tidy, layout);
    if (current_ == from) current_ = tidy;
    Q_EMIT changed();
}

void Layouts::remove(const QString& name) {
    const One one = find(name);
    std::error_code failed;
    if (one.builtIn || !fs::remove(one.file, failed)) throw UserError(tr("“%1” cannot be deleted.").arg(name).toStdString());
    if (current_ == name) current_.clear();
    Q_EMIT changed();
}

}  // namespace foothold::ui
