// SPDX-License-Identifier: GPL-3.0-or-later
// Which view is exported, under which name, and with which caption.
#include "ui/workspaces/view_exports.h"

#include <QApplication>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <algorithm>
#include <sstream>

#include "record/error.h"
#include "store/exports.h"
#include "ui/models/comparison_model.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/exported_view.h"
#include "ui/views/frame/status_strip.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/compare_workspace.h"
#include "ui/workspaces/main_window.h"

namespace foothold::ui {
namespace {

struct Entry {
    const char* id;
    ExportFormat format;
    const char* text;
};
constexpr Entry entries[] = {{"export.view.png", ExportFormat::png, QT_TRANSLATE_NOOP("foothold::ui::ViewExports", "Export the view as &PNG…")},
                             {"export.view.png2x", ExportFormat::png2x, QT_TRANSLATE_NOOP("foothold::ui::ViewExports", "Export the view as PNG, &twice as fine…")},
                             {"export.view.svg", ExportFormat::svg, QT_TRANSLATE_NOOP("foothold::ui::ViewExports", "Export the view as &SVG…")},
                             {"export.view.pdf", ExportFormat::pdf, QT_TRANSLATE_NOOP("foothold::ui::ViewExports", "Export the view as P&DF…")},
                             {"export.view.csv", ExportFormat::csv, QT_TRANSLATE_NOOP("foothold::ui::ViewExports", "Export what the view shows as &CSV…")},
                             {"export.view.jsonl", ExportFormat::jsonl, QT_TRANSLATE_NOOP("foothold::ui::ViewExports", "Export the selected &attempts as JSONL…")}};

/// As part of a file's name.
QString plain(QString text) {
    return text.replace(QRegularExpression(QStringLiteral("[^A-Za-z0-9._-]+")), QStringLiteral("-"));
}

}  // namespace

ViewExports::ViewExports(MainWindow* window) : QObject(window), window_(window) {
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) {
        for (QWidget* at = now; at && at != window_; at = at->parentWidget())
            if (at->property("card").toBool() && at->window() == window_) lastCard_ = at;
    });
}

void ViewExports::addActions(ActionRegistry* actions) {
    for (const Entry& entry : entries)
        actions->add(QLatin1String(entry.id), tr("File"), tr(entry.text), QStringLiteral("export"), {}, [this, format = entry.format] {
            if (ExportButton* button = focused()) return ask(button, format);
            say(tr("There is no view to export here. Click one first, in Live, Inspect or Compare."));
        });
}

void ViewExports::adopt(QWidget* root) {
    for (ExportButton* button : root->findChildren<ExportButton*>()) {
        connect(button, &ExportButton::asked, this, [this, button](ExportFormat format) { ask(button, format); });
        button->setAttempts(!compares(button));
    }
}

QList<ExportButton*> ViewExports::buttons() const {
    QList<ExportButton*> found = window_->findChildren<ExportButton*>();
    found.removeIf([](const ExportButton* button) { return !button->isVisible(); });
    return found;
}

ExportButton* ViewExports::focused() const {
    const QList<ExportButton*> all = buttons();
    const auto of = std::find_if(all.begin(), all.end(), [this](const ExportButton* button) { return button->card() == lastCard_; });
    if (of != all.end()) return *of;
    // Nothing of it has the focus: the largest view in sight.
    const auto largest = std::max_element(all.begin(), all.end(), [](const ExportButton* a, const ExportButton* b) {
        return a->card()->width() * a->card()->height() < b->card()->width() * b->card()->height();
    });
    return largest == all.end() ? nullptr : *largest;
}

bool ViewExports::compares(const ExportButton* button) const {
    for (const QWidget* at = button; at; at = at->parentWidget())
        if (qobject_cast<const CompareWorkspace*>(at)) return true;
    return false;
}

