// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold of the objective whatever the numbers: derivative, micro-batches, zero spread, masks, float.
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "record/error.h"
#include "training/advantages.h"
#include "training/objective.h"

using namespace foothold;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Row {
    std::vector<double> logp, old_logp, ref_logp;
    std::vector<std::uint8_t> mask;
    double advantage = 0, weight = 1;
};

struct Step {
    std::vector<Row> rows;
    ObjectiveSettings settings;
    StepTotals totals;
};

/// Random rows of 0 to 6 tokens. Ratios stay away from the corners of the clip, where the loss has no derivative.
Step random_step(std::mt19937& random, LossType type, double beta) {
    std::uniform_real_distribution<double> uniform(-1, 1);
    Step step;
    step.settings = {.type = type, .epsilon = 0.2, .epsilon_high = 0.28, .beta = beta, .max_completion_length = 7};
    for (int i = 0; i < 6; ++i) {
        Row row;
        row.advantage = i == 0 ? 0.0 : uniform(random) * 2;
        row.weight = i % 2 == 0 ? 1.0 : 0.7;
        const int tokens = static_cast<int>(random() % 7);
        for (int t = 0; t < tokens; ++t) {
            const double logp = -1.5 + uniform(random);
            double shift = uniform(random);
            for (const double corner : {std::log(0.8), std::log(1.28)}) {
                if (std::abs(shift - corner) < 0.01) shift += 0.03;
            }
            row.logp.push_back(logp);
            row.old_logp.push_back(logp - shift);
            row.ref_logp.push_back(logp + 0.5 * uniform(random));
            row.mask.push_back(random() % 4 != 0);
        }
        step.totals.tokens += count_tokens(row.mask);
        step.rows.push_back(std::move(row));
    }
    step.totals.rows = step.rows.size();
    return step;
}

RowResult evaluate(const Step& step, const Row& row, std::vector<double>& dlogp) {
    dlogp.assign(row.logp.size(), kNan);  // every element has to be written
    return objective_row<double>(row.logp, row.old_logp, row.ref_logp, row.mask, row.advantage, row.weight,
                                 step.settings, step.totals, dlogp);
}

const std::vector<LossType> kTypes{LossType::Grpo, LossType::DrGrpo, LossType::Dapo, LossType::Bnpo};

}  // namespace

class TestObjective : public QObject {
    Q_OBJECT

private slots:
    void derivativeIsThatOfTheLoss() {
        std::mt19937 random(1);
        std::vector<double> dlogp, ignored;
        int clipped = 0;
        for (int repeat = 0; repeat < 10; ++repeat) {
            for (const LossType type : kTypes) {
                for (const double beta : {0.0, 0.04, 1.0}) {
                    Step step = random_step(random, type, beta);
                    for (Row& row : step.rows) {
                        const RowResult result = evaluate(step, row, dlogp);
                        clipped += result.clipped_low + result.clipped_high;
                        for (std::size_t t = 0; t < row.logp.size(); ++t) {
                            const double h = 1e-5, at = row.logp[t];
                            row.logp[t] = at + h;
                            const double above = evaluate(step, row, ignored).loss;
                            row.logp[t] = at - h;
                            const double below = evaluate(step, row, ignored).loss;
                            row.logp[t] = at;
                            QVERIFY2(std::abs((above - below) / (2 * h) - dlogp[t]) < 1e-8,
                                     qPrintable(QString::number(dlogp[t])));
                        }
                    }
                }
            }
        }
        QVERIFY(clipped > 100);
    }

    void onPolicyRatioIsOneWithAGradient() {
        const std::vector<double> logp{-0.5, -2.0};
        const std::vector<std::uint8_t> mask{1, 1};
        std::vector<double> dlogp(2);
        const RowResult row = objective_row<double>(logp, {}, {}, mask, 0.5, 1.0, {.type = LossType::Dapo},
                                                    {.rows = 1, .tokens = 2}, dlogp);
        QCOMPARE(row.loss, -0.5);
        QCOMPARE(dlogp, (std::vector<double>{-0.25, -0.25}));
        QCOMPARE(row.clipped_low + row.clipped_high, 0);
    }

