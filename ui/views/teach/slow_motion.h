// SPDX-License-Identifier: GPL-3.0-or-later
// The slow-motion step: one real training step, stage by stage.
#pragma once
#include <QDialog>
#include <QTimer>
#include <vector>

#include "ui/views/teach/slow_motion_stages.h"

class QComboBox;
class QPushButton;
class QTextBrowser;

namespace foothold::ui {

class LessonLabel;
class RunModel;

/// Walks a step that was trained and stored. Right and Left go on and back, Space goes on by itself.
class SlowMotion : public QDialog {
    Q_OBJECT
   public:
    /// `problem` = the group to begin with (index), or -1: the one that shows most.
    SlowMotion(RunModel* model, qint64 step, int problem, QWidget* parent);

    int stage() const { return stage_; }
    const std::vector<SlowStage>& stages() const { return stages_; }
    void show(int stage);

   protected:
    void keyPressEvent(QKeyEvent* event) override;

   private:
    void read();
    void fill();
    void setAuto(bool on);
    const GroupSummary* group() const;

    RunModel* model_;
    qint64 step_;
    int stage_ = 0, retries_ = 0;
    std::vector<Attempt> attempts_;
    std::vector<SlowStage> stages_;
    QComboBox* groups_;
    std::vector<QPushButton*> names_;
    LessonLabel *title_, *source_;
    QTextBrowser* text_;
    QPushButton *back_, *next_, *auto_;
    QTimer timer_, retry_;
};

}  // namespace foothold::ui
