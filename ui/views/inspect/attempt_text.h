// SPDX-License-Identifier: GPL-3.0-or-later
// An attempt as words on screen: what each word is, which token it stands for, and what was recorded of that token.
#pragma once
#include <QString>
#include <QStringList>
#include <string>
#include <vector>

#include "record/attempt.h"
#include "record/problem.h"

namespace foothold::ui {

/// The attempts that are looked at together, with what is needed to read them.
struct AttemptGroup {
    QString title, caption;  ///< "Attempts", "step 112, round 2, 3 of 8 right".
    Problem problem;
    std::vector<Attempt> attempts;
    std::vector<std::string> vocabulary;  ///< Text of each token id; may be empty.
};

/// What the colour of a token tells.
enum class TokenColors { probability, entropy, confidence, advantage, push, source };
constexpr int tokenColorModes = 6;

/// One box on screen.
struct AttemptWord {
    QString text;
    std::int32_t token = -1;  ///< Index into the attempt's tokens; -1 = given in the hint.
    std::int32_t step = -1;   ///< Step of the trace it stands in, from 0; the answer has the number after the last step.
    bool given = false;       ///< Came with the hint.
    bool altered = false;     ///< Given, and not what the reference says there: corrupted.
    bool reference = false;   ///< Generated, in a step that is word for word the reference's.
    bool end = false;         ///< The end token, which is not in the text.
    bool answer = false;      ///< Behind the answer mark.
    bool opens = false;       ///< First word of a step.
    bool gap = true;          ///< A blank stands before it (pieces of words have none).
    bool newline = false;     ///< A line begins with it.
};

struct AttemptWords {
    std::vector<AttemptWord> words;
    int given = 0;       ///< Words of the hint: words[0 .. given).
    int givenSteps = 0;  ///< Steps of the hint, one begun counted too.
    int steps = 0;       ///< Steps of the reference.
    /// Confidence of each step, the answer last: mean over its result tokens (what follows "="), over all its generated tokens where it has none; NaN
    /// where nothing of it was generated or recorded. Form and copies say little (DeepConf, arXiv 2508.15260, averages over windows instead).
    std::vector<double> stepConfidence;
    bool recorded = false;  ///< Each generated word is one token: values can be shown.
    /// The word that stands for a token; -1 = none.
    int wordOf(int token) const;
};

/// Symbolic families: words between blanks. Others: the pieces that the vocabulary names, or words where it names none.
AttemptWords readWords(const AttemptGroup& group, const Attempt& attempt);

/// What was recorded of one token; NaN = not recorded.
struct TokenValues {
    double probability;  ///< exp(log-prob).
    double entropy;      ///< In nats.
    double confidence;   ///< Mean negative log-prob of the most likely five: large = sure (DeepConf, arXiv 2508.15260, section 2).
    double push;         ///< Advantage x (1 - probability): the pull of a plain policy gradient on this token's own logit.
};
TokenValues tokenValues(const Attempt& attempt, int token);

/// How strongly a token is coloured, -1 .. 1; 0 = not at all. Unsure tokens are positive in the first three modes; in advantage and push the
/// sign is that of the push. `largest` = the largest |advantage| of the group.
double colorStrength(const Attempt& attempt, int token, TokenColors mode, double largest);
/// The same for a word on screen; in confidence mode that of its step.
double colorStrength(const AttemptWords& words, const AttemptWord& word, const Attempt& attempt, TokenColors mode, double largest);

/// Mean probability of the generated tokens; NaN where none was recorded.
double meanProbability(const Attempt& attempt);
double largestAdvantage(const std::vector<Attempt>& attempts);  ///< In size; at least 1.

QString verdictWords(const Attempt& attempt);  ///< "right, sound", "right, lucky", "wrong", "no answer", "cut off" (at the limit).
QString signedNumber(double number);           ///< "+1.21", a true minus sign, no leading zero.
QString firstWrongWords(const Attempt& attempt);  ///< "first wrong: step 8"; empty if none.
/// "8 attempts, 3 right; attempt 4: wrong, first wrong step 8".
QString groupSummary(const AttemptGroup& group, int current);

}  // namespace foothold::ui
