// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's update is the gradient of what `loss` computes: on a batch with dead groups, with and without a KL term.
#include <QtTest>
#include <algorithm>
#include <cmath>

#include "engine/engine.h"
#include "record/random.h"
#include "training/advantages.h"
#include "training/objective.h"

using namespace foothold;

namespace {

constexpr std::size_t groups = 5, size = 4;
/// Groups 1 and 3 are dead: all wrong, all right.
const std::vector<double> rewards = {1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1};

std::vector<ScoredSequence> batch() {
    Random random(7);
    std::vector<ScoredSequence> out;
    for (std::size_t i = 0; i < groups * size; ++i) {
        ScoredSequence s;
        s.first = 3 + i / size;
        const std::size_t n = s.first + 2 + random.below(9);
        for (std::size_t t = 0; t < n; ++t) s.tokens.push_back(static_cast<Token>(random.below(23)));
        out.push_back(std::move(s));
    }
    return out;
}

struct Step {
    std::unique_ptr<Engine> engine;
    std::vector<ScoredSequence> rows = batch();
    std::vector<std::vector<float>> old, reference;
    std::vector<double> advantages = group_advantages(rewards, size, RewardScale::Group);
    ObjectiveSettings settings;
    StepTotals totals;

    Step(LossType type, double beta) : settings{type, 0.05, 0.05, beta, 12} {
        EngineOptions options;
        options.device = "cpu";
        options.double_precision = true;
        engine = open_engine(options);
        EngineState state = initial_state(ModelConfig{}, 3, 0.4);
        engine->load(state);
        engine->keep_reference();
        reference = engine->score(rows, false, {});
        // The policy has moved away from the reference, and from the one that sampled, so that ratios are clipped here and there.
        shift(state, 1, 0.02);
        engine->load(state);
        old = engine->score(rows, false, {});
        shift(state, 2, 0.01);
        engine->load(state);
        for (const ScoredSequence& s : rows) {
            totals.rows += 1;
            totals.tokens += static_cast<double>(s.scored());
        }
    }
    static void shift(EngineState& state, std::uint64_t key, double spread) {
        Random random(key);
        for (auto& [name, tensor] : state.tensors)
            for (float& x : tensor.data) x += static_cast<float>(spread * random.normal());
    }
    RowResult row(std::size_t r, std::span<const float> logprobs, std::span<float> out) const {
        const std::vector<std::uint8_t> mask(logprobs.size(), 1);
        return objective_row<float>(logprobs, old[r], settings.beta > 0 ? std::span<const float>(reference[r]) : std::span<const float>(), mask, advantages[r], 1, settings, totals, out);
    }
    double loss() const {
        const auto logprobs = engine->score(rows, false, {});
        double sum = 0;
        for (std::size_t r = 0; r < rows.size(); ++r) {
            std::vector<float> scratch(logprobs[r].size());
            sum += row(r, logprobs[r], scratch).loss;
        }
        return sum;
    }
    std::vector<float> gradient(bool skip_dead) const {
        std::vector<ScoredSequence> kept;
        std::vector<std::size_t> index;
        for (std::size_t r = 0; r < rows.size(); ++r)
            if (!skip_dead || row_has_gradient(advantages[r], 1, settings)) {
                kept.push_back(rows[r]);
                index.push_back(r);
            }
        return engine->gradient(kept, [&](std::size_t k, std::span<const float> logprobs, std::span<float> out) { row(index[k], logprobs, out); });
    }
};

double norm(std::span<const float> v) {
    double sum = 0;
    for (float x : v) sum += static_cast<double>(x) * x;
    return std::sqrt(sum);
}

}  // namespace

class TestUpdateLoss : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void cases_data() {
        QTest::addColumn<int>("type");
        QTest::addColumn<double>("beta");
        for (LossType type : {LossType::Grpo, LossType::DrGrpo, LossType::Dapo, LossType::Bnpo})
            for (double beta : {0.0, 0.04}) QTest::newRow(qPrintable(QString("%1 beta %2").arg(std::string(name_of(type)).c_str()).arg(beta))) << static_cast<int>(type) << beta;
    }

    void updateIsTheGradientOfTheLoss_data() { cases_data(); }
    void updateIsTheGradientOfTheLoss() {
        QFETCH(int, type);
        QFETCH(double, beta);
        Step step(static_cast<LossType>(type), beta);
        const auto gradient = step.gradient(false);
        QVERIFY(norm(gradient) > 1e-4);
        // Along the gradient, the loss changes by its norm.
        const EngineState here = step.engine->state();
        const double scale = 1 / norm(gradient);
        const auto moved = [&](double h) {
            EngineState state = here;
            std::size_t at = 0;
            for (auto& [name, tensor] : state.tensors) {
                if (name.starts_with("optimizer.")) continue;
                for (float& x : tensor.data) x = static_cast<float>(x + h * scale * gradient[at++]);
            }
            step.engine->load(state);
            return step.loss();
        };
        const double h = 2e-3, slope = (moved(h) - moved(-h)) / (2 * h);
        QVERIFY2(std::abs(slope - norm(gradient)) < 0.02 * norm(gradient), qPrintable(QString("%1 against %2").arg(slope).arg(norm(gradient))));
    }

    void deadGroupsMaySkipTheBackwardPassOnlyWithoutKl_data() { cases_data(); }
    void deadGroupsMaySkipTheBackwardPassOnlyWithoutKl() {
        QFETCH(int, type);
        QFETCH(double, beta);
        Step step(static_cast<LossType>(type), beta);
        const auto all = step.gradient(false), kept = step.gradient(true);
        double difference = 0;
        for (std::size_t i = 0; i < all.size(); ++i) difference += std::pow(static_cast<double>(all[i]) - kept[i], 2);
        QVERIFY(std::sqrt(difference) < 1e-6 * norm(all));
        // With a KL term every row has a gradient, dead or not.
        const bool dead_skipped = std::count_if(step.advantages.begin(), step.advantages.end(), [&](double a) { return !row_has_gradient(a, 1, step.settings); }) > 0;
        QCOMPARE(dead_skipped, beta == 0);
    }
};

QTEST_GUILESS_MAIN(TestUpdateLoss)
#include "test_update_loss.moc"
