// SPDX-License-Identifier: GPL-3.0-or-later
// The chain family: problems, judge, hints, placements, held-out sets.
#include <QtTest>
#include <set>

#include "record/error.h"
#include "record/experiment_file.h"
#include "tasks/hint.h"
#include "tasks/problem_set.h"

using namespace foothold;

namespace {

std::string whole(const Problem& p) { return join_words(p.steps) + " # " + p.answer; }

Problem problem(const std::string& tier, std::uint64_t seed, int width = 4) {
    const auto family = make_family("chain", {width, 13});
    Random random(seed);
    return family->make(tier, random);
}

/// Replaces the n-th number after `=` by another residue.
std::string with_result(const std::string& completion, int n, const std::string& other) {
    std::string out;
    int seen = 0;
    bool next = false;
    for (std::string_view word : split_words(completion)) {
        std::string w(word);
        if (next && seen++ == n) w = other;
        next = word == "=";
        out += (out.empty() ? "" : " ") + w;
    }
    return out;
}

}  // namespace

class TestChain : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void referenceTracesAreSound() {
        for (int width : {1, 4})
            for (const char* tier : {"+:1", "+:4", "+-:6", "*:8", "+-*:14", "*:10"})
                for (std::uint64_t seed = 0; seed < 50; ++seed) {
                    const auto family = make_family("chain", {width, 13});
                    Random random(seed);
                    const Problem p = family->make(tier, random);
                    const Judgement j = family->judge(p, "", Placement::answer, whole(p), true);
                    QCOMPARE(j.verdict, Verdict::correct);
                    QCOMPARE(j.soundness, Soundness::sound);
                    QCOMPARE(j.first_wrong_step, -1);
                    QVERIFY(!j.skipping);
                    // Every token of prompt and trace is in the vocabulary, and decodes to itself.
                    const auto ids = family->vocabulary().encode(p.prompt + " " + whole(p));
                    QCOMPARE(family->vocabulary().decode(ids), p.prompt + " " + whole(p));
                    QVERIFY(static_cast<int>(family->vocabulary().encode(whole(p)).size()) + 1 <= family->max_new_tokens(p, 0));
                }
    }

    void everyCutOfTheTraceContinuesSoundly() {
        const auto family = make_family("chain");
        const Problem p = problem("*:10", 3);
        for (double ratio : {0.0, 0.1, 0.25, 0.5, 0.75, 1.0})
            for (bool tokens : {false, true}) {
                const Hint hint = cut_hint(p.steps, ratio, tokens);
                const std::string rest = whole(p).substr(hint.text.empty() ? 0 : hint.text.size() + 1);
                const Judgement j = family->judge(p, hint.text, Placement::answer, rest, true);
                QCOMPARE(j.soundness, Soundness::sound);
                QVERIFY(!j.skipping);
                QCOMPARE(family->context(p, hint.text, Placement::answer) + " " + rest, p.prompt + " " + whole(p));
            }
        QCOMPARE(cut_hint(p.steps, 0.25, false).steps, 3);  // ceil(.25 x 10)
        QCOMPARE(cut_hint(p.steps, 0.3, false).steps, 3);   // not 4 by rounding noise
    }

    void hintInThePromptLeavesTheWholeTraceToWrite() {
        const auto family = make_family("chain");
        const Problem p = problem("*:6", 5);
        const Hint hint = cut_hint(p.steps, 0.5, false);
        const std::string context = family->context(p, hint.text, Placement::prompt);
        QVERIFY(context.ends_with(" ?"));
        QVERIFY(context.find(" | " + hint.text + " ?") != std::string::npos);
        QCOMPARE(family->judge(p, hint.text, Placement::prompt, whole(p), true).soundness, Soundness::sound);
        const Judgement rest = family->judge(p, hint.text, Placement::prompt, whole(p).substr(hint.text.size() + 1), true);
        QVERIFY(rest.skipping);
        QCOMPARE(rest.soundness, Soundness::lucky);
    }

    void luckIsToldFromWork() {
        const auto family = make_family("chain");
        const Problem p = problem("*:8", 7);
        // A wrong result in a step that no checkpoint reads, the answer still right.
        const std::string other = p.steps[0].find("= n1 ;") == std::string::npos ? "n1" : "n2";
        const Judgement lucky = family->judge(p, "", Placement::answer, with_result(whole(p), 0, other), true);
        QCOMPARE(lucky.verdict, Verdict::correct);
        QCOMPARE(lucky.soundness, Soundness::lucky);
        QCOMPARE(lucky.first_wrong_step, 0);
        // No steps at all.
        const Judgement skipped = family->judge(p, "", Placement::answer, "# " + p.answer, true);
        QCOMPARE(skipped.verdict, Verdict::correct);
        QCOMPARE(skipped.soundness, Soundness::lucky);
        QVERIFY(skipped.skipping);
    }

    void wrongAndUnparseableAreDifferent() {
        const auto family = make_family("chain", {1, 13});
        const Problem p = problem("+:4", 2, 1);
        const std::string wrong = p.answer == "n0" ? "n1" : "n0";
        QCOMPARE(family->judge(p, "", Placement::answer, join_words(p.steps) + " # " + wrong, true).verdict, Verdict::wrong);
        for (const std::string& text : {std::string(), std::string("#"), join_words(p.steps), join_words(p.steps) + " # " + p.answer + " n3",
                                        "# " + p.answer + " # " + p.answer, std::string("# ="), std::string("; ; ; # n1 ;")})
            QCOMPARE(family->judge(p, "", Placement::answer, text, true).verdict, Verdict::unparseable);
        QCOMPARE(family->judge(p, "", Placement::answer, whole(p), false).verdict, Verdict::unparseable);  // cut at the limit
    }

    void theJudgeSurvivesAnyTokens() {
        const auto family = make_family("chain");
        Random random(99);
        const Problem p = problem("*:10", 1);
        for (int i = 0; i < 5000; ++i) {
            std::vector<std::int32_t> ids(random.below(40));
            for (auto& id : ids) id = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(family->vocabulary().size())));
            const Hint hint = cut_hint(p.steps, random.uniform(), true);
            const Judgement j = family->judge(p, hint.text, i % 2 ? Placement::answer : Placement::prompt, family->vocabulary().decode(ids), i % 3 > 0);
            QVERIFY(j.verdict == Verdict::correct || j.soundness == Soundness::unknown);
        }
    }

    void heldOutNeverMeetsThePool() {
        Experiment e = parse_experiment("[problems]\ntiers = [\"+:4\", \"*:10\"]\npool = 200\n[heldout]\nn = 100\n", "t");
        const auto family = make_family("chain");
        const ProblemSet set = make_problem_set(e, *family);
        QCOMPARE(set.pool_size, std::size_t{200});
        QCOMPARE(set.problems.size(), std::size_t{400});
        std::set<std::string> prompts, ids;
        for (const Problem& p : set.problems) {
            prompts.insert(p.prompt);
            ids.insert(p.id);
        }
        QCOMPARE(prompts.size(), set.problems.size());
        QCOMPARE(ids.size(), set.problems.size());
        QCOMPARE(set.heldout[1].size(), std::size_t{100});
        QCOMPARE(set.problems[set.heldout[1][0]].tier, std::string("*:10"));
        e.problems.tiers = {"+:1"};
        e.problems.pool = 140;
        QVERIFY_EXCEPTION_THROWN(make_problem_set(e, *family), UserError);  // 144 different problems in all
    }

    void badTiersAreRefused() {
        const auto family = make_family("chain");
        Random random(1);
        for (const char* tier : {"", "+", ":4", "+:0", "+:x", "/:3", "+:65", "+:4x"}) QVERIFY_EXCEPTION_THROWN(family->make(tier, random), UserError);
        QVERIFY_EXCEPTION_THROWN(make_family("chains"), UserError);
    }

    void problemsSurviveJson() {
        const Problem p = problem("+-*:5", 8);
        const Problem q = problem_from_json(problem_to_json(p));
        QCOMPARE(q.prompt, p.prompt);
        QCOMPARE(q.steps, p.steps);
        QCOMPARE(q.answer, p.answer);
        for (const char* line : {"", "{}", "[1]", "{\"tier\":3}", "{\"tier\":\"+:1\",\"prompt\":\"\",\"answer\":\"\",\"steps\":\"x\"}"})
            QVERIFY_EXCEPTION_THROWN(problem_from_json(line), UserError);
    }
};

QTEST_GUILESS_MAIN(TestChain)
#include "test_chain.moc"
