// SPDX-License-Identifier: GPL-3.0-or-later
// The menu of formats.
#include "ui/views/common/export_button.h"

#include <QMenu>

#include "ui/theme/theme.h"

namespace foothold::ui {
namespace {

struct Entry {
    ExportFormat format;
    const char* name;
};
constexpr Entry entries[] = {{ExportFormat::png, "png"}, {ExportFormat::png2x, "png2x"}, {ExportFormat::svg, "svg"},
                             {ExportFormat::pdf, "pdf"}, {ExportFormat::csv, "csv"},     {ExportFormat::jsonl, "jsonl"}};

}  // namespace

QString exportFormatName(ExportFormat format) {
    switch (format) {
        case ExportFormat::png: return ExportButton::tr("Picture, PNG");
        case ExportFormat::png2x: return ExportButton::tr("Picture, PNG twice as fine");
        case ExportFormat::svg: return ExportButton::tr("Picture, SVG");
        case ExportFormat::pdf: return ExportButton::tr("Picture, PDF");
        case ExportFormat::csv: return ExportButton::tr("What is shown as a table, CSV");
        case ExportFormat::jsonl: return ExportButton::tr("Selected attempts, JSONL");
    }
    return {};
}

ExportButton::ExportButton(const QString& name, std::function<ExportSource()> source, QWidget* parent) : QToolButton(parent), source_(std::move(source)) {
    setObjectName(QStringLiteral("export-") + name);
    setIcon(Theme::instance().icon(QStringLiteral("export"), ColorRole::text2));
    setIconSize({16, 16});
    setFixedSize(26, 26);
    setToolTip(tr("Export this view"));
    setAccessibleName(tr("Export this view"));
    setPopupMode(QToolButton::InstantPopup);
    setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
    auto* menu = new QMenu(this);
    menu->setToolTipsVisible(true);
    for (const Entry& entry : entries) {
        if (entry.format == ExportFormat::csv) menu->addSeparator();
        QAction* action = menu->addAction(exportFormatName(entry.format) + QChar(0x2026));
        action->setObjectName(objectName() + '.' + QLatin1String(entry.name));
        connect(action, &QAction::triggered, this, [this, format = entry.format] { Q_EMIT asked(format); });
        if (entry.format == ExportFormat::jsonl) attempts_ = action;
    }
    attempts_->setToolTip(tr("Those that this view shows, or else those of the brushed problems (the shown problem) at the step shown"));
    connect(menu, &QMenu::aboutToShow, this, [this, menu] {
        for (QAction* action : menu->actions())
            if (action != attempts_) action->setEnabled(source_().view != nullptr);
    });
    setMenu(menu);
}

QWidget* ExportButton::card() const {
    QWidget* at = parentWidget();
    while (at && !at->property("card").toBool()) at = at->parentWidget();
    return at ? at : parentWidget();
}

void ExportButton::setAttempts(bool on) { attempts_->setVisible(on); }

}  // namespace foothold::ui
