// SPDX-License-Identifier: GPL-3.0-or-later
// Corruption operators: doses, identities, what each does, declared and computed states.
#include <QtTest>
#include <map>
#include <set>

#include "record/error.h"
#include "tasks/corruption.h"
#include "tasks/problem_set.h"

using namespace foothold;

namespace {

std::multiset<std::string> bag(const std::vector<std::string>& steps) { return {steps.begin(), steps.end()}; }

std::multiset<std::string> words(const std::string& step) {
    std::multiset<std::string> out;
    for (std::string_view w : split_words(step)) out.emplace(w);
    return out;
}

}  // namespace

class TestCorruption : public QObject {
    Q_OBJECT
    std::unique_ptr<Family> family_ = make_family("chain");
    std::vector<Problem> problems_;

    CorruptedTrace apply(const std::string& name, const Problem& p, double dose, std::uint64_t seed = 1) {
        return corrupt(find_corruption(name), p, problems_, dose, seed, *family_);
    }

    /// Calls `check` for every operator with problems of several tiers, moduli and widths, several doses and seeds.
    template <class Check>
    void everywhere(Check check) {
        for (const FamilyOptions& options : {FamilyOptions{4, 13}, FamilyOptions{1, 12}, FamilyOptions{2, 2}, FamilyOptions{3, 23}}) {
            const auto family = make_family("chain", options);
            for (const char* tier : {"+:1", "+-:6", "*:10", "+-*:9"}) {
                std::vector<std::string> taken;
                const auto problems = make_problems(*family, tier, options.modulus == 2 ? 1 : 12, 5, "", taken);
                for (const CorruptionOperator& op : corruption_operators())
                    for (const Problem& p : problems)
                        for (double dose : {0.0, 0.1, 0.3, 0.5, 0.8, 1.0})
                            for (std::uint64_t seed : {1, 2, 3}) {
                                if (op.needs_donor && problems.size() < 2) continue;
                                check(*family, op, p, dose, corrupt(op, p, problems, dose, seed, *family), corrupt(op, p, problems, dose, seed, *family));
                                if (QTest::currentTestFailed()) {
                                    qWarning("at %s, %s, dose %g, seed %d", op.name.c_str(), p.prompt.c_str(), dose, static_cast<int>(seed));
                                    return;
                                }
                            }
            }
        }
    }

   private Q_SLOTS:
    void initTestCase() {
        std::vector<std::string> taken;
        problems_ = make_problems(*family_, "*:10", 40, 5, "", taken);
    }

    void theRegisterIsWhatTheTableNames() {
        const std::set<std::string> named = {"none", "swap", "swap-numbers", "noise", "shuffle", "filler", "truncate", "delete", "insert", "error",
                                             "error-propagated", "irrelevant", "paraphrase", "wrong-answer", "reverse", "empty"};
        std::set<std::string> there;
        for (const CorruptionOperator& op : corruption_operators()) {
            QVERIFY(there.insert(op.name).second);
            QVERIFY(!op.title.empty() && op.meaning.ends_with('.'));
        }
        QCOMPARE(there, named);
        QVERIFY_THROWS_EXCEPTION(UserError, find_corruption("swop"));
    }

    void doseNoneIsTheIdentityAndTheSameCallGivesTheSame() {
        everywhere([](const Family& family, const CorruptionOperator& op, const Problem& p, double dose, const CorruptedTrace& t, const CorruptedTrace& again) {
            QCOMPARE(t.steps, again.steps);
            QCOMPARE(t.changed, again.changed);
            if (dose == 0 || op.name == "none") {
                QCOMPARE(t.steps, p.steps);
                QCOMPARE(std::count(t.changed.begin(), t.changed.end(), true), std::ptrdiff_t{0});
                QVERIFY(t.state_kept);
            }
            Q_UNUSED(family);
        });
        for (const char* name : {"noise", "swap", "error", "irrelevant", "shuffle", "wrong-answer"})
            QVERIFY(apply(name, problems_[0], 1, 1).steps != apply(name, problems_[0], 1, 2).steps);
    }

