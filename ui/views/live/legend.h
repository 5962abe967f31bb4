// SPDX-License-Identifier: GPL-3.0-or-later
// The states of groups as chips: swatch, name, count up to the step shown. A chip hides its state in the map.
#pragma once
#include <QAbstractButton>
#include <QWidget>
#include <array>

#include "ui/views/common/view_settings.h"
#include "ui/views/live/map_states.h"

namespace foothold::ui {

class RunModel;
class Selection;

/// One entry of the legend. Checked = shown.
class LegendChip : public QAbstractButton {
    Q_OBJECT
public:
    LegendChip(int entry, QWidget* parent);
    qint64 count() const { return count_; }
    bool setCount(qint64 count);  ///< True if the chip needs another width now.
    void setShort(bool on);       ///< Only swatch and count, where the row is narrow.
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent*) override;
    void focusInEvent(QFocusEvent* event) override;

private:
    int entry_;
    qint64 count_ = 0;
    bool short_ = false, byKey_ = false;  ///< The ring is for focus that came by keyboard.
};

class Legend : public QWidget, public ViewSettings {
    Q_OBJECT
public:
    Legend(RunModel* model, Selection* selection, QWidget* parent = nullptr);
    qint64 count(int entry) const {
        return chips_[static_cast<std::size_t>(entry)]->count();
    }  ///< Groups up to the step shown.
    QString settingsKey() const override { return QStringLiteral("legend"); }
    QVariantMap viewSettings() const override;
    void applyViewSettings(const QVariantMap& values) override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {200, 28}; }

protected:
    void resizeEvent(QResizeEvent*) override;
    void paintEvent(QPaintEvent*) override;

private:
    void recount();
    void place();
    RunModel* model_;
    Selection* selection_;
    std::array<LegendChip*, kLegendEntries> chips_{};
    /// Counts are kept up to a step, so that a new step or a small move of the cursor costs only its own groups.
    std::array<qint64, kLegendEntries> counts_{};
    qint64 counted_ = -1;
    int used_ = 0;  ///< Pixels the chips take.
};

}  // namespace foothold::ui
