// SPDX-License-Identifier: GPL-3.0-or-later
// Any view as a picture, a table or its attempts, from its card's menu or by a command for the view that has the focus.
#pragma once
#include <QObject>
#include <QPointer>

#include "record/attempt.h"
#include "ui/views/common/export_button.h"

namespace foothold::ui {

class ActionRegistry;
class MainWindow;

class ViewExports : public QObject {
    Q_OBJECT
   public:
    explicit ViewExports(MainWindow* window);
    void addActions(ActionRegistry* actions);  ///< export.view.png, png2x, svg, pdf, csv, jsonl.
    void adopt(QWidget* root);                 ///< Takes the export buttons below it.

   private:
    QList<ExportButton*> buttons() const;  ///< Of the workspace in front, in sight.
    ExportButton* focused() const;
    void ask(ExportButton* button, ExportFormat format);
    void askAttempts(ExportButton* button);
    void save(const QString& title, const QString& path, ExportFormat format, const QByteArray& bytes);
    QString proposedPath(const ExportedView& view, ExportFormat format) const;
    QString caption(const ExportButton* button) const;
    bool compares(const ExportButton* button) const;  ///< It is of a comparison, not of the run.
    QByteArray jsonl(const std::vector<Attempt>& attempts) const;
    void say(const QString& message);

    MainWindow* window_;
    QPointer<QWidget> lastCard_;  ///< The card that had the focus last: a menu or the palette takes it away.
};

}  // namespace foothold::ui
