// SPDX-License-Identifier: GPL-3.0-or-later
// Finding answers in outputs, comparing them, and surviving hostile ones.
#include <QtTest>
#include <thread>

#include "text/answer_extraction.h"
#include "text/answer_judge.h"
#include "text/formula.h"

using namespace foothold;

namespace {

std::string extracted(const std::string& output) {
    const auto found = find_answer(output);
    return found ? found->text : "none";
}

Verdict compared(const char* gold, const char* answer) { return compare_answers(gold, answer); }

std::string repeated(const std::string& part, std::size_t times) {
    std::string out;
    out.reserve(part.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += part;
    return out;
}

}  // namespace

class TestAnswerJudge : public QObject {
    Q_OBJECT

private slots:
    void the_surest_place_of_an_answer_counts() {
        QCOMPARE(extracted("\\boxed{1} and then \\boxed{2}."), std::string("2"));
        QCOMPARE(extracted("\\boxed{\\frac{1}{2}} #### 7"), std::string("\\frac{1}{2}"));
        QCOMPARE(extracted("\\boxed{3} and \\boxed{4"), std::string("3"));
        QCOMPARE(extracted("It is \\boxed{ }. The answer is 5."), std::string("5"));
        QCOMPARE(extracted("so 3 + 4 = 7\n#### 7\n"), std::string("7"));
        QCOMPARE(extracted("The answer is: $x^2$. Well, 3."), std::string("x^2"));
        QCOMPARE(extracted("The answer is 1.5. I had 4 at first, then 7."), std::string("1.5"));
        QCOMPARE(extracted("**Answer:** 12"), std::string("12"));
        QCOMPARE(extracted("<think>\\boxed{3}</think> So \\boxed{4}"), std::string("4"));
        QCOMPARE(extracted("<think>\\boxed{3} hm"), std::string("none"));
        QCOMPARE(extracted("We have many.\nFirst 3 then 5 of them\nthen 8 more."), std::string("8"));
        QCOMPARE(extracted("We get $y = 2$ here.\nDone."), std::string("y = 2"));
        QCOMPARE(extracted("1/2"), std::string("1/2"));
        QCOMPARE(extracted(""), std::string("none"));
        QCOMPARE(extracted("nothing to say\nat all."), std::string("none"));
    }

    /// "2 and 3" in several boxes or formulas is one answer of two parts; a hedge gains nothing.
    void parts_of_one_answer_are_taken_together() {
        QCOMPARE(extracted("The solutions are \\boxed{2} and \\boxed{\\frac{1}{3}}."), std::string("2, \\frac{1}{3}"));
        QCOMPARE(extracted("$\\boxed{1}$, $\\boxed{2}$, or $\\boxed{3}$"), std::string("1, 2, 3"));
        QCOMPARE(extracted("\\boxed{1}\n\nThat is wrong: \\boxed{2}"), std::string("2"));
        QCOMPARE(extracted("\\boxed{1} \\boxed{2}"), std::string("2"));
        QCOMPARE(extracted("The answer is $x = 2$ and $x = 3$."), std::string("x = 2, x = 3"));
        QCOMPARE(extracted("The answer is $2$ since $a = 3$."), std::string("2"));
        QCOMPARE(judge_answer("3", "\\boxed{2} or \\boxed{3}").verdict, Verdict::wrong);
        QCOMPARE(judge_answer("2, 3", "\\boxed{3} and \\boxed{2}").verdict, Verdict::correct);
    }

