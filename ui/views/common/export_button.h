// SPDX-License-Identifier: GPL-3.0-or-later
// The button in a card's header that exports what the card shows.
#pragma once
#include <QToolButton>
#include <QWidgetList>
#include <functional>

#include "ui/views/common/export_picture.h"

namespace foothold::ui {

class ExportedView;

/// What a card shows now: a view, and the widgets its picture is made of. No view = nothing to export.
struct ExportSource {
    ExportedView* view = nullptr;
    QWidgetList widgets;
};

/// Found in the window by this type; the window does the exporting.
class ExportButton : public QToolButton {
    Q_OBJECT
   public:
    /// `name`: of the view, for the object name "export-<name>".
    ExportButton(const QString& name, std::function<ExportSource()> source, QWidget* parent = nullptr);
    ExportSource source() const { return source_(); }
    QWidget* card() const;  ///< The card that it stands in: where the focus is, decides which view is meant.
    void setAttempts(bool on);  ///< Whether attempts can be exported from here.

   Q_SIGNALS:
    void asked(ExportFormat format);

   private:
    std::function<ExportSource()> source_;
    QAction* attempts_ = nullptr;
};

QString exportFormatName(ExportFormat format);  ///< "PNG, twice the size"

}  // namespace foothold::ui
