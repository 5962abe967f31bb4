// SPDX-License-Identifier: GPL-3.0-or-later
// The card that follows the mouse over the heat map and says what a cell means.
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "record/attempt.h"

namespace foothold::ui {

class RunModel;

class MapCard : public QWidget {
    Q_OBJECT
public:
    explicit MapCard(QWidget* parent);

    /// Fills in one problem's group at a step (or the last one before) and shows the card beside `cell` (parent's
    /// coordinates).
    void show(const RunModel& model, int problem, qint64 step, const QRect& cell);
    QString text() const;  ///< All lines, for tests and accessibility.

protected:
    void paintEvent(QPaintEvent*) override;

private:
    QString title_, tier_;
    std::optional<GroupSummary> group_;
    QStringList lines_;  ///< The first stands beside the swatch.
};

}  // namespace foothold::ui
