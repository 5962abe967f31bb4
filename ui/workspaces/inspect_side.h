// SPDX-License-Identifier: GPL-3.0-or-later
// The right side of Inspect: the solve curve with its table, the chosen token, the note on the problem.
#pragma once
#include "ui/views/common/card.h"

class QButtonGroup;
class QPushButton;
class QScrollArea;
class QSplitter;
class QStackedWidget;

namespace foothold::ui {

class CurveTable;
class ExportButton;
class ObjectiveExplainer;
class ProblemNote;
class RunModel;
class SolveCurve;
class TokenStrip;

/// Where there is height for it the curve stays above the other pages; else each of the three is a page.
class InspectSide : public Card {
    Q_OBJECT
   public:
    enum Page { curvePage, tokenPage, notePage };
    explicit InspectSide(RunModel* model, QWidget* parent = nullptr);

    SolveCurve* curve() const { return curve_; }
    CurveTable* table() const { return table_; }
    TokenStrip* strip() const { return strip_; }
    ObjectiveExplainer* explainer() const { return explainer_; }
    ProblemNote* note() const { return note_; }
    QPushButton* probe() const { return probe_; }
    void setCurveNote(const QString& text);
    void showPage(Page page);
    Page page() const { return page_; }

    static constexpr int tallFrom = 700;  ///< Height from which the curve has a place of its own.

   protected:
    void resizeEvent(QResizeEvent* event) override;

   private:
    QWidget* makeCurve();
    QWidget* makeToken();
    bool tall() const;
    void arrange();  ///< The curve above the pages, or among them.

    QButtonGroup* pages_;
    QSplitter* split_;
    QStackedWidget* stack_;
    ExportButton* tokenExport_;
    QScrollArea *curveArea_, *tokenArea_;
    SolveCurve* curve_;
    CurveTable* table_;
    QPushButton* probe_;
    Text* curveNote_;
    TokenStrip* strip_;
    ObjectiveExplainer* explainer_;
    ProblemNote* note_;
    Page page_ = curvePage;
};

}  // namespace foothold::ui
