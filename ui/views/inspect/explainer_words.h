// SPDX-License-Identifier: GPL-3.0-or-later
// The objective's numbers as plain words.
#pragma once
#include <QString>

#include "training/explanation.h"

namespace foothold::ui {

QString threeDigits(double number);        ///< Three significant digits: ".000475", "−1.21", "0".
QString signedThreeDigits(double number);  ///< The same with a plus where it is due.

QString rewardsFormula(const ExplainedToken& token, const TokenExplanation& made);
QString spreadFormula(const ExplainedToken& token, const TokenExplanation& made, RewardScale scale);
QString advantageFormula(const ExplainedToken& token, const TokenExplanation& made, RewardScale scale);
QString probabilityFormula(const ExplainedToken& token, const TokenExplanation& made);
QString ratioFormula(const ExplainedToken& token, const TokenExplanation& made);
QString clipFormula(const ExplainedToken& token, const TokenExplanation& made);
QString weightFormula(const TokenExplanation& made, LossType type);
QString referenceFormula(const ExplainedToken& token);
QString pushFormula(const ExplainedToken& token, const TokenExplanation& made);

enum class PushDirection { likelier, untouched, unlikelier };
PushDirection verdictOf(const TokenExplanation& made);
QString verdictTitle(PushDirection verdict);                                             ///< "Made less likely".
QString verdictReason(const ExplainedToken& token, const TokenExplanation& made);  ///< Why, in a sentence.

}  // namespace foothold::ui
