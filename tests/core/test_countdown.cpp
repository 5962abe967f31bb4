// SPDX-License-Identifier: GPL-3.0-or-later
// The family countdown: the solver against brute force, the labels of left nodes, the judge, the demonstrator, generated problems.
#include <QtTest>
#include <cmath>

#include "record/error.h"
#include "tasks/countdown_search.h"
#include "tasks/family.h"
#include "tasks/problem_set.h"

using namespace foothold;

namespace {

/// Everything that an expression over these numbers, each used once and in any order, can come to, every value on the way from 1 to `size`.
/// Written over orders and brackets, unlike the solver, which goes over moves.
std::set<int> brute(std::vector<int> numbers, int size) {
    const auto join = [size](const std::set<int>& left, const std::set<int>& right) {
        std::set<int> out;
        for (const int x : left)
            for (const int y : right)
                for (const int r : {x + y, x - y, x * y, y != 0 && x % y == 0 ? x / y : 0})
                    if (r >= 1 && r <= size) out.insert(r);
        return out;
    };
    const std::function<std::set<int>(std::span<const int>)> bracketed = [&](std::span<const int> row) {
        if (row.size() == 1) return std::set<int>{row[0]};
        std::set<int> out;
        for (std::size_t cut = 1; cut < row.size(); ++cut) out.merge(join(bracketed(row.first(cut)), bracketed(row.subspan(cut))));
        return out;
    };
    std::set<int> out;
    std::sort(numbers.begin(), numbers.end());
    do out.merge(bracketed(numbers));
    while (std::next_permutation(numbers.begin(), numbers.end()));
    return out;
}

bool can(const std::vector<int>& numbers, int size, int target) { return brute(numbers, size).contains(target); }

/// 3, 5, 2 to 16: only (3 + 5) * 2 and what comes to the same.
Problem sixteen() {
    Problem p;
    p.family = "countdown";
    p.tier = "3x20";
    p.prompt = "n3 n5 n2 goal n16 ?";
    p.steps = {"n5 + n3 = n8", "n8 * n2 = n16"};
    p.answer = join_words(p.steps);
    return p;
}

Verdict verdict(const std::string& completion, const std::string& hint = {}, bool ended = true) {
    return make_family("countdown")->judge(sixteen(), hint, Placement::answer, completion, ended).verdict;
}

SearchReading read(const Problem& p, const std::string& text) { return *make_family("countdown")->read_search(p, text); }

}  // namespace

