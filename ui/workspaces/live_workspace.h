// SPDX-License-Identifier: GPL-3.0-or-later
// Live: experiment at the left, map, plots and scrubber in the centre, the problem at the right.
#pragma once
#include <QWidget>

#include "ui/views/common/view_settings.h"

class QFrame;
class QSplitter;
class QStackedWidget;
class QToolButton;
class QHBoxLayout;

namespace foothold::ui {

class CurveBook;
class ExperimentEditor;
class ExperimentPanel;
class HeatMap;
class ProblemCard;
class RunModel;
class Selection;
class StepGroups;
class Timeline;

class LiveWorkspace : public QWidget, public ViewSettings {
    Q_OBJECT
   public:
    LiveWorkspace(RunModel* model, Selection* selection, ExperimentEditor* editor, CurveBook* curves, QAction* onlyFresh, QWidget* parent = nullptr);

    ExperimentPanel* panel() const { return panel_; }
    ProblemCard* problemCard() const { return problem_; }
    HeatMap* map() const { return map_; }
    bool compact() const { return compact_; }
    void setGroupsShown(bool on);    ///< The groups of the step shown, over the problem.
    void setTimelineShown(bool on);  ///< Where each step's time went, under the plots.
    void showProblemTab();  ///< Where there is one: brings the problem to the front.
    void selectFirst();     ///< A hard problem, so that the card has something to show; no tab moves.

    QString settingsKey() const override { return QStringLiteral("live"); }
    QVariantMap viewSettings() const override;
    void applyViewSettings(const QVariantMap& values) override;

    static constexpr int leftWidth = 292, rightWidth = 324, compactBelow = 1366;

   Q_SIGNALS:
    void openMarker(qint64 step);
    void inspectAsked(int problem);
    void curveAsked();  ///< The solve curve of the selected problem.
    void groupsShown(bool on);
    void timelineShown(bool on);

   protected:
    void resizeEvent(QResizeEvent* event) override;

   private:
    QWidget* makeCentre(QAction* onlyFresh);
    void openGroups();           ///< Of the step shown.
    void inspectWorst(qint64 step);
    void setCompact(bool compact);
    void showTab(int index);

    RunModel* model_;
    Selection* selection_;
    ExperimentPanel* panel_;
    ProblemCard* problem_;
    StepGroups* groups_;
    QWidget* right_;             ///< Groups over problem.
    QWidget* timelineCard_ = nullptr;
    HeatMap* map_ = nullptr;
    QWidget* legend_ = nullptr;
    QWidget* left_;
    QFrame* tabs_;
    QToolButton* tabButtons_[2];
    QStackedWidget* stack_;
    QSplitter* split_ = nullptr;  ///< Map over plots.
    QHBoxLayout* row_;
    bool compact_ = false, quiet_ = false;
};

}  // namespace foothold::ui