    /// Every trace is made of the family's words, can be used as a hint, and is as long and as far from the reference as promised.
    void wordsLengthsAndDosesHold() {
        everywhere([](const Family& family, const CorruptionOperator& op, const Problem& p, double dose, const CorruptedTrace& t, const CorruptedTrace&) {
            const auto n = p.steps.size(), touched = static_cast<std::size_t>(std::llround(dose * static_cast<double>(n)));
            QCOMPARE(t.steps.size(), op.name == "truncate" || op.name == "delete" ? n - touched : op.name == "insert" ? n + touched : n);
            QCOMPARE(t.changed.size(), t.steps.size());
            for (std::size_t i = 0; i < t.steps.size(); ++i) {
                family.tokenizer().encode(t.steps[i]);  // throws where it leaves the language
                QCOMPARE(t.changed[i], i >= n || t.steps[i] != p.steps[i]);
                QCOMPARE(split_words(t.steps[i]).size(), std::size_t{6});
            }
            if (!t.steps.empty()) QCOMPARE(family.refuse_trace(p, t.steps).value_or(""), std::string());
            const auto changed = static_cast<std::size_t>(std::count(t.changed.begin(), t.changed.end(), true));
            if (op.name == "filler" || op.name == "empty" || op.name == "error") QCOMPARE(changed, touched);
            else if (op.name == "wrong-answer") QCOMPARE(changed, std::min(touched, std::size_t{1}));
            else if (op.name != "delete" && op.name != "insert" && op.name != "error-propagated") QVERIFY(changed <= touched);
        });
    }

    void declaredKeptIsComputedKept() {
        std::map<std::string, int> broken;
        everywhere([&](const Family& family, const CorruptionOperator& op, const Problem& p, double, const CorruptedTrace& t, const CorruptedTrace&) {
            QCOMPARE(t.state_kept, family.state_holds(p, t.steps));
            if (op.keeps_state) QVERIFY(t.state_kept);
            broken[op.name] += !t.state_kept;
            // Kept means: whoever goes on rightly writes the rest of the reference.
            const auto rest = family.follow(p, t.steps);
            if (t.state_kept) QCOMPARE(rest, std::vector<std::string>(p.steps.end() - static_cast<std::ptrdiff_t>(rest.size()), p.steps.end()));
            // Those that keep the state keep it wherever the hint is cut.
            if (op.keeps_state)
                for (std::size_t cut = 0; cut <= t.steps.size(); ++cut) QVERIFY(family.state_holds(p, std::span(t.steps).first(cut)));
        });
        for (const CorruptionOperator& op : corruption_operators()) QCOMPARE(broken[op.name] > 0, !op.keeps_state);
    }

    /// The judge and the follower read a hint alike: the follower's own steps are never called wrong, whatever was done to the hint.
    void whoFollowsIsNeverCalledWrong() {
        everywhere([](const Family& family, const CorruptionOperator&, const Problem& p, double, const CorruptedTrace& t, const CorruptedTrace&) {
            for (std::size_t cut : {t.steps.size() / 2, t.steps.size()}) {
                const auto given = std::span(t.steps).first(cut);
                const auto rest = family.follow(p, given);
                const std::string completion = join_words(rest) + (rest.empty() ? "# " : " # ") + p.answer;
                const Judgement j = family.judge(p, join_words(given), Placement::answer, completion, true);
                QCOMPARE(j.verdict, Verdict::correct);
                QCOMPARE(j.first_wrong_step, -1);
                QVERIFY(!j.skipping);
                QVERIFY(static_cast<int>(split_words(completion).size()) < family.max_new_tokens(p, family.steps_done(p, given)));
            }
        });
    }

    void eachOperatorDoesWhatItSays() {
        for (const Problem& p : problems_) {
            const auto swapped = apply("swap", p, 1).steps;
            QVERIFY(std::any_of(problems_.begin(), problems_.end(), [&](const Problem& q) { return q.prompt != p.prompt && q.steps == swapped; }));
            QCOMPARE(bag(apply("shuffle", p, 1).steps), bag(p.steps));
            const auto exchanged = apply("swap-numbers", p, 1).steps;
            for (std::size_t i = 0; i < p.steps.size(); ++i) QCOMPARE(words(exchanged[i]), words(p.steps[i]));
            const auto filled = apply("filler", p, 1).steps;
            for (std::size_t i = 0; i < p.steps.size(); ++i) {
                QCOMPARE(split_words(filled[i]).size(), split_words(p.steps[i]).size());
                QCOMPARE(words(filled[i]).count("|"), split_words(p.steps[i]).size());
            }
            const auto cut = apply("truncate", p, 0.4).steps;
            QVERIFY(std::equal(cut.begin(), cut.end(), p.steps.begin()));
            QVERIFY(apply("truncate", p, 1).steps.empty());
        }
        // Something does change where all steps are touched.
        for (const CorruptionOperator& op : corruption_operators()) QCOMPARE(apply(op.name, problems_[0], 1).steps != problems_[0].steps, op.name != "none");
    }

