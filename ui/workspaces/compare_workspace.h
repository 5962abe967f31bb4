// SPDX-License-Identifier: GPL-3.0-or-later
// Compare: arms at the left, two plots, result and finding. It reads stored runs; a process of its own makes them.
#pragma once
#include <QWidget>

#include "ui/views/common/view_settings.h"

class QStackedWidget;
class QPushButton;

namespace foothold::ui {

class ComparisonModel;
class Text;

class CompareWorkspace : public QWidget, public ViewSettings {
    Q_OBJECT
   public:
    explicit CompareWorkspace(QWidget* parent = nullptr);
    ComparisonModel* model() const { return model_; }
    QString settingsKey() const override { return QStringLiteral("compare"); }
    QVariantMap viewSettings() const override;
    void applyViewSettings(const QVariantMap& values) override;
    void startOrStop();  ///< Runs what is missing, or asks the process to stop.

   Q_SIGNALS:
    void said(const QString& message);
    void openAsked();
    void newAsked();
    void addArmAsked();
    void cellAsked(const QString& dir, const QString& problem);  ///< Open the run of a cell at a problem.
    void stepAsked(const QString& dir, qint64 step);             ///< Open the run of a cell at a step.

   private:
    QWidget* makeEmpty();
    void refresh();
    void askSeeds();
    void openProblem(const QString& id);
    ComparisonModel* model_;
    QStackedWidget* stack_;
    QPushButton* run_ = nullptr;
    Text* state_ = nullptr;
};

}  // namespace foothold::ui