    /// Words around a number: where an answer is stated, the only number is meant; the last number of anything else counts for `verify` alone.
    void words_around_a_number() {
        const auto judged = [](const char* gold, const char* output, AnswerMark weakest = AnswerMark::whole) { return judge_answer(gold, output, weakest).verdict; };
        QCOMPARE(judged("11", "So the answer is approximately 11."), Verdict::correct);
        QCOMPARE(judged("5", "The answer is that 5 apples, in all, are left"), Verdict::correct);
        QCOMPARE(judged("11", "The answer is certainly not 11."), Verdict::wrong);
        QVERIFY(judged("11", "The answer is somewhere between 10 and 11 of them.") != Verdict::correct);
        QVERIFY(judged("17", "There are 17 ways") != Verdict::correct);
        QCOMPARE(judged("17", "There are 17 ways", AnswerMark::number), Verdict::correct);
        QCOMPARE(judged("34", "The number of cups is therefore 34!", AnswerMark::number), Verdict::correct);
        QCOMPARE(judged("31", "Therefore Mia earns $31.00 each week.", AnswerMark::number), Verdict::correct);
        QVERIFY(judged("3", "3x", AnswerMark::number) != Verdict::correct);
    }

    void equal_answers_are_correct_data() {
        QTest::addColumn<QString>("gold");
        QTest::addColumn<QString>("answer");
        const char* const pairs[][2] = {
            {"1/2", "\\frac{2}{4}"}, {"1/2", "0.5"}, {"\\frac12", "\\dfrac{1}{2}"}, {"1234", "1,234"}, {"12345", "12{,}345"}, {"3\\frac{1}{2}", "\\frac72"}, {"-3", "\\frac{-6}{2}"},
            {"1/3", "0.\\overline{3}"}, {"1/3", "0.333333"}, {"18", "\\$18"}, {"18", "18 dollars"}, {"18", "18\\text{ cm}^2"}, {"45", "45^\\circ"}, {"50\\%", "50"}, {"50\\%", "0.5"},
            {"2\\sqrt{3}", "\\sqrt{12}"}, {"\\frac{\\sqrt2}{2}", "1/\\sqrt{2}"}, {"2\\pi", "\\pi \\cdot 2"}, {"x^2-1", "(x-1)(x+1)"}, {"\\frac{x^2-1}{x-1}", "x+1"}, {"x=5", "5"}, {"5", "x = 5"},
            {"(1,2)", "(1, 2)"}, {"\\{1,2\\}", "\\{2, 1\\}"}, {"1,2", "2, 1"}, {"\\pm 2", "2, -2"}, {"[1,3)", "1 \\le x < 3"}, {"x > 2", "(2,\\infty)"}, {"(-\\infty,1)\\cup(2,\\infty)", "(2, \\infty) \\cup (-\\infty, 1)"},
            {"\\text{Monday}", "monday"}, {"B", "\\text{(B)}"}, {"\\sin^2 x + \\cos^2 x", "1"}, {"2^{10}", "1024"}, {"\\log_2 8", "3"}, {"\\binom{5}{2}", "10"}, {"5!", "120"}, {"2+3i", "3i + 2"},
            {"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}"}, {"y=2x+1", "y - 2x = 1"}, {"1.5\\times 10^3", "1500"}, {"\\emptyset", "\\{\\}"}, {"½", "0.5"}, {"10", "10."},
            {"32.5", "32 1/2"}, {"-7/4", "-1 3/4"}, {"35", "\\approx 35"}, {"35", "= 35"}};
        for (const auto& pair : pairs) QTest::newRow(pair[1]) << pair[0] << pair[1];
    }
    void equal_answers_are_correct() {
        QFETCH(QString, gold);
        QFETCH(QString, answer);
        QCOMPARE(compared(qPrintable(gold), answer.toUtf8().constData()), Verdict::correct);
    }

    void other_answers_are_wrong() {
        const char* const pairs[][2] = {{"1/2", "1/3"}, {"0.5", "0.51"}, {"(1,2)", "(2,1)"}, {"[1,3)", "(1,3)"}, {"x>2", "x\\ge 2"}, {"\\{1,2\\}", "\\{1\\}"}, {"x^2", "x^3"}, {"\\sqrt{2}", "1.41"},
                                        {"\\text{even}", "\\text{odd}"}, {"\\pm 2", "2"}, {"\\infty", "-\\infty"}, {"1000", "1001"}, {"3", "3x"}, {"\\sqrt{x^2}", "x"}, {"1,2,3", "1,2"}, {"16", "32 1/2"}};
        for (const auto& [gold, answer] : pairs) QVERIFY2(compared(gold, answer) == Verdict::wrong, answer);
    }

