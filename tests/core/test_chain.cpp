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

/// The prompt that asks for one step.
std::string prompt_of(const std::vector<std::string_view>& words) {
    return std::string(words[0]) + " " + std::string(words[1]) + " " + std::string(words[2]) + " ?";
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
    void theAnswerMayBeGivenModuloLess() {
        const auto parity = make_family("chain", {1, 13, 2}), whole_result = make_family("chain", {1, 13});
        QCOMPARE(parity->tokenizer().words(), whole_result->tokenizer().words());
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            Random random(seed), same(seed);
            const Problem p = parity->make("+-*:6", random), full = whole_result->make("+-*:6", same);
            QVERIFY(p.prompt == full.prompt && p.steps == full.steps);  // The work is the same.
            const int result = std::stoi(full.answer.substr(1));
            QCOMPARE(p.answer, "n" + std::to_string(result % 2));
            const Judgement j = parity->judge(p, "", Placement::answer, whole(p), true);
            QVERIFY(j.verdict == Verdict::correct && j.soundness == Soundness::sound);
            // The result itself is no answer here; another parity is wrong; a guess without steps is lucky.
            if (result > 1) QCOMPARE(parity->judge(p, "", Placement::answer, join_words(p.steps) + " # " + full.answer, true).verdict, Verdict::wrong);
            QCOMPARE(parity->judge(p, "", Placement::answer, result % 2 ? "# n0" : "# n1", true).verdict, Verdict::wrong);
            QCOMPARE(parity->judge(p, "", Placement::answer, "# " + p.answer, true).soundness, Soundness::lucky);
            Demonstrator skips;
            skips.skipping = 1;
            const std::string guess = parity->demonstrate(p, skips, random);
            QVERIFY2(guess == "# n0" || guess == "# n1", guess.c_str());
        }
        QVERIFY_THROWS_EXCEPTION(UserError, make_family("chain", {1, 13, 1}));
        QVERIFY_THROWS_EXCEPTION(UserError, make_family("chain", {1, 13, 14}));
    }

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
                    const auto ids = family->tokenizer().encode(p.prompt + " " + whole(p));
                    QCOMPARE(family->tokenizer().decode(ids), p.prompt + " " + whole(p));
                    QVERIFY(static_cast<int>(family->tokenizer().encode(whole(p)).size()) + 1 <= family->max_new_tokens(p, 0));
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
            for (auto& id : ids) id = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(family->tokenizer().size())));
            const Hint hint = cut_hint(p.steps, random.uniform(), true);
            const Judgement j = family->judge(p, hint.text, i % 2 ? Placement::answer : Placement::prompt, family->tokenizer().decode(ids), i % 3 > 0);
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
        QVERIFY_THROWS_EXCEPTION(UserError, make_problem_set(e, *family));  // 144 different problems in all
    }

    void theStateIsTheLastRevealedValueAtItsPlace() {
        const auto family = make_family("chain");
        Problem p;
        p.family = "chain";
        p.tier = "+*:3";
        p.prompt = "n2 + n3 * n2 + n4 ?";  // 5, 10, 1
        p.steps = {"n2 + n3 = n5 ;", "n5 * n2 = n10 ;", "n10 + n4 = n1 ;"};
        p.answer = "n5 n10 n10 n1";
        using Steps = std::vector<std::string>;
        const Steps& r = p.steps;
        const struct {
            Steps given;
            int done;
            bool kept;
            Steps rest;
        } cases[] = {
            {{}, 0, true, r},
            {{r[0]}, 1, true, {r[1], r[2]}},
            {r, 3, true, {}},
            {{"n2 + n3 = n6 ;"}, 1, false, {"n6 * n2 = n12 ;", "n12 + n4 = n3 ;"}},
            {{"n2 + n3 = n6 ;", r[1]}, 2, true, {r[2]}},              // a wrong step before, the last value right
            {{"n7 * n6 = n3 ;", "n6 - n1 = n10 ;"}, 2, true, {r[2]}},  // right by chance
            {{r[1]}, 1, false, {"n10 * n2 = n7 ;", "n7 + n4 = n11 ;"}},  // one missing before it
            {{"n3 + n2 = n5 ;"}, 1, true, {r[1], r[2]}},
            {{r[0], "n5 + n0 = n5 ;", "n5 * n1 = n5 ;"}, 1, true, {r[1], r[2]}},  // idle steps do no operation
            {{"n2 - n0 = n2 ;"}, 0, true, r},
            {{r[0], "n4 + n0 = n4 ;"}, 2, false, {"n4 + n4 = n8 ;"}},  // not idle: another value
            {{"| | | | | |", r[1]}, 2, true, {r[2]}},
            {{r[0], "; ; ; ; ; ;"}, 2, false, {"n5 + n4 = n9 ;"}},  // reveals nothing in its place
            {{r[0], r[1], r[2], r[2]}, 4, false, {}},               // more than the problem asks for
        };
        for (const auto& c : cases) {
            QCOMPARE(family->steps_done(p, c.given), c.done);
            QCOMPARE(family->state_holds(p, c.given), c.kept);
            QCOMPARE(family->follow(p, c.given), c.rest);
        }
        QVERIFY(family->reveals(p, std::vector<std::string>{"| | | | | |", r[1]}));
        QVERIFY(!family->reveals(p, std::vector<std::string>{"| | | | | |", "; ; ; ; ; ;"}));
        QVERIFY(!family->reveals(p, std::vector<std::string>{}));
        // A problem from a file may ask for plus zero: then that step is work.
        p.prompt = "n2 + n0 * n2 ?";
        QCOMPARE(family->steps_done(p, Steps{"n2 + n0 = n2 ;"}), 1);
        QCOMPARE(family->steps_done(p, Steps{"n2 + n0 = n2 ;", "n2 + n0 = n2 ;"}), 1);
    }

    void idleStepsInAHintLeaveTheRestToWrite() {
        const auto family = make_family("chain");
        const Problem p = problem("*:6", 11);
        std::vector<std::string> given(p.steps.begin(), p.steps.begin() + 2);
        Random random(1);
        given.push_back(family->idle_step(p, given, random));
        const std::string hint = join_words(given), rest = join_words(family->follow(p, given)) + " # " + p.answer;
        QCOMPARE(family->judge(p, hint, Placement::answer, rest, true).soundness, Soundness::sound);
        const Judgement skipping = family->judge(p, hint, Placement::answer, rest.substr(p.steps[2].size() + 1), true);
        QVERIFY(skipping.skipping);
        QCOMPARE(skipping.first_wrong_step, 3);
        // The same step is no work when the model writes it itself.
        const Judgement own = family->judge(p, join_words(std::span(given).first(2)), Placement::answer, given[2] + " " + rest, true);
        QCOMPARE(own.soundness, Soundness::lucky);
        QCOMPARE(own.first_wrong_step, 2);
    }

    void stepsCanBeMadeWrongOrSaidOtherwise() {
        const auto family = make_family("chain");
        Random random(4);
        for (int i = 0; i < 500; ++i) {
            const std::string fact = family->fact(random);
            const auto w = split_words(fact);
            Problem p;
            p.prompt = prompt_of(w);
            QCOMPARE(family->follow(p, {}), std::vector<std::string>{fact});  // true, and what the prompt of its own would ask for
            const std::string wrong = family->misstate(fact, random);
            QVERIFY(wrong != fact);
            QCOMPARE(wrong.substr(0, wrong.find('=')), fact.substr(0, fact.find('=')));
            QCOMPARE(family->reword(family->reword(fact)), fact);
            QCOMPARE(split_words(family->reword(fact))[4], w[4]);
        }
        QCOMPARE(family->reword("n3 * n4 = n12 ;"), std::string("n4 * n3 = n12 ;"));
        QCOMPARE(family->reword("n3 - n4 = n12 ;"), std::string("n3 - n4 = n12 ;"));
        for (const char* rubbish : {"", "| |", "n3 * = n4 ;"}) {
            QCOMPARE(family->reword(rubbish), std::string(rubbish));
            QCOMPARE(family->misstate(rubbish, random), std::string(rubbish));
        }
    }

    void tiersShrinkByWhatIsGiven() {
        const auto family = make_family("chain");
        QCOMPARE(family->tier_after("*:10", 3), std::string("*:7"));
        QCOMPARE(family->tier_after("+-:6", 0), std::string("+-:6"));
        QCOMPARE(family->tier_after("+-:6", 5), std::string("+-:1"));
        QCOMPARE(family->tier_after("+-:6", 6), std::string());
        QCOMPARE(family->tier_after("+-:6", 9), std::string());
        QVERIFY_THROWS_EXCEPTION(UserError, family->tier_after("six", 1));
    }

    void unusableTracesAreRefusedWithTheReason() {
        const auto family = make_family("chain");
        Problem p;
        p.prompt = "n2 + n3 * n2 + n4 ?";
        p.steps = {"n2 + n3 = n5 ;", "n5 * n2 = n10 ;", "n10 + n4 = n1 ;"};
        p.answer = "n5 n10 n10 n1";
        using Steps = std::vector<std::string>;
        const struct {
            Steps steps;
            const char* says;
        } refused[] = {
            {{}, "no steps"},
            {{p.steps[0], " "}, "step 2 is empty"},
            {{p.steps[0], "n5 * n13 = n10 ;"}, "step 2: \"n13\" is not a word"},
            {{"n2+n3=n5;"}, "step 1: \"n2+n3=n5;\" is not a word"},
            {{p.steps[0], "n5 * n2 = n10 ; <eos>"}, "step 2: <eos>"},
            {{"<pad> n2 + n3 = n5 ;"}, "step 1: <pad>"},
            {{p.steps[0], "# n5 n10 n10 n1"}, "step 2: #"},
            {{"#"}, "step 1: #"},
            {{"n5 n10 n10 n1"}, "step 1 states the gold answer"},
            {{p.steps[0], "n7 n5 n10 n10 n1 + n2"}, "step 2 states the gold answer"},
            {{"n5 n10", "n10 n1 ;"}, "step 2 states the gold answer"},
            {{"= n5 ;", "= n10 ;", "= n10 ;", "= n1 ;", p.steps[0]}, "step 4 states the gold answer"},
        };
        for (const auto& r : refused) {
            const auto reason = family->refuse_trace(p, r.steps);
            QVERIFY2(reason && reason->find(r.says) != std::string::npos, reason.value_or(r.says).c_str());
        }
        const Steps usable[] = {
            p.steps,                                                          // worked out, not stated
            {"n2 + n3 = n9 ;", "n9 * n2 = n5 ;"},                             // wrong, but steps
            {"n5 n10 n10 n2"},                                                // another answer
            {"n5 n10", p.steps[0], "n10 n1"},                                 // interrupted
            {"| | | | | |", "; ;", "n5 ="},
        };
        for (const auto& steps : usable) QCOMPARE(family->refuse_trace(p, steps).value_or(""), std::string());
        // With one checkpoint the answer is the last result: fine in a step, not alone.
        const auto narrow = make_family("chain", {1, 13});
        p.answer = "n1";
        QCOMPARE(narrow->refuse_trace(p, p.steps).value_or(""), std::string());
        QVERIFY(narrow->refuse_trace(p, Steps{p.steps[0], "= n1 ;"}).has_value());
        QVERIFY(!narrow->refuse_trace(p, Steps{p.steps[0], "= n2 ;"}).has_value());
    }

    void badTiersAreRefused() {
        const auto family = make_family("chain");
        Random random(1);
        for (const char* tier : {"", "+", ":4", "+:0", "+:x", "/:3", "+:65", "+:4x"}) QVERIFY_THROWS_EXCEPTION(UserError, family->make(tier, random));
        QVERIFY_THROWS_EXCEPTION(UserError, make_family("chains"));
    }

    void problemsSurviveJson() {
        const Problem p = problem("+-*:5", 8);
        const Problem q = problem_from_json(problem_to_json(p));
        QCOMPARE(q.prompt, p.prompt);
        QCOMPARE(q.steps, p.steps);
        QCOMPARE(q.answer, p.answer);
        for (const char* line : {"", "{}", "[1]", "{\"tier\":3}", "{\"tier\":\"+:1\",\"prompt\":\"\",\"answer\":\"\",\"steps\":\"x\"}"})
            QVERIFY_THROWS_EXCEPTION(UserError, problem_from_json(line));
    }
};

QTEST_GUILESS_MAIN(TestChain)
#include "test_chain.moc"