class TestCountdown : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void theSolverAgreesWithBruteForce() {
        Random random(1);
        for (int i = 0; i < 400; ++i) {
            CountdownTask task;
            task.size = random.between(6, 30);
            for (int n = random.between(1, i % 20 == 0 ? 4 : 3); n > 0; --n) task.numbers.push_back(random.between(1, task.size));
            const std::set<int> expected = brute(task.numbers, task.size);
            QCOMPARE(task.reachable(task.numbers), expected);
            for (task.target = 1; task.target <= task.size; ++task.target) QCOMPARE(task.solvable(task.numbers), expected.contains(task.target));
        }
    }

    void problemsCanBeSolvedAndNotByEveryWay() {
        const auto family = make_family("countdown");
        for (const std::string& tier : family->example_tiers()) {
            std::vector<std::string> taken;
            const bool four = tier[0] == '4';
            for (const Problem& p : make_problems(*family, tier, four ? 20 : 100, 7, "t", taken)) {
                const std::vector<std::string_view> words = split_words(p.prompt);
                CountdownTask task;
                task.size = std::stoi(tier.substr(2));
                for (const std::string_view w : words)
                    if (const auto number = read_countdown_number(w)) task.numbers.push_back(*number);
                task.target = task.numbers.back();
                task.numbers.pop_back();
                QCOMPARE(std::to_string(task.numbers.size()), tier.substr(0, 1));
                QVERIFY2(can(task.numbers, task.size, task.target), p.prompt.c_str());
                QCOMPARE(p.steps.size() + 1, task.numbers.size());
                int dead = 0;
                for (const CountdownMove& m : task.moves(task.numbers)) dead += !can(CountdownTask::after(task.numbers, m), task.size, task.target);
                QVERIFY(dead > 0);
                // What a teacher writes fits a small context.
                Random random(text_key(p.prompt));
                for (const double early : {0., .3}) {
                    Demonstrator teacher;
                    teacher.early = early;
                    const auto written = split_words(family->demonstrate(p, teacher, random)).size();
                    QVERIFY2(written <= 121 && static_cast<int>(written) + 1 <= family->max_new_tokens(p, 0), std::to_string(written).c_str());
                }
            }
        }
        for (const char* bad : {"", "3", "3x", "x20", "1x20", "5x20", "3x5", "3x100", "3x20x"}) {
            Random random(1);
            QVERIFY_THROWS_EXCEPTION(UserError, family->make(bad, random));
        }
    }

    void everyLeftNodeIsLabelledRightly() {
        // Random walks through the search, "back" anywhere: what brute force says of each node left is what the reading counts.
        const auto family = make_family("countdown");
        Random random(3);
        for (int i = 0; i < 400; ++i) {
            const Problem p = family->make("3x20", random);
            CountdownTask task;
            task.size = 20;
            const auto words = split_words(p.prompt);
            for (int k = 0; k < 3; ++k) task.numbers.push_back(*read_countdown_number(words[static_cast<std::size_t>(k)]));
            task.target = *read_countdown_number(words[4]);
            std::vector<std::vector<int>> path = {task.numbers};
            std::vector<std::string> text;
            int abandoned = 0, thoughts = 0, promising = 0, nodes = 0;
            for (int k = 0; k < 12; ++k) {
                const auto list = task.moves(path.back());
                const bool inner = path.size() > 1 && can(path.back(), 20, task.target);
                if (list.empty() || (path.size() > 1 && random.uniform() < .4)) {
                    text.emplace_back("back");
                    abandoned += inner;
                    nodes += inner;
                    path.pop_back();
                    continue;
                }
                const CountdownMove& m = list[random.below(list.size())];
                text.push_back(write_move(m));
                nodes += inner;
                path.push_back(CountdownTask::after(path.back(), m));
                if (path.size() == 2) ++thoughts, promising += can(path.back(), 20, task.target);
            }
            const SearchReading r = read(p, join_words(text));
            QCOMPARE(r.abandoned, abandoned);
            QCOMPARE(r.promising_nodes, nodes);
            QCOMPARE(static_cast<int>(r.thoughts.size()), thoughts);
            QCOMPARE(static_cast<int>(std::count_if(r.thoughts.begin(), r.thoughts.end(), [](const Thought& t) { return t.promising; })), promising);
            QCOMPARE(r.invalid, 0);
        }
    }

    void searchesAreReadByHand() {
        const Problem p = sixteen();
        SearchReading r = read(p, "n5 + n3 = n8 n8 * n2 = n16 !");
        QVERIFY(r.solved && r.abandoned == 0 && r.invalid == 0 && r.thoughts.size() == 1 && r.thoughts[0].promising);
        QCOMPARE(r.underthinking(), 0.0);
        // The right branch left though nothing in it was tried; a wrong one left is no fault.
        r = read(p, "n5 + n3 = n8 back n5 * n3 = n15 n15 + n2 = n17 back back .");
        QVERIFY(!r.solved && r.gave_up && r.abandoned == 1 && r.thoughts[0].abandoned && !r.thoughts[1].abandoned && !r.thoughts[1].promising);
        QCOMPARE(r.thoughts[0].end, std::size_t{5});
        QVERIFY(std::abs(r.underthinking() - (1 - 1 / 19.)) < 1e-12);
        // In a right branch a wrong leaf is left: that is no abandonment, leaving the branch then is.
        r = read(p, "n5 + n3 = n8 n8 + n2 = n10 back back");
        QVERIFY(r.abandoned == 1 && r.dead_ends_left == 1 && r.promising_nodes == 2);
        QCOMPARE(read(p, "n5 + n3 = n8 n8 + n2 = n10 back").abandoned, 0);
        // The target reached and not claimed.
        QCOMPARE(read(p, "n5 + n3 = n8 n8 * n2 = n16 back").abandoned, 1);
        // Giving up inside the right branch abandons it; giving up at the root does not.
        QCOMPARE(read(p, "n5 + n3 = n8 .").abandoned, 1);
        QCOMPARE(read(p, "n5 * n3 = n15 .").abandoned, 0);
        // Made again, sides exchanged: the same branch.
        QCOMPARE(read(p, "n5 * n3 = n15 back n3 * n5 = n15 back").revisits, 1);
        QCOMPARE(read(p, "n5 * n3 = n15 back n5 - n3 = n2 back").revisits, 0);
        // Wrong results, numbers that are used up or not there, results out of range, division that is not exact, words in disorder.
        for (const char* bad : {"n5 + n3 = n9", "n5 + n5 = n10", "n5 + n4 = n9", "n3 - n5 = n2", "n5 / n3 = n1", "n5 + = n3 n8", "n5 + n3 back", "n5 * n3 = n15 n15 * n2 = n30", "back"})
            QVERIFY2(read(p, bad).invalid == 1, bad);
        QCOMPARE(read(p, "n5 + n3 = n8 n8 + n3 = n11").invalid, 1);  // 3 is used up.
        // "back" leads out of a lost place.
        r = read(p, "n5 + n3 = n9 back n5 + n3 = n8 n8 * n2 = n16 !");
        QVERIFY(r.solved && r.invalid == 1);
        // At a leaf that is not the target there is only the way back.
        QCOMPARE(read(p, "n5 * n3 = n15 n15 + n2 = n17 n17 + n2 = n19").dead_ends_stuck, 1);
        QCOMPARE(read(p, "n5 * n3 = n15 n15 + n2 = n17 !").dead_ends_stuck, 1);
    }

    void theJudgeSeesBothSides() {
        QCOMPARE(verdict("n5 + n3 = n8 n8 * n2 = n16 !"), Verdict::correct);
        QCOMPARE(verdict("n3 + n5 = n8 n2 * n8 = n16 !"), Verdict::correct);
        QCOMPARE(verdict("n8 * n2 = n16 !", "n5 + n3 = n8"), Verdict::correct);
        QCOMPARE(verdict("back n5 + n3 = n8 n8 * n2 = n16 !", "n5 * n3 = n15"), Verdict::correct);
        QCOMPARE(verdict("n5 * n3 = n15 n15 + n2 = n17 back n15 - n2 = n13 back back n5 + n3 = n8 n8 * n2 = n16 !"), Verdict::correct);
        QCOMPARE(verdict("n5 * n3 = n15 n15 + n2 = n17 !"), Verdict::wrong);
        QCOMPARE(verdict("n5 + n3 = n8 !"), Verdict::wrong);        // A number is left over.
        QCOMPARE(verdict("n8 * n2 = n16 !"), Verdict::wrong);       // 8 is not there.
        QCOMPARE(verdict("n5 * n3 = n16 !"), Verdict::wrong);
        QCOMPARE(verdict("!"), Verdict::wrong);
        QCOMPARE(verdict("."), Verdict::wrong);
        QCOMPARE(verdict("n5 + n3 = n8 n8 * n2 = n16"), Verdict::unparseable);
        QCOMPARE(verdict("n5 + n3 = n8 n8 * n2 = n16 ! !"), Verdict::unparseable);
        QCOMPARE(verdict("n5 + n3 = n8 n8 * n2 = n16 ! ."), Verdict::unparseable);
        QCOMPARE(verdict("n5 + n3 = n8 n8 * n2 = n16 !", "", false), Verdict::unparseable);
        QCOMPARE(verdict(""), Verdict::unparseable);
        // Another way to the target than the reference is as right.
        Problem p = sixteen();
        p.prompt = "n2 n3 n4 goal n9 ?";
        const auto family = make_family("countdown");
        for (const char* way : {"n3 + n2 = n5 n5 + n4 = n9 !", "n4 + n3 = n7 n7 + n2 = n9 !", "n4 + n2 = n6 n6 + n3 = n9 !"})
            QCOMPARE(family->judge(p, "", Placement::answer, way, true).verdict, Verdict::correct);
        // Right in the end after a move that is not there: lucky, and the move is named, hints counted.
        Judgement j = family->judge(sixteen(), "", Placement::answer, "n5 * n3 = n15 n15 - n2 = n12 back back n5 + n3 = n8 n8 * n2 = n16 !", true);
        QVERIFY(j.verdict == Verdict::correct && j.soundness == Soundness::lucky && j.first_wrong_step == 1);
        // A wrong move that was given is not the model's.
        j = family->judge(sixteen(), "n5 * n3 = n14", Placement::answer, "back n5 + n3 = n8 n8 * n2 = n16 !", true);
        QVERIFY(j.verdict == Verdict::correct && j.soundness == Soundness::sound && j.first_wrong_step < 0);
        j = family->judge(sixteen(), "n5 * n3 = n15", Placement::answer, "n15 - n2 = n12 back back n5 + n3 = n8 n8 * n2 = n16 !", true);
        QVERIFY(j.soundness == Soundness::lucky && j.first_wrong_step == 1);
    }

    void whatFollowsLeadsToTheTarget() {
        const auto family = make_family("countdown");
        const Problem p = sixteen();
        const auto follow = [&](std::vector<std::string> given) { return join_words(family->follow(p, given)); };
        QCOMPARE(follow({"n5 * n3 = n15"}), std::string("back n5 + n3 = n8 n8 * n2 = n16"));
        QCOMPARE(follow({"n5 * n3 = n15", "n15 + n2 = n17"}), std::string("back back n5 + n3 = n8 n8 * n2 = n16"));
        QCOMPARE(follow({"n5 + n3 = n8 n8 + n2 = n10"}), std::string("back n8 * n2 = n16"));
        QCOMPARE(follow({"n5 + n3 = n9"}), std::string("back n5 + n3 = n8 n8 * n2 = n16"));
        QCOMPARE(family->tier_after("3x20", 1), std::string("2x20"));
        QCOMPARE(family->tier_after("3x20", 2), std::string());
    }

    void teachersSearchEverythingAndLeaveAsOftenAsTold() {
        const auto family = make_family("countdown");
        Random random(9);
        double left = 0, nodes = 0;
        Demonstrator early;
        early.early = .3;
        for (int i = 0; i < 1500; ++i) {
            const Problem p = family->make("3x20", random);
            const SearchReading whole = read(p, family->demonstrate(p, {}, random));
            QVERIFY(whole.solved && whole.abandoned == 0 && whole.invalid == 0 && whole.revisits == 0);
            const SearchReading r = read(p, family->demonstrate(p, early, random));
            QVERIFY(r.invalid == 0 && r.revisits == 0 && r.dead_ends_stuck == 0);
            left += r.abandoned;
            nodes += r.promising_nodes;
        }
        QVERIFY2(std::abs(left / nodes - .3) < 4 * std::sqrt(.21 / nodes), std::to_string(left / nodes).c_str());
    }
};

QTEST_GUILESS_MAIN(TestCountdown)
#include "test_countdown.moc"