    void stepsAreRemovedInsertedAndTurnedRound() {
        for (const Problem& p : problems_) {
            const auto removed = apply("delete", p, 0.4).steps;
            auto at = p.steps.begin();
            for (const std::string& step : removed) {  // what is left stands in the old order
                at = std::find(at, p.steps.end(), step);
                QVERIFY(at != p.steps.end());
                ++at;
            }
            QVERIFY(apply("delete", p, 1).steps.empty());
            const auto inserted = apply("insert", p, 1).steps;
            for (std::size_t i = 0; i < inserted.size(); ++i) {
                const auto w = split_words(inserted[i]);
                if (i % 2 == 0) QCOMPARE(inserted[i], p.steps[i / 2]);
                else QVERIFY(w[0] == split_words(inserted[i - 1])[4] && w[0] == w[4] && inserted[i].find(" * n1 = ") != std::string::npos);
            }
            const auto back = apply("reverse", p, 1).steps;
            QVERIFY(std::equal(back.begin(), back.end(), p.steps.rbegin(), p.steps.rend()));
        }
    }

    void resultsAreWrongWhereTheyShouldBe() {
        const auto result = [](const std::string& step) { return std::string(split_words(step)[4]); };
        const auto rest = [](const std::string& step) { return step.substr(0, step.find('=')); };
        for (const Problem& p : problems_) {
            const auto one = apply("error", p, 0.1).steps;  // the smallest dose that touches one of ten
            int wrong = 0;
            for (std::size_t i = 0; i < one.size(); ++i) {
                QCOMPARE(rest(one[i]), rest(p.steps[i]));
                wrong += result(one[i]) != result(p.steps[i]);
            }
            QCOMPARE(wrong, 1);
            QCOMPARE(apply("error", p, 0.1).state_kept, one.back() == p.steps.back());

            const auto carried = apply("error-propagated", p, 0.1);
            const auto first = static_cast<std::size_t>(std::find(carried.changed.begin(), carried.changed.end(), true) - carried.changed.begin());
            QVERIFY(first < p.steps.size() && !carried.state_kept);
            QCOMPARE(rest(carried.steps[first]), rest(p.steps[first]));
            for (std::size_t i = first + 1; i < p.steps.size(); ++i) {
                const auto given = std::span(carried.steps).first(i);
                QCOMPARE(family_->follow(p, given).front(), carried.steps[i]);
                QVERIFY(result(carried.steps[i]) != result(p.steps[i]));  // times a factor, modulo a prime, never forgets
            }

            const auto last = apply("wrong-answer", p, 0.3);
            QVERIFY(std::equal(p.steps.begin(), p.steps.end() - 1, last.steps.begin()));
            QCOMPARE(rest(last.steps.back()), rest(p.steps.back()));
            QVERIFY(!last.state_kept);
        }
    }

    void otherWordsForTheSameAndForNothing() {
        for (const Problem& p : problems_) {
            const auto reworded = apply("paraphrase", p, 1).steps;
            const auto blank = apply("empty", p, 1).steps;
            const auto facts = apply("irrelevant", p, 1).steps;
            for (std::size_t i = 0; i < p.steps.size(); ++i) {
                const auto a = split_words(p.steps[i]), b = split_words(reworded[i]);
                QVERIFY(a[0] == b[2] && a[2] == b[0] && a[4] == b[4]);
                QCOMPARE(blank[i], std::string("; ; ; ; ; ;"));
                Random random(1);
                QVERIFY(family_->misstate(facts[i], random) != facts[i]);  // it can be read as a step
            }
        }
        // A minus has no other form.
        Random random(3);
        const Problem minus = family_->make("-:6", random);
        QCOMPARE(apply("paraphrase", minus, 1).steps, minus.steps);
    }

    void swapNeedsADonor() {
        QVERIFY_THROWS_EXCEPTION(UserError, corrupt(find_corruption("swap"), problems_[0], std::span(problems_).first(1), 1, 1, *family_));
    }

    /// Traces of stored runs are made again from operator, dose and seed, so they must not change between versions.
    void tracesOfOldRunsStayTheSame() {
        const std::map<std::string, std::string> before = {
            {"swap", "n8 * n3 = n11 ; n11 * n6 = n1 ; n2 * n5 = n10 ; n9 * n11 = n8 ;"},
            {"swap-numbers", "n10 * n12 = n3 ; n5 * n3 = n2 ; n2 * n5 = n10 ; n7 * n10 = n5 ;"},
            {"noise", "n10 * n5 = n9 ; n1 * n9 = n11 ; n2 * n5 = n10 ; n2 * n6 = n9 ;"},
            {"shuffle", "n3 * n5 = n2 ; n12 * n10 = n3 ; n2 * n5 = n10 ; n10 * n7 = n5 ;"},
            {"filler", "| | | | | | | | | | | | n2 * n5 = n10 ; | | | | | |"},
            {"truncate", "n12 * n10 = n3 ;"},
        };
        std::vector<std::string> taken;
        const auto problems = make_problems(*family_, "*:4", 3, 5, "", taken);
        for (const auto& [name, trace] : before) QCOMPARE(join_words(corrupt(find_corruption(name), problems[0], problems, 0.75, 9, *family_).steps), trace);
    }
};

QTEST_GUILESS_MAIN(TestCorruption)
#include "test_corruption.moc"
