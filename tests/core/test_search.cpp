// SPDX-License-Identifier: GPL-3.0-or-later
// What holds for every family but chain, and doors and graph-path in particular: generators, judges, exact readings of searches and answers, hints.
#include <QtTest>
#include <algorithm>
#include <map>
#include <set>

#include "record/error.h"
#include "tasks/corruption.h"
#include "tasks/family.h"
#include "tasks/hint.h"
#include "tasks/problem_set.h"
#include "text/vocabulary.h"

using namespace foothold;

namespace {

std::string joined(const std::vector<std::string>& steps) { return join_words(steps); }

Problem maze() {
    Problem p;
    p.family = "doors";
    p.tier = "3x3";
    p.prompt = "A n1 n2 B n3 n4 n5 C n6 n7 goal n5 ?";
    p.answer = "B";
    p.steps = {"B", "n3", "n4", "n5"};
    return p;
}

Verdict verdict(const Family& family, const Problem& p, const std::string& completion, const std::string& hint = {}) {
    return family.judge(p, hint, Placement::answer, completion, true).verdict;
}

}  // namespace

class TestSearch : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void referencesAreAccepted_data() {
        QTest::addColumn<QString>("name");
        QTest::newRow("countdown") << "countdown";
        QTest::newRow("doors") << "doors";
        QTest::newRow("graph-path") << "graph-path";
        QTest::newRow("maze") << "maze";
        QTest::newRow("addition") << "addition";
    }
    void referencesAreAccepted() {
        QFETCH(QString, name);
        const auto family = make_family(name.toStdString());
        for (const std::string& tier : family->example_tiers()) {
            std::vector<std::string> taken;
            for (const Problem& p : make_problems(*family, tier, 100, 3, "t", taken)) {
                const std::string whole = joined(p.steps) + " " + family->closing(p);
                const Judgement j = family->judge(p, "", Placement::answer, whole, true);
                QVERIFY2(j.verdict == Verdict::correct && j.soundness == Soundness::sound && j.first_wrong_step < 0, whole.c_str());
                QVERIFY(static_cast<int>(family->tokenizer().encode(whole).size()) + 1 <= family->max_new_tokens(p, 0));
                // Every cut of the reference is a state that holds, and what follows is the rest.
                for (std::size_t k = 0; k <= p.steps.size(); ++k) {
                    const auto given = std::span(p.steps).first(k);
                    QVERIFY(family->state_holds(p, given));
                    std::vector<std::string> rest(p.steps.begin() + static_cast<std::ptrdiff_t>(k), p.steps.end());
                    QCOMPARE(family->follow(p, given), rest);
                    if (k == 0) continue;
                    const std::string hint = joined({p.steps.begin(), p.steps.begin() + static_cast<std::ptrdiff_t>(k)});
                    const std::string own = rest.empty() ? family->closing(p) : joined(rest) + " " + family->closing(p);
                    QCOMPARE(verdict(*family, p, own, hint), Verdict::correct);
                    QVERIFY(static_cast<int>(family->tokenizer().encode(own).size()) + 1 <= family->max_new_tokens(p, static_cast<int>(k)));
                }
                QVERIFY(!family->refuse_trace(p, p.steps));
                auto marked = p.steps;
                marked.push_back(family->closing(p));
                QVERIFY(family->refuse_trace(p, marked));
            }
        }
    }

    void nonsenseIsJudgedAndNeverRight_data() { referencesAreAccepted_data(); }
    void nonsenseIsJudgedAndNeverRight() {
        QFETCH(QString, name);
        const auto family = make_family(name.toStdString());
        Random random(5);
        const auto& words = family->tokenizer().words();
        int right = 0;
        for (int i = 0; i < 3000; ++i) {
            const Problem p = family->make(family->example_tiers()[static_cast<std::size_t>(i) % family->example_tiers().size()], random);
            std::string text;
            for (int k = random.between(0, 12); k > 0; --k) text += (text.empty() ? "" : " ") + words[random.below(words.size())];
            const Judgement j = family->judge(p, "", Placement::answer, text, random.uniform() < .5);
            right += j.verdict == Verdict::correct;
            (void)family->read_search(p, text);
            (void)family->read_answer(p, j.extracted);
        }
        QVERIFY(right < 5);
    }

    void corruptionsSayWhetherTheStateHolds_data() { referencesAreAccepted_data(); }
    void corruptionsSayWhetherTheStateHolds() {
        QFETCH(QString, name);
        const auto family = make_family(name.toStdString());
        std::vector<std::string> taken;
        const std::string tier = family->example_tiers()[name == "graph-path" ? 0 : 2];  // 4x5, 3x20, n.
        const auto pool = make_problems(*family, tier, 60, 4, "c", taken);
        for (const CorruptionOperator& op : corruption_operators())
            for (const Problem& p : pool) {
                CorruptedTrace c;
                try {
                    c = corrupt(op, p, pool, 1, 3, *family);
                } catch (const UserError&) {
                    continue;  // No donor of that length.
                }
                QCOMPARE(c.state_kept, family->state_holds(p, c.steps));
                if (op.keeps_state) QVERIFY2(c.state_kept, (op.name + ": " + joined(c.steps) + " of " + p.prompt).c_str());
            }
    }

    void tiersAreRefusedByName() {
        Random random(1);
        for (const char* bad : {"", "4", "4x", "x5", "1x5", "4x2", "9x5", "4x5x", "4x5-", "4x2-5", "4x6-5", "4x5-9", "4x5_6", "4/5"}) QVERIFY_THROWS_EXCEPTION(UserError, make_family("doors")->make(bad, random));
        // The goal's corridor: its door is a step of the trace too.
        for (int i = 0; i < 50; ++i) {
            const std::size_t nodes = make_family("doors")->make("4x7-8", random).steps.size() - 1;
            QVERIFY2(nodes == 7 || nodes == 8, qPrintable(QString::number(nodes)));
        }
        for (const char* bad : {"", "n-2", "N"}) QVERIFY_THROWS_EXCEPTION(UserError, make_family("graph-path")->make(bad, random));
    }

    void aWalkThroughTheMazeIsRead() {
        const auto family = make_family("doors");
        const Problem p = maze();
        // Straight to the goal: nothing abandoned, no waste.
        SearchReading r = *family->read_search(p, "B n3 n4 n5 !");
        QVERIFY(r.solved && r.abandoned == 0 && r.invalid == 0 && r.revisits == 0 && r.thoughts.size() == 1);
        QCOMPARE(r.promising_nodes, 3);
        QCOMPARE(r.underthinking(), 0.0);
        // A dead end left, then the goal.
        r = *family->read_search(p, "A n1 n2 / B n3 n4 n5 !");
        QVERIFY(r.solved && r.dead_ends_left == 1 && r.abandoned == 0);
        // The goal's corridor left too early: a promising thought abandoned; leaving A early is no fault of that kind.
        r = *family->read_search(p, "B n3 / A n1 / C n6 n7 / .");
        QVERIFY(!r.solved && r.gave_up);
        QCOMPARE(r.abandoned, 1);
        QCOMPARE(r.promising_nodes, 2);  // One walked, one left.
        QVERIFY(r.thoughts[0].promising && r.thoughts[0].abandoned && !r.thoughts[1].abandoned);
        QCOMPARE(r.dead_ends_left, 1);
        // 11 tokens, the first promising thought at its first: 10 of 11 wasted.
        QVERIFY(std::abs(r.underthinking() - (1 - 1 / 11.)) < 1e-12);
        // Entered again: a revisit. A goal never entered: no promising thought, no underthinking.
        r = *family->read_search(p, "A n1 / A n1 n2 / .");
        QCOMPARE(r.revisits, 1);
        QCOMPARE(r.underthinking(), 0.0);
        // Stuck at a dead end, moves that are not there, a goal claimed elsewhere.
        r = *family->read_search(p, "A n1 n2 n3 !");
        QVERIFY(!r.solved && r.dead_ends_stuck == 1 && r.invalid >= 1);
        QVERIFY(!family->read_search(p, "C n7 n6 !")->solved);
        QVERIFY(!family->read_search(p, "A n1 n2 !")->solved);
        QVERIFY(!family->read_search(p, "B n3 n4 !")->solved);
    }

    void doorsAreJudgedByTheWalk() {
        const auto family = make_family("doors");
        const Problem p = maze();
        QCOMPARE(verdict(*family, p, "B n3 n4 n5 !"), Verdict::correct);
        QCOMPARE(verdict(*family, p, "n4 n5 !", "B n3"), Verdict::correct);
        QCOMPARE(verdict(*family, p, "/ B n3 n4 n5 !", "C n6"), Verdict::correct);
        QCOMPARE(verdict(*family, p, "A n1 n2 / ."), Verdict::wrong);
        QCOMPARE(verdict(*family, p, "B n4 n5 !"), Verdict::wrong);
        QCOMPARE(verdict(*family, p, "B n3 n4 n5"), Verdict::unparseable);
        QCOMPARE(verdict(*family, p, "B n3 n4 n5 ! !"), Verdict::unparseable);
        QCOMPARE(family->judge(p, "", Placement::answer, "B n3 n4 n5 !", false).verdict, Verdict::unparseable);
        // Right in the end after a move that is not there: lucky, and the move is named.
        const Judgement j = family->judge(p, "", Placement::answer, "A n7 / B n3 n4 n5 !", true);
        QVERIFY(j.verdict == Verdict::correct && j.soundness == Soundness::lucky);
        QCOMPARE(j.first_wrong_step, 1);
    }

    void demonstratorsLeaveAsOftenAsTold() {
        const auto family = make_family("doors");
        Random random(9);
        int solved = 0, n = 2000;
        double expected = 0;
        Demonstrator early;
        early.early = .3;
        for (int i = 0; i < n; ++i) {
            const Problem p = family->make("4x5", random);
            const SearchReading r = *family->read_search(p, family->demonstrate(p, early, random));
            QCOMPARE(r.invalid, 0);
            solved += r.solved;
            // Solved if none of the goal corridor's inner nodes is left: .7^(length - 1).
            expected += std::pow(.7, static_cast<double>(p.steps.size()) - 2);
        }
        QVERIFY(std::abs(solved - expected) < 4 * std::sqrt(n * .25));
        for (int i = 0; i < 200; ++i) {
            const Problem p = family->make("4x5", random);
            QVERIFY(family->read_search(p, family->demonstrate(p, {}, random))->solved);
        }
    }

    void takingAnEdgeOutAndPricingItOutHaveTheSameOptimum() {
        const auto family = make_family("graph-path");
        Random random(2);
        for (int i = 0; i < 200; ++i) {
            const Problem home = family->make("n", random), gone = family->make("n-1", random), dear = family->make("repriced", random), fresh = family->make("fresh", random);
            const auto words = [](const Problem& p) { return split_words(p.prompt).size(); };
            QVERIFY(words(home) == words(gone) && words(gone) == words(dear) && words(dear) == words(fresh));  // As long, so that length says nothing.
            QCOMPARE(home.steps.size(), std::size_t{7});
            QVERIFY(gone.steps.size() < 7 && !gone.steps.empty());
            QCOMPARE(dear.steps.size(), std::size_t{7});
            QVERIFY(dear.prompt.find(":9") != std::string::npos);
            // The answer is the line with the least sum, and the only one.
            for (const Problem* p : {&home, &gone, &dear, &fresh}) {
                std::map<int, int> sums;
                std::string best;
                int least = 99;
                for (const std::string& step : p->steps) {
                    const auto w = split_words(step);
                    const int sum = std::stoi(std::string(w[3].substr(1)));
                    ++sums[sum];
                    if (sum < least) least = sum, best = std::string(w[0]) + " " + std::string(w[1]);
                }
                QCOMPARE(best, p->answer);
                QCOMPARE(sums[least], 1);
            }
        }
    }

    /// Whoever writes the lines of the known topology comes to an answer where one of its edges is gone, too: otherwise no stale answer would be read after a trace.
    void aTraceByHabitComesToItsAnswer() {
        const auto family = make_family("graph-path");
        Random random(3);
        const auto length = [&](const Problem& p) { return static_cast<int>(family->tokenizer().encode(family->demonstrate(p, {}, random)).size()) + 1; };
        int most = 0;
        for (int i = 0; i < 100; ++i) most = std::max({most, length(family->make("n", random)), length(family->make("fresh", random))});
        for (int i = 0; i < 100; ++i) QVERIFY(family->max_new_tokens(family->make("n-1", random), 0) >= most);
    }

    /// Whatever the missing edge cost: if the cheapest way was over it, that is the stale answer, and the only one.
    void theStaleAnswerIsTheOptimumOfBefore() {
        const auto family = make_family("graph-path");
        Random random(11);
        const std::string home[] = {"0>1", "0>2", "0>3", "1>4", "1>5", "2>4", "2>5", "2>6", "3>5", "3>6", "4>7", "5>7", "6>7"};
        for (int i = 0; i < 200; ++i) {
            const Problem p = family->make("n-1", random);
            std::map<std::string, int> costs;
            for (const auto word : split_words(p.prompt))
                if (word.size() == 5 && word[1] == '>') costs[std::string(word.substr(0, 3))] = word[4] - '0';
            const auto gone = *std::ranges::find_if(home, [&](const std::string& e) { return !costs.contains(e); });
            std::set<std::string> stale, before;
            for (char x = '1'; x <= '3'; ++x)
                for (char y = '4'; y <= '6'; ++y)
                    if (const std::string answer{x, ' ', y}; family->read_answer(p, answer)->stale) stale.insert(answer);
            for (int cost = 1; cost <= 9; ++cost) {
                costs[gone] = cost;
                std::multimap<int, std::string> ways;
                for (char x = '1'; x <= '3'; ++x)
                    for (char y = '4'; y <= '6'; ++y) {
                        const std::string edges[] = {{'0', '>', x}, {x, '>', y}, {y, '>', '7'}};
                        if (std::ranges::all_of(edges, [&](const std::string& e) { return costs.contains(e); }))
                            ways.emplace(costs[edges[0]] + costs[edges[1]] + costs[edges[2]], std::string{x, ' ', y});
                    }
                if (ways.count(ways.begin()->first) > 1) continue;
                const std::string best = ways.begin()->second;
                if (gone == std::string{'0', '>', best[0]} || gone == std::string{best[0], '>', best[2]} || gone == std::string{best[2], '>', '7'}) before.insert(best);
            }
            QCOMPARE(stale.size(), std::size_t{1});
            QCOMPARE(before, stale);
        }
    }

    void staleAnswersAreTold() {
        const auto family = make_family("graph-path");
        Problem p;
        p.tier = "n-1";
        p.prompt = "; ; ; 0>1:2 0>2:3 0>3:9 1>4:1 1>5:5 2>4:8 2>6:3 3>5:4 3>6:6 4>7:2 5>7:4 6>7:1 ?";  // 2>5 is gone.
        p.answer = "1 4";
        QVERIFY(!family->read_answer(p, "1 4")->infeasible);
        QVERIFY(family->read_answer(p, "2 5")->infeasible && family->read_answer(p, "2 5")->stale);
        QVERIFY(family->read_answer(p, "1 6")->infeasible && !family->read_answer(p, "1 6")->stale);  // Never was there.
        QVERIFY(!family->read_answer(p, ""));
        p.prompt = "; ; ; 0>2:3 0>3:9 1>4:1 1>5:5 2>4:8 2>5:2 2>6:3 3>5:4 3>6:6 4>7:2 5>7:4 6>7:1 ?";  // 0>1 is gone: of the ways over it only the cheapest was the answer.
        QVERIFY(family->read_answer(p, "1 4")->stale);
        QVERIFY(family->read_answer(p, "1 5")->infeasible && !family->read_answer(p, "1 5")->stale);
        p.tier = "n-1-irrelevant";
        QVERIFY(!family->read_answer(p, "1 4")->stale);  // What was not the answer before cannot be stale.
        p.tier = "n-1";
        p.prompt = "; ; ; 0>1:2 0>2:3 0>3:9 1>4:1 1>5:5 2>4:8 2>6:3 3>5:4 3>6:6 4>7:2 5>7:4 6>7:1 ?";
        QCOMPARE(verdict(*family, p, "# 1 4"), Verdict::correct);
        QCOMPARE(family->judge(p, "", Placement::answer, "# 1 4", true).soundness, Soundness::unknown);  // Nothing was worked out.
        QCOMPARE(verdict(*family, p, "# 2 5"), Verdict::wrong);
        QCOMPARE(verdict(*family, p, "# 4 1"), Verdict::unparseable);
        QCOMPARE(verdict(*family, p, "# 1 4 4"), Verdict::unparseable);
    }
};

QTEST_GUILESS_MAIN(TestSearch)
#include "test_search.moc"
