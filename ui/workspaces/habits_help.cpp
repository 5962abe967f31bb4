// SPDX-License-Identifier: GPL-3.0-or-later
// Help pages, "what is this?", and the views in words.
#include <QDialog>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QWhatsThis>
#include <QAbstractButton>

#include "record/paths.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/card.h"
#include "ui/views/common/control_words.h"
#include "ui/views/frame/help_dialog.h"
#include "ui/views/live/plots.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/habits.h"
#include "ui/workspaces/main_window.h"
#include "ui/workspaces/tour.h"

namespace foothold::ui {

void Habits::addHelpActions() {
    const QString help = tr("Help");
    add("help.contents", help, tr("&Help"), "info", tr("F1"), [this] { (new HelpDialog(resource_dir() / "help", window_))->open(QStringLiteral("index")); });
    add("help.what", help, tr("&What is this?"), "info", tr("Shift+F1"), [this] {
        explainControls(window_);
        QWhatsThis::enterWhatsThisMode();
    });
    add("help.tour", help, tr("&First tour"), "flag", {}, [this] { tour_->start(); });
    add("view.describe", help, tr("&Describe what is shown"), "eye", tr("Ctrl+Shift+E"), [this] { showDescription(); });
}

QString Habits::description() const {
    if (auto* plots = window_->findChild<Plots*>()) plots->flush();  // While it trains they are described as rarely as they are drawn.
    QStringList lines;
    const qint64 step = window_->selection()->step();
    lines << tr("Step %1 of %2%3.").arg(step).arg(std::max<qint64>(0, window_->model()->lastStep())).arg(window_->selection()->live() ? tr(", following the run") : QString());
    if (const auto brushed = window_->selection()->brushed().size()) lines << tr("%n problem(s) brushed.", nullptr, static_cast<int>(brushed));
    for (const QWidget* view : window_->findChildren<QWidget*>())
        if (view->isVisible() && !view->accessibleDescription().isEmpty() && !view->accessibleName().isEmpty() && !qobject_cast<const QAbstractButton*>(view))
            lines << QString() << view->accessibleName() << QStringLiteral("    ") + view->accessibleDescription();
    return lines.join('\n');
}

void Habits::showDescription() {
    auto* dialog = new QDialog(window_);
    dialog->setObjectName(QStringLiteral("describe.dialog"));
    dialog->setWindowTitle(tr("What is shown, in words"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    auto* column = new QVBoxLayout(dialog);
    column->setContentsMargins(22, 18, 22, 18);
    column->setSpacing(10);
    column->addWidget(new Text(dialog->windowTitle(), FontRole::cardTitle));
    auto* text = new QPlainTextEdit(description());
    text->setObjectName(QStringLiteral("describe.text"));
    text->setAccessibleName(dialog->windowTitle());
    text->setReadOnly(true);
    text->setTabChangesFocus(true);
    column->addWidget(text, 1);
    connect(window_->selection(), &Selection::stepChanged, text, [this, text] { text->setPlainText(description()); });
    auto* close = new QPushButton(tr("Close"));
    close->setObjectName(QStringLiteral("describe.close"));
    connect(close, &QPushButton::clicked, dialog, &QDialog::accept);
    auto* line = new QHBoxLayout;
    line->addStretch();
    line->addWidget(close);
    column->addLayout(line);
    dialog->resize(620, 460);
    dialog->show();  // The window behind it stays in use.
}

}  // namespace foothold::ui