    void clippedTokensAreCountedAndHaveNoPolicyGradient() {
        // Ratio 2 with a positive advantage and ratio 0.5 with a negative one are clipped; the mirrored signs are not.
        const std::vector<double> logp{std::log(2.0), std::log(0.5)}, old_logp{0, 0};
        const std::vector<std::uint8_t> mask{1, 1};
        const ObjectiveSettings settings{.type = LossType::Dapo, .epsilon = 0.2, .epsilon_high = 0.28};
        std::vector<double> dlogp(2);
        RowResult row =
            objective_row<double>(logp, old_logp, {}, mask, 1.0, 1.0, settings, {.rows = 1, .tokens = 1}, dlogp);
        QCOMPARE(row.clipped_high, 1);
        QCOMPARE(row.clipped_low, 0);
        QCOMPARE(row.loss, -1.28 - 0.5);
        QCOMPARE(dlogp, (std::vector<double>{0.0, -0.5}));
        row = objective_row<double>(logp, old_logp, {}, mask, -1.0, 1.0, settings, {.rows = 1, .tokens = 1}, dlogp);
        QCOMPARE(row.clipped_high, 0);
        QCOMPARE(row.clipped_low, 1);
        QCOMPARE(row.loss, 2.0 + 0.8);
        QCOMPARE(dlogp, (std::vector<double>{2.0, 0.0}));
    }

    void lossTypesDivideAsTheyShould() {
        // Two rows, one and three tokens, advantage 1, ratio 1: the sums are -1 and -3.
        const std::vector<double> logp{-1, -1, -1};
        const std::vector<std::uint8_t> mask{1, 1, 1};
        const StepTotals totals{.rows = 2, .tokens = 4};
        const auto loss = [&](LossType type) {
            const ObjectiveSettings settings{.type = type, .max_completion_length = 10};
            double sum = 0;
            for (const std::size_t n : {1, 3}) {
                std::vector<double> dlogp(n);
                sum += objective_row<double>(std::span(logp).first(n), {}, {}, std::span(mask).first(n), 1.0, 1.0,
                                             settings, totals, std::span(dlogp))
                           .loss;
            }
            return sum;
        };
        QCOMPARE(loss(LossType::Grpo), -1.0);
        QCOMPARE(loss(LossType::Dapo), -1.0);
        QCOMPARE(loss(LossType::Bnpo), -1.0);
        QCOMPARE(loss(LossType::DrGrpo), -4.0 / 20.0);
    }

    void cutsIntoMicroBatchesChangeNothing() {
        // Each row is a function of itself and the step's totals alone, so any order and any cut gives the same sum.
        std::mt19937 random(2);
        std::vector<double> dlogp;
        for (const LossType type : kTypes) {
            const Step step = random_step(random, type, 0.04);
            double whole = 0;
            for (const Row& row : step.rows) whole += evaluate(step, row, dlogp).loss;
            for (std::size_t size = 1; size <= step.rows.size(); ++size) {
                double sum = 0;
                for (std::size_t begin = 0; begin < step.rows.size(); begin += size) {
                    double part = 0;
                    const std::size_t end = std::min(step.rows.size(), begin + size);
                    for (std::size_t i = end; i-- > begin;) part += evaluate(step, step.rows[i], dlogp).loss;
                    sum += part;
                }
                QVERIFY(std::abs(sum - whole) < 1e-14);
            }
        }
    }