QString ViewExports::caption(const ExportButton* button) const {
    QStringList parts;
    if (compares(button)) {
        const ComparisonPlan& plan = window_->compare()->model()->plan();
        parts << tr("comparison %1").arg(QString::fromStdString(plan.dir.filename().string()))
              << tr("seeds %1 to %2").arg(plan.first_seed).arg(plan.first_seed + plan.seeds - 1)
              << tr("%1 of %2 runs done").arg(window_->compare()->model()->doneCells()).arg(window_->compare()->model()->allCells());
        if (!plan.arms.empty()) parts << tr("steps 0 to %1").arg(plan.planned_steps(0));
    } else if (const RunModel* model = window_->model(); model->session()) {
        const qint64 last = std::max<qint64>(0, model->lastStep());
        parts << tr("run %1").arg(QString::fromStdString(model->info().name)) << tr("seed %1").arg(model->experiment().seed)
              << tr("steps 0 to %1").arg(last) << tr("shown at step %1").arg(std::min<qint64>(window_->selection()->step(), last));
    }
    if (const ExportedView* view = button->source().view)
        if (const QString note = view->exportNote(); !note.isEmpty()) parts << note;
    return parts.join(QStringLiteral(" · "));
}

QString ViewExports::proposedPath(const ExportedView& view, ExportFormat format) const {
    const QString run = window_->model()->session() ? QString::fromStdString(window_->model()->info().name) : QStringLiteral("foothold");
    return QDir::home().filePath(plain(run + '-' + view.exportName()) + '.' + exportSuffix(format));
}

void ViewExports::ask(ExportButton* button, ExportFormat format) {
    const ExportSource source = button->source();
    if (!source.view) return say(tr("This page has nothing to export."));
    if (format == ExportFormat::jsonl) return askAttempts(button);
    // What is written is what is seen now, however long the person looks for a folder.
    const QByteArray bytes = format == ExportFormat::csv ? source.view->shownTable().csv()
                                                         : pictureBytes({source.view->exportTitle(), caption(button), source.widgets}, format);
    save(source.view->exportTitle(), proposedPath(*source.view, format), format, bytes);
}

void ViewExports::askAttempts(ExportButton* button) {
    const ExportedView* view = button->source().view;
    if (compares(button)) return say(tr("A comparison shows no attempts. Open one of its runs: a double click on a curve or a problem."));
    const QString path = proposedPath(*view, ExportFormat::jsonl), title = view->exportTitle();
    const auto take = [this, path, title](const std::vector<Attempt>& attempts) {
        if (attempts.empty()) return say(tr("There are no attempts of what is selected at the step shown."));
        save(title, path, ExportFormat::jsonl, jsonl(attempts));
    };
    if (const auto shown = view->shownAttempts()) return take(*shown);
    const Selection* selection = window_->selection();
    std::set<int> problems = selection->brushed();
    if (problems.empty()) problems.insert(selection->problem());
    AttemptQuery query;
    query.step = selection->step();
    query.origin = Origin::train;
    query.tokens = false;
    window_->model()->readAttempts(query, this, [problems, take](std::vector<Attempt> all) {
        std::erase_if(all, [&](const Attempt& a) { return !problems.contains(static_cast<int>(a.problem)); });
        take(all);
    });
}

QByteArray ViewExports::jsonl(const std::vector<Attempt>& attempts) const {
    std::ostringstream out;
    export_attempts(attempts, window_->model()->info().problems, out);
    return QByteArray::fromStdString(out.str());
}

void ViewExports::save(const QString& title, const QString& path, ExportFormat format, const QByteArray& bytes) {
    MainWindow::askFile(window_, {tr("Export: %1").arg(title), path, exportFilter(format), FileQuestion::Kind::save}, [this, bytes](const QString& chosen) {
        try {
            saveWhole(chosen, bytes);
            if (auto* status = window_->findChild<StatusStrip*>()) status->setNote(tr("Wrote %1").arg(QFileInfo(chosen).fileName()));
        } catch (const std::exception& error) {
            window_->notice()->showNotice(NoticeBar::Kind::error, QString::fromUtf8(error.what()));
        }
    });
}

void ViewExports::say(const QString& message) { window_->notice()->showNotice(NoticeBar::Kind::info, message); }

}  // namespace foothold::ui
