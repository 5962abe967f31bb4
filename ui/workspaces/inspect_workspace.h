// SPDX-License-Identifier: GPL-3.0-or-later
// Inspect: the problems at the left, one problem's trace and attempts in the centre, its solve curve and one token at the right.
#pragma once
#include <QList>
#include <QWidget>
#include <map>
#include <memory>
#include <optional>

#include "studies/group_probe.h"
#include "ui/views/common/view_settings.h"

class QAction;
class QButtonGroup;
class QHBoxLayout;
class QPushButton;
class QSplitter;
class QTimer;
class QToolButton;

namespace foothold::ui {

class AttemptCards;
class CurveBook;
class ExperimentEditor;
class InspectSide;
class LikelyTokens;
class ProblemList;
class RunModel;
class Selection;
class SolveCurve;
class TraceBook;
class TraceEditor;

class InspectWorkspace : public QWidget, public ViewSettings {
    Q_OBJECT
   public:
    InspectWorkspace(RunModel* model, Selection* selection, ExperimentEditor* editor, CurveBook* curves, QWidget* parent = nullptr);

    TraceBook* book() const { return book_; }
    TraceEditor* traceEditor() const { return trace_; }
    AttemptCards* attempts() const { return attempts_; }
    ProblemList* problems() const { return problems_; }
    SolveCurve* curve() const;

    void probeCurve();  ///< Samples the solve curve of the selected problem: gold, its variants, and the remaining depth alone.
    void probeGroup();  ///< Samples one group with the current trace at the current cut.
    void branch();      ///< Samples continuations of the current attempt from its chosen token on.
    void branchFrom(std::optional<Token> instead);  ///< The same with another token in the chosen one's place.

    QString settingsKey() const override { return QStringLiteral("inspect"); }
    QVariantMap viewSettings() const override;
    void applyViewSettings(const QVariantMap& values) override;

    static constexpr int leftWidth = 256, rightWidth = 376, compactBelow = 1366;

   Q_SIGNALS:
    void said(const QString& message);  ///< For the notice bar.

   protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;

   private:
    enum Source { atStep, allSteps, probed };
    QWidget* makeCentre();
    void refreshAttempts();       ///< Reads what the source asks for.
    void offerBranches(const std::vector<std::pair<QString, double>>& likely);
    void showNone(const QString& title);
    void showAttempts(std::vector<Attempt> attempts, const QString& title, const QString& caption);
    Experiment experimentAt(qint64 step) const;  ///< As in effect at a step.
    void refreshToken();          ///< Strip and explainer of the chosen token.
    void refreshCurve();
    void pollJobs();
    void setSource(Source source);

    RunModel* model_;
    Selection* selection_;
    ExperimentEditor* editor_;
    CurveBook* curves_;
    TraceBook* book_;
    ProblemList* problems_;
    TraceEditor* trace_;
    AttemptCards* attempts_;
    QButtonGroup* sources_;
    QPushButton *branch_, *live_;
    QToolButton* branchMore_;
    LikelyTokens* branchTokens_;  ///< What could stand in the place of the chosen token.
    int branchAttempts_ = 16;
    QSplitter* split_ = nullptr;  ///< Trace over attempts.
    InspectSide* side_;
    QWidget* left_;
    QHBoxLayout* row_;
    QTimer* jobs_;
    Source source_ = atStep;
    qint64 shownStep_ = -1;          ///< Step whose group is shown,
    int shownProblem_ = -1;          ///< and whose.
    std::map<int, std::shared_ptr<GroupProbe>> probes_;   ///< The last one by problem.
    std::shared_ptr<GroupProbe> waiting_;
    qint64 readStep_ = -1;           ///< Step whose attempts stand in stepAttempts_, or will.
    bool reading_ = false;           ///< They are being read.
    std::vector<Attempt> stepAttempts_;  ///< All of a step: what an advantage is computed from.
};

}  // namespace foothold::ui