    void what_cannot_be_read_is_a_third_thing() {
        for (const char* answer : {"\\frac{1}{", "9^{9^{9^9}}", "(1,2", "1 + ", "\\foo{3}", "((((", "100000!", "2^{-99999999}", "^", "1/0/"}) QVERIFY2(compared("5", answer) == Verdict::unparseable, answer);
        QCOMPARE(judge_answer("5", "").verdict, Verdict::unparseable);
        QCOMPARE(judge_answer("\\frac{1", "5").verdict, Verdict::unparseable);
        QVERIFY(compared("5", "1/0") != Verdict::correct);
    }

    /// Each must come back at once; the time itself is measured by `bench verify`.
    void hostile_outputs_are_survived() {
        const std::string megabytes = repeated("0123456789 abc", 750000);
        QCOMPARE(judge_answer("5", megabytes).verdict, Verdict::unparseable);
        QCOMPARE(judge_answer("5", repeated("9", 10000000)).verdict, Verdict::unparseable);
        QCOMPARE(judge_answer("5", repeated("9", 900000)).verdict, Verdict::unparseable);
        QCOMPARE(judge_answer("5", "\\boxed{" + repeated("{", 10000) + repeated("}", 10000) + "}").verdict, Verdict::unparseable);
        QCOMPARE(judge_answer("5", "\\boxed{" + repeated("(", 1900) + "}").verdict, Verdict::unparseable);
        QCOMPARE(judge_answer("5", "\\boxed{9^9^9^9}").verdict, Verdict::unparseable);
        QCOMPARE(judge_answer("5", "\\boxed{9^{9^{9^{9}}}}").verdict, Verdict::unparseable);
        QVERIFY(judge_answer("5", repeated("\\boxed{", 140000)).verdict != Verdict::correct);
        QVERIFY(judge_answer("5", repeated("the answer is ", 70000)).verdict != Verdict::correct);
        QVERIFY(judge_answer("x", "\\boxed{" + repeated("(x+y)^{99}", 180) + "}").verdict != Verdict::correct);
        QCOMPARE(judge_answer("5", repeated("0123456789 abc", 70000) + "\\boxed{5}").verdict, Verdict::correct);
        QVERIFY(judge_answer("5", std::string("\\boxed{\xff\xfe\x00 5}", 14)).verdict != Verdict::correct);
    }

    /// GiNaC is not thread-safe; the judge is.
    void many_threads_judge_at_once() {
        std::vector<std::thread> threads;
        std::atomic<int> wrong = 0;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&wrong] {
                for (int i = 1; i < 60; ++i) {
                    const std::string root = std::to_string(i) + "\\sqrt{2}", same = "\\sqrt{" + std::to_string(2 * i * i) + "}";
                    if (compare_answers(root, same) != Verdict::correct) ++wrong;
                    if (compare_answers("(x+" + std::to_string(i) + ")^2", "x^2+" + std::to_string(2 * i) + "x+" + std::to_string(i * i)) != Verdict::correct) ++wrong;
                }
            });
        for (std::thread& thread : threads) thread.join();
        QCOMPARE(wrong.load(), 0);
    }

    void a_trace_states_its_answer_where_it_says_so() {
        QCOMPARE(answer_statement("He has 3.\n#### 3"), std::size_t{10});
        QCOMPARE(answer_statement("So the answer is 3"), std::size_t{7});
        QCOMPARE(answer_statement("Nothing yet"), std::string_view::npos);
    }
};

QTEST_GUILESS_MAIN(TestAnswerJudge)
#include "test_answer_judge.moc"
