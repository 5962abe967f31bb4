// SPDX-License-Identifier: GPL-3.0-or-later
// The trace of the selected problem: its variants as a tree, where it is cut, its steps, and the operators that corrupt it.
#pragma once
#include <QList>

#include "ui/models/trace_book.h"
#include "ui/views/common/card.h"
#include "ui/views/common/exported_view.h"

class QAction;
class QComboBox;
class QPushButton;
class QSlider;
class QSpinBox;
class QTreeWidget;

namespace foothold::ui {

class TraceChips;

class TraceEditor : public Card, public ExportedView {
    Q_OBJECT
   public:
    TraceEditor(RunModel* model, TraceBook* book, QWidget* parent = nullptr);
    void setHeaderActions(const QList<QAction*>& actions);  ///< Undo and redo.
    TraceChips* chips() const { return chips_; }

    QString exportName() const override { return QStringLiteral("trace"); }
    QString exportTitle() const override;
    QString exportNote() const override;
    ShownTable shownTable() const override;  ///< The steps of the trace shown, beside the reference's.

   Q_SIGNALS:
    void probeAsked();  ///< A group with the current trace at the current cut.

   private:
    QWidget* makeVariants();
    QWidget* makeTrace();
    QWidget* makePalette();
    void refresh();
    void refreshTree();
    void refreshCut();
    void refreshTrain();
    void refreshOperator();

    RunModel* model_;
    TraceBook* book_;
    Text *title_, *tier_, *cutText_, *state_, *meaning_, *refusal_;
    QHBoxLayout* headerActions_;
    QTreeWidget* tree_;
    QStringList rows_;                      ///< As the tree shows them, in the order of the book's entries.
    std::vector<QTreeWidgetItem*> items_;   ///< The same rows.
    QSlider *slider_, *dose_;
    Text* doseText_;
    TraceChips* chips_;
    QComboBox* operators_;
    QSpinBox* seed_;
    QPushButton *apply_, *probe_, *train_;
    QAction *trainProblem_, *trainTier_, *trainAll_, *trainOwn_;
    bool filling_ = false;
};

}  // namespace foothold::ui
