// SPDX-License-Identifier: GPL-3.0-or-later
// The family addition: sums against plain arithmetic, the judge of columns and answers on both sides, corrupted hints.
#include <QtTest>
#include <map>

#include "record/error.h"
#include "tasks/corruption.h"
#include "tasks/problem_set.h"

using namespace foothold;

namespace {

/// 57 + 68 = 125.
Problem sum() {
    Problem p;
    p.family = "addition";
    p.tier = "2-digit";
    p.prompt = "5 7 + 6 8 ?";
    p.answer = "1 2 5";
    p.steps = {"7 8 c0 = 5 c1 ;", "5 6 c1 = 2 c1 ;"};
    return p;
}

Judgement judge(const Problem& p, const std::string& completion, const std::string& hint = {}) {
    return make_family("addition")->judge(p, hint, Placement::answer, completion, true);
}

std::string without_blanks(const std::string& text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' && c != '?') out += c;
    return out;
}

}  // namespace

class TestAddition : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void sumsAreThoseOfTheMachine() {
        const auto family = make_family("addition");
        for (const char* tier : {"1-digit", "2-digit", "5-digit", "16-digit"}) {
            std::vector<std::string> taken;
            int carried = 0;
            for (const Problem& p : make_problems(*family, tier, tier[0] == '1' && tier[1] == '-' ? 50 : 200, 3, "t", taken)) {
                const std::string text = without_blanks(p.prompt);
                const auto plus = text.find('+');
                const std::uint64_t a = std::stoull(text.substr(0, plus)), b = std::stoull(text.substr(plus + 1));
                QCOMPARE(std::to_string(a + b), without_blanks(p.answer));
                QCOMPARE(std::to_string(a).size(), std::to_string(b).size());
                QCOMPARE(p.steps.size(), static_cast<std::size_t>(std::stoi(tier)));
                carried += p.steps.back().find("c1 ;") != std::string::npos;
                const Judgement j = judge(p, join_words(p.steps) + " # " + p.answer);
                QVERIFY(j.verdict == Verdict::correct && j.soundness == Soundness::sound && !j.skipping && j.first_wrong_step < 0);
            }
            QVERIFY(carried > 0);
        }
    }

    void columnsAndAnswersAreJudgedApart() {
        const Problem p = sum();
        const auto is = [&](const std::string& text, Verdict verdict, Soundness soundness, int wrong, bool skipping) {
            const Judgement j = judge(p, text);
            return j.verdict == verdict && j.soundness == soundness && j.first_wrong_step == wrong && j.skipping == skipping;
        };
        QVERIFY(is("7 8 c0 = 5 c1 ; 5 6 c1 = 2 c1 ; # 1 2 5", Verdict::correct, Soundness::sound, -1, false));
        QVERIFY(is("7 8 c0 = 5 c0 ; 5 6 c0 = 1 c1 ; # 1 1 5", Verdict::wrong, Soundness::unknown, 0, false));  // A carry forgotten, and followed.
        QVERIFY(is("7 8 c0 = 5 c1 ; 5 6 c0 = 2 c1 ; # 1 2 5", Verdict::correct, Soundness::lucky, 1, false));  // Right digit, wrong carry taken.
        QVERIFY(is("7 8 c0 = 4 c1 ; 5 6 c1 = 2 c1 ; # 1 2 5", Verdict::correct, Soundness::lucky, 0, false));
        QVERIFY(is("8 7 c0 = 5 c1 ; 5 6 c1 = 2 c1 ; # 1 2 5", Verdict::correct, Soundness::lucky, 0, false));  // Not the columns as they stand.
        QVERIFY(is("5 6 c0 = 1 c1 ; 7 8 c1 = 6 c1 ; # 1 2 5", Verdict::correct, Soundness::lucky, 0, false));
        QVERIFY(is("7 8 c0 = 5 c1 ; # 1 2 5", Verdict::correct, Soundness::lucky, -1, true));
        QVERIFY(is("# 1 2 5", Verdict::correct, Soundness::lucky, -1, true));
        QVERIFY(is("7 8 c0 = 5 c1 ; 5 6 c1 = 2 c1 ; 5 6 c1 = 2 c1 ; # 1 2 5", Verdict::correct, Soundness::lucky, 2, false));  // One too many.
        QVERIFY(is("7 8 c0 = 5 c1 ; 5 6 c1 = 2 c1 ; # 2 5", Verdict::wrong, Soundness::unknown, -1, false));
        QVERIFY(is("7 8 c0 = 5 c1 ; 5 6 c1 = 2 c1 ; # 0 1 2 5", Verdict::wrong, Soundness::unknown, -1, false));
        for (const char* bad : {"", "#", "1 2 5", "# 1 2 c1", "# 1 2 5 ;", "# 1 # 2"}) QCOMPARE(judge(p, bad).verdict, Verdict::unparseable);
        QCOMPARE(make_family("addition")->judge(p, "", Placement::answer, "# 1 2 5", false).verdict, Verdict::unparseable);
    }

    void hintsAreBelieved() {
        const Problem p = sum();
        QCOMPARE(judge(p, "5 6 c1 = 2 c1 ; # 1 2 5", "7 8 c0 = 5 c1 ;").soundness, Soundness::sound);
        // A wrong carry given and followed: the column is right as it follows, the answer is not.
        const Judgement j = judge(p, "5 6 c0 = 1 c1 ; # 1 1 5", "7 8 c0 = 5 c0 ;");
        QVERIFY(j.verdict == Verdict::wrong && j.first_wrong_step == -1);
        QCOMPARE(make_family("addition")->follow(p, std::vector<std::string>{"7 8 c0 = 5 c0 ;"}), std::vector<std::string>{"5 6 c0 = 1 c1 ;"});
    }

    void whatIsSaidAgainChangesNothing() {
        Problem p;
        p.prompt = "4 4 + 5 5 ?";
        p.answer = "9 9";
        p.steps = {"4 5 c0 = 9 c0 ;", "4 5 c0 = 9 c0 ;"};
        const auto family = make_family("addition");
        QCOMPARE(family->steps_done(p, p.steps), 2);  // Two columns alike are two columns.
        QCOMPARE(judge(p, join_words(p.steps) + " # 9 9").soundness, Soundness::sound);
        // The carry said again stands for no column where it is given; as a step of one's own it is none.
        const std::vector<std::string> given = {"c0 = c0 ;", p.steps[0], "c0 = c0 ;"};
        QCOMPARE(family->steps_done(p, given), 1);
        QVERIFY(family->state_holds(p, given));
        QVERIFY(!family->state_holds(p, std::vector<std::string>{p.steps[0], "c1 = c1 ;"}));
        QCOMPARE(judge(p, p.steps[1] + " # 9 9", join_words(given)).soundness, Soundness::sound);
        QCOMPARE(judge(p, "c0 = c0 ; " + join_words(p.steps) + " # 9 9").first_wrong_step, 0);
    }

    void whoFollowsIsNeverCalledWrong() {
        const auto family = make_family("addition");
        for (const char* tier : {"2-digit", "6-digit"}) {
            std::vector<std::string> taken;
            const auto problems = make_problems(*family, tier, 40, 5, "t", taken);
            std::map<std::string, int> broken;
            for (const CorruptionOperator& op : corruption_operators())
                for (const Problem& p : problems)
                    for (const double dose : {.3, .5, 1.0})
                        for (const std::uint64_t seed : {1, 2}) {
                            const CorruptedTrace t = corrupt(op, p, problems, dose, seed, *family);
                            broken[op.name] += !t.state_kept;
                            for (const std::string& step : t.steps) QVERIFY(family->tokenizer().encode(step).size() == 7 || op.name == "insert");
                            if (!t.steps.empty()) QVERIFY(!family->refuse_trace(p, t.steps));
                            for (std::size_t cut = 0; cut <= t.steps.size(); ++cut) {
                                const auto given = std::span(t.steps).first(cut);
                                const auto rest = family->follow(p, given);
                                if (op.keeps_state) QVERIFY2(family->state_holds(p, given), op.name.c_str());
                                if (family->state_holds(p, given)) QCOMPARE(rest, std::vector<std::string>(p.steps.end() - static_cast<std::ptrdiff_t>(rest.size()), p.steps.end()));
                                const std::string text = join_words(rest) + (rest.empty() ? "" : " ") + family->closing(p);
                                const Judgement j = family->judge(p, join_words(given), Placement::answer, text, true);
                                QVERIFY2(j.verdict == Verdict::correct && j.first_wrong_step == -1 && !j.skipping, (op.name + ": " + join_words(given) + " / " + text).c_str());
                            }
                        }
            for (const CorruptionOperator& op : corruption_operators()) QVERIFY2((broken[op.name] > 0) == !op.keeps_state, op.name.c_str());
        }
    }

    void demonstratorsSlipAsOftenAsTold() {
        const auto family = make_family("addition");
        Demonstrator slips;
        slips.slips = {{"c", .2}};
        Random random(9);
        int clean = 0;
        constexpr int n = 2000;
        for (int i = 0; i < n; ++i) {
            const Problem p = family->make("3-digit", random);
            const Judgement j = judge(p, family->demonstrate(p, slips, random));
            QVERIFY(j.verdict != Verdict::unparseable && !j.skipping);
            clean += j.verdict == Verdict::correct;
            QCOMPARE(j.verdict == Verdict::correct, j.first_wrong_step < 0);  // A wrong carry always shows in the answer.
        }
        QVERIFY(std::abs(clean - n * .8 * .8 * .8) < 4 * std::sqrt(n * .25));
    }

    void tiersAndStatedAnswersAreRefused() {
        Random random(1);
        const auto family = make_family("addition");
        for (const char* bad : {"", "3", "0-digit", "17-digit", "-1-digit", "3-digits", "3-digit "}) QVERIFY_THROWS_EXCEPTION(UserError, family->make(bad, random));
        const Problem p = sum();
        QVERIFY(!family->refuse_trace(p, p.steps));
        QVERIFY(family->refuse_trace(p, std::vector<std::string>{"1 2 5 ;"}));
        QVERIFY(family->refuse_trace(p, std::vector<std::string>{"# 1 2 5"}));
    }
};

QTEST_GUILESS_MAIN(TestAddition)
#include "test_addition.moc"
