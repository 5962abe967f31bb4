// SPDX-License-Identifier: GPL-3.0-or-later
// Ctrl+K: type a few letters of any action, Enter runs it.
#pragma once
#include <QDialog>

class QLineEdit;
class QListWidget;

namespace foothold::ui {

class ActionRegistry;

/// How well `text` matches what was typed: its letters in order, better together and at the start of words; negative = not at all.
int fuzzyScore(const QString& typed, const QString& text);

class CommandPalette : public QDialog {
    Q_OBJECT
   public:
    CommandPalette(const ActionRegistry& actions, QWidget* parent);

   protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

   private:
    void filter(const QString& typed);
    void runCurrent();
    const ActionRegistry& actions_;
    QLineEdit* field_;
    QListWidget* list_;
};

}  // namespace foothold::ui
