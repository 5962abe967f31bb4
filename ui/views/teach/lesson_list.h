// SPDX-License-Identifier: GPL-3.0-or-later
// The start page of Teach: six questions, and the lessons that there are.
#pragma once
#include <QScrollArea>
#include <vector>

#include "ui/lessons/lesson.h"

class QGridLayout;
class QPushButton;

namespace foothold::ui {

class LessonList : public QScrollArea {
    Q_OBJECT
   public:
    explicit LessonList(QWidget* parent = nullptr);
    /// `resumable` is the id of the lesson that the open run was made for, if any.
    void setSlots(const std::vector<LessonSlot>& slots, const std::string& resumable);

   Q_SIGNALS:
    void started(int slot);
    void resumed();

   protected:
    void resizeEvent(QResizeEvent* event) override;

   private:
    QWidget* makeCard(const LessonSlot& slot, int index, bool resumable, bool main);
    void arrange();

    QGridLayout* grid_;
    std::vector<QWidget*> cards_;
};

}  // namespace foothold::ui