    void zeroSpreadGroupHasNoGradientUnlessBetaPulls() {
        // 0.1 three times: its mean in double is not 0.1.
        for (const RewardScale scale : {RewardScale::Group, RewardScale::Batch, RewardScale::None}) {
            const auto advantages = group_advantages(std::vector<double>{0.1, 0.1, 0.1, 0, 1, 1}, 3, scale);
            for (int i = 0; i < 3; ++i) QVERIFY(advantages[i] == 0.0);
            QVERIFY(advantages[3] < 0);
        }
        std::mt19937 random(3);
        for (const LossType type : kTypes) {
            for (const double beta : {0.0, 0.04}) {
                const Step step = random_step(random, type, beta);
                bool any = false;
                for (Row row : step.rows) {
                    row.advantage = 0;
                    std::vector<double> dlogp;
                    const double loss = evaluate(step, row, dlogp).loss;
                    for (const double value : dlogp) any = any || value != 0.0;
                    if (beta == 0.0) QCOMPARE(loss, 0.0);
                }
                QCOMPARE(any, beta != 0.0);
                QCOMPARE(row_has_gradient(0.0, 1.0, step.settings), beta != 0.0);
            }
        }
    }

    void importanceWeighsThePolicyTermTokenByToken() {
        std::mt19937 random(8);
        for (const double beta : {0.0, 0.04}) {
            const Step step = random_step(random, LossType::Dapo, beta);
            for (const Row& row : step.rows) {
                std::vector<double> plain, none, doubled, importance(row.logp.size(), 1.0);
                const double loss = evaluate(step, row, plain).loss;
                Row without = row;
                without.advantage = 0;
                const double pull = evaluate(step, without, none).loss;  // The KL term alone.
                for (std::size_t t = 0; t < importance.size(); t += 2) importance[t] = 2;
                doubled.assign(row.logp.size(), kNan);
                objective_row<double>(row.logp, row.old_logp, row.ref_logp, row.mask, row.advantage, row.weight, step.settings, step.totals,
                                      doubled, importance);
                for (std::size_t t = 0; t < doubled.size(); ++t)
                    QVERIFY(std::abs(doubled[t] - (none[t] + importance[t] * (plain[t] - none[t]))) < 1e-12);
                importance.assign(row.logp.size(), 2.0);
                const double all = objective_row<double>(row.logp, row.old_logp, row.ref_logp, row.mask, row.advantage, row.weight, step.settings,
                                                         step.totals, doubled, importance).loss;
                QVERIFY(std::abs(all - (pull + 2 * (loss - pull))) < 1e-12);
            }
        }
        std::vector<double> one{0};
        const std::vector<double> logp{-1}, two{1, 1};
        const std::vector<std::uint8_t> mask{1};
        QVERIFY_THROWS_EXCEPTION(UserError, objective_row<double>(logp, {}, {}, mask, 1.0, 1.0, {.type = LossType::Dapo}, {.rows = 1, .tokens = 1}, one, two));
    }

    void maskedTokensAreNotEvenRead() {
        const std::vector<double> logp{kNan, -1}, old_logp{kNan, -1.1}, ref_logp{kNan, -0.9};
        const std::vector<std::uint8_t> mask{0, 1}, nothing{0, 0};
        const ObjectiveSettings settings{.type = LossType::Grpo, .beta = 0.04};
        std::vector<double> dlogp(2, kNan);
        const RowResult row =
            objective_row<double>(logp, old_logp, ref_logp, mask, 1.0, 1.0, settings, {.rows = 1, .tokens = 1}, dlogp);
        QVERIFY(std::isfinite(row.loss) && std::isfinite(row.kl_sum));
        QCOMPARE(dlogp[0], 0.0);
        QVERIFY(dlogp[1] < 0);
        QCOMPARE(row.tokens, 1.0);
        const RowResult empty =
            objective_row<double>(logp, old_logp, ref_logp, nothing, 1.0, 1.0, settings, {.rows = 1}, dlogp);
        QCOMPARE(empty.loss, 0.0);
        QCOMPARE(dlogp, (std::vector<double>{0.0, 0.0}));
    }

