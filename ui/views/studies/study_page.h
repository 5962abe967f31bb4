// SPDX-License-Identifier: GPL-3.0-or-later
// What one study says: its verdict, what speaks against it, differences, plots, every arm, and how it was done.
#pragma once
#include <QWidget>

#include "studies/study.h"

namespace foothold::ui {

QString verdictWords(const std::string& verdict);  ///< "Supported here in part".

class StudyPage : public QWidget {
    Q_OBJECT
   public:
    /// `cells`: how many the report rests on; without any the page tells what the question is and how to put it.
    StudyPage(const Study& study, StudySetting setting, const StudyReport& report, std::size_t cells, QWidget* parent = nullptr);
};

}  // namespace foothold::ui
