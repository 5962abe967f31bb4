// SPDX-License-Identifier: GPL-3.0-or-later
// What the studies rest on, in formulas against simulation, and the confidence scores on hand-made traces.
#include <QtTest>
#include <cmath>
#include <functional>
#include <random>

#include "statistics/confidence_scores.h"
#include "statistics/degeneration.h"
#include "training/advantages.h"

using namespace foothold;

namespace {

TraceConfidence trace(std::vector<float> confidence, std::vector<std::pair<std::size_t, std::size_t>> steps, std::string answer = "1", bool correct = true) {
    TraceConfidence t;
    t.counts.assign(confidence.size(), 1);
    t.confidence = std::move(confidence);
    t.steps = std::move(steps);
    t.answer = std::move(answer);
    t.correct = correct;
    return t;
}

}  // namespace

class TestClaims : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void aLoneSuccessIsPushedHardest() {
        // Success rate p = 1/G: (1 - p) / (Bessel-corrected deviation + 1e-4) = (G - 1) / sqrt(G) (up to the constant).
        for (const std::size_t g : {8, 16, 32}) {
            std::vector<double> rewards(g, 0.0);
            rewards[0] = 1;
            const double n = static_cast<double>(g), deviation = std::sqrt(1 / n);
            const auto grpo = group_advantages(rewards, g, RewardScale::Group), plain = group_advantages(rewards, g, RewardScale::None);
            QVERIFY(std::abs(grpo[0] - (1 - 1 / n) / (deviation + kDeviationFloor)) < 1e-12);
            QVERIFY(std::abs(grpo[0] - (n - 1) / std::sqrt(n)) < 1e-2);
            QVERIFY(std::abs(plain[0] - (1 - 1 / n)) < 1e-12);
            QVERIFY(std::abs(std::accumulate(grpo.begin(), grpo.end(), 0.0)) < 1e-9);
        }
    }

    void howOftenAGroupTeaches() {
        // P(a group has a gradient) = 1 - p^G - (1 - p)^G.
        std::mt19937 random(3);
        for (const double p : {.01, .05, .5})
            for (const int g : {8, 16}) {
                int teaches = 0;
                constexpr int groups = 20000;
                for (int i = 0; i < groups; ++i) {
                    std::vector<double> rewards;
                    for (int k = 0; k < g; ++k) rewards.push_back(std::bernoulli_distribution(p)(random));
                    const auto a = group_advantages(rewards, static_cast<std::size_t>(g), RewardScale::Group);
                    teaches += std::any_of(a.begin(), a.end(), [](double x) { return x != 0; });
                }
                const double expected = 1 - std::pow(p, g) - std::pow(1 - p, g);
                QVERIFY(std::abs(teaches / double(groups) - expected) < 4 * std::sqrt(expected * (1 - expected) / groups));
            }
    }

    void wanderingHasAPlateauAndACliff() {
        // Lu et al. 2025, arXiv 2505.20296: a depth-first search that omits one child of a node with chance p_w finds a goal at depth d, given m
        // independent goals, with 1 - (1 - q^d)^m, q = 1 - p_w / 2 (two children a node). Here it searches whole trees, a goal in each.
        std::mt19937 random(4);
        const double wander = .1, q = 1 - wander / 2;
        const std::function<bool(int, unsigned, unsigned)> search = [&](int levels, unsigned node, unsigned goal) {
            if (levels == 0) return node == goal;
            const int omitted = std::bernoulli_distribution(wander)(random) ? std::uniform_int_distribution(0, 1)(random) : -1;
            bool found = false;
            for (int child = 0; child < 2; ++child)
                if (child != omitted) found = search(levels - 1, 2 * node + static_cast<unsigned>(child), goal) || found;
            return found;
        };
        for (const int depth : {3, 9})
            for (const int goals : {1, 4}) {
                int found = 0;
                constexpr int searches = 3000;
                for (int i = 0; i < searches; ++i) {
                    bool any = false;
                    for (int goal = 0; goal < goals && !any; ++goal) any = search(depth, 0, random() % (1u << depth));
                    found += any;
                }
                const double expected = 1 - std::pow(1 - std::pow(q, depth), goals);
                QVERIFY(std::abs(found / double(searches) - expected) < 4 * std::sqrt(expected * (1 - expected) / searches) + 1e-9);
            }
    }

    void theSameAnswerEverywhereShows() {
        const std::vector<std::string> same = {"n7", "n7", "n3", "n7"}, apart = {"n7", "n1", "n3", "n5"}, silent = {"", "", "", "n3"};
        QCOMPARE(repeated_share(same), .75);
        QCOMPARE(repeated_share(apart), .25);
        QCOMPARE(repeated_share(silent), .25);  // No answer is no answer, however often.
        QCOMPARE(repeated_share({}), 0.);
    }

    void lengthsThatCollapseShow() {
        QVERIFY(std::abs(length_collapse(510.7, 45.7) - .9105) < 1e-3);  // The case of arXiv 2605.28388.
        QCOMPARE(length_collapse(40, 40), 0.);
        QCOMPARE(length_collapse(40, 60), -.5);
        QVERIFY(std::isnan(length_collapse(0, 3)));
    }

    void oldSkillsThatAreLostShow() {
        QCOMPARE(retention(.8, .2), .25);
        QCOMPARE(retention(.8, .9), 1.);
        QVERIFY(std::isnan(retention(0, .5)));
    }

    /// Success with chance p, G attempts: a prompt's positive push is G sqrt(p (1 - p)) with the spread divided out, G p (1 - p) without, in the mean over groups.
    void whatAGroupIsPushedByOnAverage() {
        std::mt19937 random(6);
        constexpr std::size_t g = 64;  // The first formula is that of large groups.
        for (const double p : {.05, .2, .5}) {
            double divided = 0, plain = 0;
            constexpr int groups = 4000;
            for (int i = 0; i < groups; ++i) {
                std::vector<double> rewards;
                for (std::size_t k = 0; k < g; ++k) rewards.push_back(std::bernoulli_distribution(p)(random));
                for (const double a : group_advantages(rewards, g, RewardScale::Group)) divided += std::max(0.0, a) / groups;
                for (const double a : group_advantages(rewards, g, RewardScale::None)) plain += std::max(0.0, a) / groups;
            }
            const double n = static_cast<double>(g);
            QVERIFY2(std::abs(divided / (n * std::sqrt(p * (1 - p))) - 1) < .06, qPrintable(QString::number(divided)));
            QVERIFY2(std::abs(plain / (n * p * (1 - p) * (n - 1) / n) - 1) < .03, qPrintable(QString::number(plain)));
        }
    }

    void scoresOfATrace() {
        const TraceConfidence t = trace({1, 1, 4, 2, 3, 3}, {{0, 2}, {2, 4}, {4, 6}});
        QCOMPARE(trace_score(t, "mean"), 14. / 6);
        QCOMPARE(trace_score(t, "min-step"), 1.);
        // Windows of two tokens, a step's length: 1, 2.5, 3, 2.5, 3. The lowest tenth of five is one.
        QCOMPARE(trace_score(t, "lowest-10%"), 1.);
        // A window need not stand where a step does.
        QCOMPARE(trace_score(trace({4, 1, 1, 4, 3, 3}, {{0, 2}, {2, 4}, {4, 6}}), "lowest-10%"), 1.);
        QCOMPARE(trace_score(trace({4, 1, 1, 4, 3, 3}, {{0, 2}, {2, 4}, {4, 6}}), "min-step"), 2.5);
        QCOMPARE(trace_score(t, "tail"), 3.);
        QCOMPARE(trace_score(t, "head"), 2.);
        // Tokens of mere form are left out; a step without others does not count.
        TraceConfidence some = t;
        some.counts = {0, 0, 1, 0, 0, 1};
        QCOMPARE(trace_score(some, "mean"), 3.5);
        QCOMPARE(trace_score(some, "min-step"), 3.);
        QCOMPARE(trace_score(some, "lowest-10%"), 3.);
        // Of eleven windows of one token the lowest tenth are two.
        TraceConfidence longer = trace({}, {});
        for (int i = 0; i < 11; ++i) longer.confidence.push_back(static_cast<float>(i)), longer.counts.push_back(1), longer.steps.emplace_back(i, i + 1);
        QCOMPARE(trace_score(longer, "lowest-10%"), .5);
        // One unsure step in a long trace: the mean hardly moves, the least step does.
        TraceConfidence sure = longer, shaky = longer;
        std::fill(sure.confidence.begin(), sure.confidence.end(), 5.f);
        shaky.confidence = sure.confidence;
        shaky.confidence[7] = 0;
        QVERIFY(trace_score(sure, "mean") - trace_score(shaky, "mean") < .5 && trace_score(sure, "min-step") - trace_score(shaky, "min-step") == 5);
    }

    void rankingIsMannWhitneys() {
        const std::vector<double> scores = {.1, .4, .35, .8};
        const std::vector<std::uint8_t> correct = {0, 0, 1, 1};
        QCOMPARE(auroc(scores, correct), .75);  // As in scikit-learn's documentation of roc_auc_score.
        QCOMPARE(auroc(std::vector<double>{1, 1, 1, 1}, correct), .5);
        QVERIFY(std::isnan(auroc(scores, std::vector<std::uint8_t>{1, 1, 1, 1})));
    }

    void votes() {
        std::vector<TraceConfidence> traces;
        for (const char* answer : {"7", "7", "3", "3", "3", ""}) traces.push_back(trace({1}, {{0, 1}}, answer));
        const std::vector<double> scores = {9, 8, 1, 1, 1, 10};
        QCOMPARE(vote_credit(traces, scores, 1, {}, "3"), 1.);
        QCOMPARE(vote_credit(traces, scores, 1, {}, "7"), 0.);
        QCOMPARE(vote_credit(traces, scores, .5, {}, "7"), 1.);     // The surest three: one without an answer, two sevens.
        QCOMPARE(vote_credit(traces, scores, .01, {}, "7"), 0.);    // At least one votes, and it has no answer.
        QCOMPARE(vote_credit(traces, scores, 1, scores, "7"), 1.);  // Weighted: 17 against 3.
        traces.resize(4);
        QCOMPARE(vote_credit(traces, std::vector<double>{1, 1, 1, 1}, 1, {}, "3"), .5);  // A tie is shared.
    }

    void stoppingEarlySavesTokensAndVotes() {
        std::vector<TraceConfidence> traces;
        for (int i = 0; i < 4; ++i) traces.push_back(trace({5, 5, 5, 5}, {{0, 2}, {2, 4}}, "1"));  // Warm-up, all sure.
        traces.push_back(trace({1, 1, 5, 5}, {{0, 2}, {2, 4}}, "2"));                              // Unsure at once: two tokens.
        traces.push_back(trace({5, 5, 1, 1}, {{0, 2}, {2, 4}}, "2"));                              // Unsure at its end: all four, no vote.
        traces.push_back(trace({5, 5, 6, 6}, {{0, 2}, {2, 4}}, "1"));
        const EarlyStop stop = stop_early(traces, 4, .1, "1");
        QCOMPARE(stop.full, 28.);
        QCOMPARE(stop.tokens, 26.);
        QCOMPARE(stop.credit, 1.);
        QCOMPARE(stop_early(traces, 4, .1, "2").credit, 0.);
    }
};

QTEST_GUILESS_MAIN(TestClaims)
#include "test_claims.moc"
