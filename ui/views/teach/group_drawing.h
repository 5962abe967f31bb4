// SPDX-License-Identifier: GPL-3.0-or-later
// The small drawing of a lesson step, made from groups of the run that is on screen.
#pragma once
#include <QPointer>
#include <QTimer>
#include <QWidget>
#include <optional>
#include <vector>

#include "record/attempt.h"
#include "ui/lessons/lesson.h"

namespace foothold::ui {

class RunModel;

/// Finds the newest groups that show what the drawing is about, reads their attempts from the store and paints them. Says so where the
/// run has no such group yet.
class GroupDrawing : public QWidget {
    Q_OBJECT
   public:
    explicit GroupDrawing(RunModel* model, QWidget* parent = nullptr);

    void setDrawing(const std::optional<LessonDrawing>& drawing);  ///< None: takes no room.
    void refresh();   ///< Looks for its groups (again), unless it has them.
    QSize sizeHint() const override;
    bool hasHeightForWidth() const override { return false; }

   protected:
    void paintEvent(QPaintEvent*) override;

   private:
    /// One box of the drawing: a group and what was read of it.
    struct Box {
        qint64 step = 0;
        GroupSummary group;
        std::vector<Attempt> attempts;
    };
    bool fits(const GroupSummary& group, int box) const;
    std::optional<Box> find(int box) const;
    bool read(int box);  ///< False: there is no such group yet.
    int boxHeight(const Box& box) const;
    void paintBox(QPainter& painter, const QRectF& rect, const Box& box) const;
    void paintTraces(QPainter& painter, const QRectF& rect, const Box& box) const;
    void paintHint(QPainter& painter, const QRectF& rect, const Box& box) const;
    void paintHead(QPainter& painter, const QRectF& rect, const Box& box, const QString& title) const;  ///< Title, whose group, its prompt; leaves the font of traces set.
    void paintChips(QPainter& painter, double y, double width, const std::vector<const Attempt*>& attempts) const;
    void paintAdvantages(QPainter& painter, double y, double width, const std::vector<const Attempt*>& attempts) const;
    void describe();

    RunModel* model_;
    std::optional<LessonDrawing> drawing_;
    std::vector<Box> boxes_;
    int retries_ = 0;
    QTimer retry_;
};

/// The attempts of one round, in order.
std::vector<const Attempt*> attemptsOfRound(const std::vector<Attempt>& attempts, int round);
int roundCount(const std::vector<Attempt>& attempts);
QString hintWords(double ratio);  ///< "no hint", "a quarter given", "half given".

}  // namespace foothold::ui
