// SPDX-License-Identifier: GPL-3.0-or-later
// "What is this?" for every control, by its object name.
#pragma once
#include <QString>

class QWidget;

namespace foothold::ui {

/// Gives every control below `root` that has none a "what is this?" text and an accessible name: a control of an experiment key the key's
/// own meaning and range, others a text from the table here or what their action or tool tip says. Call it again when controls were added.
void explainControls(QWidget* root);

/// The text of an object name; empty if there is none.
QString controlWords(const QString& objectName);

}  // namespace foothold::ui