    void floatAgreesWithDouble() {
        std::mt19937 random(4);
        for (const LossType type : kTypes) {
            const Step step = random_step(random, type, 0.04);
            for (const Row& row : step.rows) {
                std::vector<double> dlogp;
                const RowResult expected = evaluate(step, row, dlogp);
                const auto narrow = [](const std::vector<double>& from) {
                    return std::vector<float>(from.begin(), from.end());
                };
                const auto logp = narrow(row.logp), old_logp = narrow(row.old_logp), ref_logp = narrow(row.ref_logp);
                std::vector<float> derivative(logp.size());
                const RowResult result = objective_row<float>(logp, old_logp, ref_logp, row.mask, row.advantage,
                                                              row.weight, step.settings, step.totals, derivative);
                QVERIFY(std::abs(result.loss - expected.loss) < 1e-6);
                QCOMPARE(result.clipped_low, expected.clipped_low);
                QCOMPARE(result.clipped_high, expected.clipped_high);
                for (std::size_t t = 0; t < dlogp.size(); ++t) QVERIFY(std::abs(derivative[t] - dlogp[t]) < 1e-6);
            }
        }
    }

    void supervisedIsTheMeanNegativeLogLikelihood() {
        const std::vector<double> logp{-1, -2, -4};
        const std::vector<std::uint8_t> mask{1, 0, 1};
        std::vector<double> dlogp(3, kNan);
        const RowResult row = supervised_row<double>(logp, mask, 4.0, dlogp);
        QCOMPARE(row.loss, 5.0 / 4.0);
        QCOMPARE(dlogp, (std::vector<double>{-0.25, 0.0, -0.25}));
        QCOMPARE(row.tokens, 2.0);
    }

    void advantagesByHand() {
        const std::vector<double> rewards{0, 1, 1, 0, 0, 0};
        const double deviation = std::sqrt(1.0 / 3.0);  // of 0, 1, 1 with Bessel's correction
        QVERIFY(std::abs(group_advantages(rewards, 3, RewardScale::Group)[0] + (2.0 / 3.0) / (deviation + 1e-4)) <
                1e-15);
        QVERIFY(std::abs(group_advantages(rewards, 3, RewardScale::None)[1] - 1.0 / 3.0) < 1e-15);
        const double batch = std::sqrt((2 * 4.0 / 9.0 + 4 * 1.0 / 9.0) / 5);  // all six around their own mean 1/3
        QVERIFY(std::abs(group_advantages(rewards, 3, RewardScale::Batch)[1] - (1.0 / 3.0) / (batch + 1e-4)) < 1e-15);
    }

    void anUnjudgedAttemptIsLeftOut() {
        const auto advantages = group_advantages(std::vector<double>{0, kNan, 1}, 3, RewardScale::None);
        QCOMPARE(advantages, (std::vector<double>{-0.5, 0.0, 0.5}));
        QCOMPARE(group_advantages(std::vector<double>{kNan, kNan}, 2, RewardScale::Group),
                 (std::vector<double>{0.0, 0.0}));
    }

    void refusals() {
        QVERIFY_THROWS_EXCEPTION(UserError, parse_loss_type("ppo"));
        QVERIFY_THROWS_EXCEPTION(UserError, parse_reward_scale("std"));
        QVERIFY_THROWS_EXCEPTION(UserError, group_advantages(std::vector<double>{1, 2, 3}, 2, RewardScale::Group));
        const std::vector<double> logp{-1};
        const std::vector<std::uint8_t> mask{1}, longer{1, 1};
        std::vector<double> dlogp(1);
        const auto call = [&](const ObjectiveSettings& settings, std::span<const std::uint8_t> row_mask) {
            objective_row<double>(logp, {}, {}, row_mask, 1.0, 1.0, settings, {.rows = 1, .tokens = 1}, dlogp);
        };
        QVERIFY_THROWS_EXCEPTION(UserError, call({}, longer));
        QVERIFY_THROWS_EXCEPTION(UserError, call({.beta = 0.1}, mask));
        QVERIFY_THROWS_EXCEPTION(UserError, call({.type = LossType::DrGrpo}, mask));
    }
};

QTEST_GUILESS_MAIN(TestObjective)
#include "test_objective.moc"
