// SPDX-License-Identifier: GPL-3.0-or-later
// Words for each link of the objective's chain.
#include "ui/views/inspect/explainer_words.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <cmath>

#include "ui/models/value_text.h"

namespace foothold::ui {
namespace {

QString say(const char* text) { return QCoreApplication::translate("Explainer", text); }

double ownReward(const ExplainedToken& token, const TokenExplanation& made) { return made.rewards[token.attempt]; }

}  // namespace

QString threeDigits(double number) {
    if (std::isnan(number)) return say("none");
    if (number == 0) return QStringLiteral("0");
    const double size = std::abs(number);
    QString text;
    if (size < 1e-7 || size >= 1e6) {
        text = QString::number(size, 'e', 2);
    } else {
        text = QString::number(size, 'f', std::max(0, 2 - static_cast<int>(std::floor(std::log10(size)))));
        while (text.contains('.') && (text.endsWith('0') || text.endsWith('.'))) {
            const bool point = text.endsWith('.');
            text.chop(1);
            if (point) break;
        }
        if (text.startsWith(QStringLiteral("0."))) text.remove(0, 1);
    }
    return number < 0 ? QChar(0x2212) + text : text;
}

QString signedThreeDigits(double number) { return number > 0 ? '+' + threeDigits(number) : threeDigits(number); }

QString rewardsFormula(const ExplainedToken& token, const TokenExplanation& made) {
    QStringList all;
    for (std::size_t i = 0; i < made.rewards.size(); ++i) {
        const QString reward = std::isnan(made.rewards[i]) ? QStringLiteral("–") : threeDigits(made.rewards[i]);
        all << (i == token.attempt ? QStringLiteral("[%1]").arg(reward) : reward);
    }
    return say("all %1: ").arg(made.rewards.size()) + all.join(QStringLiteral("  "));
}

QString spreadFormula(const ExplainedToken& token, const TokenExplanation& made, RewardScale scale) {
    const QString mean = say("mean %1 of the group").arg(threeDigits(made.mean));
    switch (scale) {
        case RewardScale::Group: return say("%1, standard deviation %2 of the group").arg(mean, threeDigits(made.deviation));
        case RewardScale::Batch: return say("%1, standard deviation %2 of all %3 rewards of the step").arg(mean, threeDigits(made.deviation)).arg(token.rewards.size());
        case RewardScale::None: break;
    }
    return say("%1, not divided by a spread").arg(mean);
}

QString advantageFormula(const ExplainedToken& token, const TokenExplanation& made, RewardScale scale) {
    if (!token.accepted) return say("guidance did not accept the group's hinted round: 0 for all");
    if (made.all_equal) return say("all rewards of the group are equal: exactly 0");
    const double reward = ownReward(token, made);
    if (std::isnan(reward)) return say("the attempt could not be judged: 0");
    const QString distance = say("%1 %2 %3").arg(threeDigits(reward), QChar(0x2212), threeDigits(made.mean));
    if (scale == RewardScale::None) return distance;
    return say("(%1) / (%2 + %3)").arg(distance, threeDigits(made.deviation), threeDigits(kDeviationFloor));
}

QString probabilityFormula(const ExplainedToken& token, const TokenExplanation& made) {
    return token.old_logprobs.empty() ? say("by the weights that sampled it") : say("when it was sampled: %1").arg(threeDigits(made.p_old));
}

QString ratioFormula(const ExplainedToken& token, const TokenExplanation& made) {
    if (token.old_logprobs.empty()) return say("now / when sampled: no update lies between, so exactly 1");
    return say("now / when sampled: %1 / %2").arg(threeDigits(made.p), threeDigits(made.p_old));
}

QString clipFormula(const ExplainedToken& token, const TokenExplanation& made) {
    const QString band = say("allowed %1 to %2").arg(threeDigits(1 - token.settings.epsilon), threeDigits(1 + token.settings.epsilon_high));
    switch (made.clip) {
        case Clip::low: return say("%1: already pushed down further than that").arg(band);
        case Clip::high: return say("%1: already pushed up further than that").arg(band);
        case Clip::none: break;
    }
    const bool outside = made.ratio < 1 - token.settings.epsilon || made.ratio > 1 + token.settings.epsilon_high;
    return outside ? say("%1: outside, but the push leads back").arg(band) : band;
}

QString weightFormula(const TokenExplanation& made, LossType type) {
    const QString attempts = say("%1 attempts").arg(made.rows);
    switch (type) {
        case LossType::Grpo: return say("1 / (%1 tokens of this attempt × %2)").arg(countText(static_cast<qint64>(made.row_tokens)), attempts);
        case LossType::DrGrpo: return say("1 / (%1 × %2 tokens, the longest allowed)").arg(attempts, countText(made.max_length));
        case LossType::Dapo:
        case LossType::Bnpo: break;
    }
    return say("1 / %1 tokens of all %2").arg(countText(static_cast<qint64>(made.total_tokens)), attempts);
}

QString referenceFormula(const ExplainedToken& token) { return say("beta %1 holds it near the reference model").arg(threeDigits(token.settings.beta)); }

QString pushFormula(const ExplainedToken& token, const TokenExplanation& made) {
    if (made.masked) return say("not trained on: 0");
    const QString policy = made.clip == Clip::none ? say("%1 ratio × advantage × weight").arg(QChar(0x2212)) : say("clipped: the policy term gives 0");
    return token.settings.beta != 0 ? say("%1, plus the pull to the reference").arg(policy) : policy;
}

PushDirection verdictOf(const TokenExplanation& made) {
    return made.push < 0 ? PushDirection::likelier : made.push > 0 ? PushDirection::unlikelier : PushDirection::untouched;
}

QString verdictTitle(PushDirection verdict) {
    switch (verdict) {
        case PushDirection::likelier: return say("Made more likely");
        case PushDirection::unlikelier: return say("Made less likely");
        case PushDirection::untouched: break;
    }
    return say("Untouched");
}

QString verdictReason(const ExplainedToken& token, const TokenExplanation& made) {
    if (made.masked) return say("It was given, not written by the model, and takes no part in the loss.");
    if (made.policy_push == 0 && made.push != 0) return say("Only the pull to the reference model moves it; its rewards do not.");
    if (made.push == 0) {
        if (!token.accepted) return say("Guidance did not accept this group, so none of its attempts is trained on.");
        if (made.all_equal) return say("All %1 attempts of the group got the same reward: nothing to prefer, so no gradient.").arg(made.rewards.size());
        if (std::isnan(ownReward(token, made))) return say("The attempt could not be judged.");
        if (made.clip == Clip::low) return say("It has become so much less likely since it was sampled that the clip stops the push.");
        if (made.clip == Clip::high) return say("It has become so much more likely since it was sampled that the clip stops the push.");
        return say("The attempt's reward is exactly the mean of its group.");
    }
    const QString against = made.advantage > 0 ? say("above") : say("below");
    return say("Its attempt's reward, %1, is %2 the group's mean, %3. Every token of the attempt gets the same advantage, right or wrong.")
        .arg(threeDigits(ownReward(token, made)), against, threeDigits(made.mean));
}

}  // namespace foothold::ui
