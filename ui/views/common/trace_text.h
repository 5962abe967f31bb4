// SPDX-License-Identifier: GPL-3.0-or-later
// Prompts and traces as people read them: symbols for the tokens of symbolic families, plain text for every other.
#pragma once
#include <QString>
#include <QStringList>
#include <optional>
#include <string>

namespace foothold {
struct Problem;
}

namespace foothold::ui {

/// "n3 * n2 = n6 ;" -> "3 × 2 = 6" in the family `chain`, and so in `countdown`; unchanged elsewhere.
QString shownText(const std::string& family, const std::string& text);

/// One token of a vocabulary in the same signs; a mark that shownText() leaves out (";", the end) as it is.
QString shownToken(const std::string& family, const std::string& token);

/// The other way round, for a step that a person typed: "3x2=6" -> "n3 * n2 = n6 ;" in the family `chain`, without the mark in `countdown`; unchanged elsewhere. Words that
/// are none stay as they are, so that whoever checks the step can name them.
std::string typedStep(const std::string& family, const QString& typed);

/// A chain prompt "n3 * n2 + n5 ?" as start value and operations ("× 2", "+ 5"); nothing for other families.
struct ChainPrompt {
    QString start;
    QStringList operations;
};
std::optional<ChainPrompt> readChainPrompt(const std::string& family, const std::string& prompt);

/// A written solution cut into its steps and its answer by its family, both as shown.
struct ShownTrace {
    QStringList steps;
    QString answer;
};
ShownTrace readTrace(const std::string& family, const std::string& text);

/// Number of steps that a hint holds, a step begun and not finished counted too. Sentences of one line are told apart where they are the
/// problem's own.
int stepsIn(const Problem& problem, const std::string& hint);

}  // namespace foothold::ui
