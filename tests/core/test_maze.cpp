// SPDX-License-Identifier: GPL-3.0-or-later
// The family maze: generators against an independent search, the judge of plans, the judge of A* traces on both sides, corrupted hints.
#include <QtTest>
#include <map>
#include <set>
#include <sstream>

#include "record/error.h"
#include "tasks/corruption.h"
#include "tasks/maze_search.h"
#include "tasks/problem_set.h"

using namespace foothold;

namespace {

/// A grid read from a prompt by other means than the family's: rows of characters.
struct Plain {
    int width = 0, height = 0;
    std::set<std::pair<int, int>> walls;
    std::pair<int, int> start, goal;
    explicit Plain(const std::string& prompt) {
        std::istringstream in(prompt);
        std::string word;
        in >> word;
        width = word[0] - '0';
        height = word[2] - '0';
        while (in >> word) {
            if (word == "?") continue;
            const std::pair<int, int> cell{word[1] - '0', word[3] - '0'};
            if (word[0] == 'S') start = cell;
            if (word[0] == 'G') goal = cell;
            if (word[0] == '#') walls.insert(cell);
        }
    }
    bool free(std::pair<int, int> c) const { return c.first >= 0 && c.first < width && c.second >= 0 && c.second < height && !walls.contains(c); }
    /// Bellman's way: distances relaxed until nothing changes.
    std::map<std::pair<int, int>, int> distances() const {
        std::map<std::pair<int, int>, int> d = {{start, 0}};
        for (bool changed = true; changed;) {
            changed = false;
            for (int x = 0; x < width; ++x)
                for (int y = 0; y < height; ++y)
                    for (const auto& [dx, dy] : std::vector<std::pair<int, int>>{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
                        const auto from = d.find({x + dx, y + dy});
                        if (!free({x, y}) || from == d.end()) continue;
                        const auto here = d.find({x, y});
                        if (here == d.end() || here->second > from->second + 1) d[{x, y}] = from->second + 1, changed = true;
                    }
        }
        return d;
    }
    int cells() const { return width * height - static_cast<int>(walls.size()); }
    int links() const {
        int n = 0;
        for (int x = 0; x < width; ++x)
            for (int y = 0; y < height; ++y) n += (free({x, y}) && free({x + 1, y})) + (free({x, y}) && free({x, y + 1}));
        return n;
    }
};

/// 3x3: a ring round the middle with the right side shut: 0,0 to 2,2 goes down and along the bottom.
///   S . #
///   . # .
///   . . G
Problem ring() {
    Problem p;
    p.family = "maze";
    p.tier = "walls:3x3";
    p.prompt = "3x3 S0,0 G2,2 #2,0 #1,1 ?";
    p.answer = "0,0 0,1 0,2 1,2 2,2";
    p.steps = {"close 0,0 0 4", "create 1,0 1 3", "create 0,1 1 3", "close 0,1 1 3", "create 0,2 2 2", "close 0,2 2 2", "create 1,2 3 1", "close 1,2 3 1", "create 2,2 4 0", "close 2,2 4 0"};
    return p;
}

Judgement judge(const Problem& p, const std::string& completion, const std::string& hint = {}) {
    return make_family("maze")->judge(p, hint, Placement::answer, completion, true);
}

std::string with(std::vector<std::string> steps, std::size_t at, const std::string& step) {
    steps[at] = step;
    return join_words(steps) + " plan 0,0 0,1 0,2 1,2 2,2";
}

}  // namespace

class TestMaze : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void mazesAreWhatTheirGeneratorsSay() {
        const auto family = make_family("maze");
        for (const std::string tier : {"wilson:7x7", "wilson:5x5", "wilson:7x5", "dfs:7x7", "cycles:7x7", "walls:7x7", "walls:6x4"}) {
            std::vector<std::string> taken;
            for (const Problem& p : make_problems(*family, tier, 150, 7, "t", taken)) {
                const Plain maze(p.prompt);
                QVERIFY(tier.ends_with(std::to_string(maze.width) + "x" + std::to_string(maze.height)));
                QVERIFY(maze.free(maze.start) && maze.free(maze.goal));
                const auto d = maze.distances();
                const int shortest = d.at(maze.goal);
                QVERIFY(shortest + 1 >= std::max(maze.width, maze.height));
                if (tier[0] != 'w' || tier[1] != 'a') QCOMPARE(static_cast<int>(d.size()), maze.cells());  // Every free cell can be reached.
                if (tier.starts_with("wilson") || tier.starts_with("dfs")) QCOMPARE(maze.links(), maze.cells() - 1);  // A tree.
                if (tier.starts_with("cycles")) QVERIFY(maze.links() >= maze.cells());
                // The reference is as long as the shortest way, and no longer than a context allows.
                QCOMPARE(static_cast<int>(split_words(p.answer).size()), shortest + 1);
                const auto whole = family->tokenizer().encode(p.prompt + " " + join_words(p.steps) + " " + family->closing(p));
                QVERIFY(whole.size() < 330);
            }
        }
        // The same number of walls in every tree of a size, so that the prompt's length says nothing.
        std::set<std::size_t> lengths;
        Random random(3);
        for (int i = 0; i < 50; ++i) lengths.insert(split_words(family->make("wilson:7x7", random).prompt).size());
        QCOMPARE(lengths.size(), std::size_t{1});
    }

    /// Wilson's trees are uniform: 3x3 cells in rooms of 2x2 have four spanning trees, each as often.
    void wilsonTreesAreUniform() {
        Random random(11);
        std::map<std::string, int> seen;
        constexpr int n = 4000;
        for (int i = 0; i < n; ++i) {
            Maze maze = draw_maze({"wilson", 3, 3}, random);
            maze.start = maze.goal = 0;
            ++seen[maze.prompt()];
        }
        QCOMPARE(seen.size(), std::size_t{4});
        for (const auto& [prompt, count] : seen) QVERIFY2(std::abs(count - n / 4.) < 5 * std::sqrt(n * .25 * .75), prompt.c_str());
    }

    void shortestWaysAreThoseOfAnotherSearch() {
        Random random(5);
        for (const char* tier : {"walls:7x7", "cycles:7x7"})
            for (int i = 0; i < 100; ++i) {
                const Maze maze = draw_maze(parse_maze_tier(tier), random);
                const auto other = Plain(maze.prompt()).distances();
                const auto own = maze.distances(maze.start);
                for (int x = 0; x < maze.width; ++x)
                    for (int y = 0; y < maze.height; ++y) {
                        const auto found = other.find({x, y});
                        QCOMPARE(own[static_cast<std::size_t>(y * most_side + x)], found == other.end() ? -1 : found->second);
                    }
                const Maze again = read_maze(maze.prompt());
                QCOMPARE(again.prompt(), maze.prompt());
            }
    }

    void theHandMadeTraceIsTheReference() {
        const auto family = make_family("maze");
        const Problem p = ring();
        QCOMPARE(family->follow(p, {}), p.steps);
        const Judgement j = judge(p, join_words(p.steps) + " plan " + p.answer);
        QVERIFY(j.verdict == Verdict::correct && j.soundness == Soundness::sound && j.first_wrong_step < 0 && !j.skipping);
    }

    void plansAreJudgedByTheMaze() {
        const auto family = make_family("maze");
        const Problem p = ring();
        QCOMPARE(judge(p, "plan " + p.answer).verdict, Verdict::correct);
        QCOMPARE(judge(p, "plan " + p.answer).soundness, Soundness::unknown);  // No trace, so none to check.
        QVERIFY(judge(p, "plan " + p.answer).skipping);
        const auto feasible = [&](const std::string& plan) { return !family->read_answer(p, plan)->infeasible; };
        const struct {
            const char* plan;
            Verdict verdict;
            bool feasible;
        } cases[] = {{"0,0 0,1 0,2 1,2 2,2", Verdict::correct, true},
                     {"0,0 1,0 0,0 0,1 0,2 1,2 2,2", Verdict::wrong, true},  // A way, but not a shortest one.
                     {"0,0 0,1 1,1 1,2 2,2", Verdict::wrong, false},        // Through a wall.
                     {"0,0 0,1 1,2 2,2", Verdict::wrong, false},            // A jump.
                     {"0,1 0,2 1,2 2,2", Verdict::wrong, false},            // Begins elsewhere.
                     {"0,0 0,1 0,2 1,2", Verdict::wrong, false},            // Stops short.
                     {"0,0", Verdict::wrong, false}};
        for (const auto& c : cases) {
            QCOMPARE(judge(p, std::string("plan ") + c.plan).verdict, c.verdict);
            QCOMPARE(judge(p, std::string("plan ") + c.plan).extracted, std::string(c.plan));
            QCOMPARE(feasible(c.plan), c.feasible);
        }
        for (const char* bad : {"", "plan", "plan 0,0 create", "0,0 0,1 0,2 1,2 2,2", "plan 0,0 plan 2,2", "plan 0,0 3"})
            QCOMPARE(judge(p, bad).verdict, Verdict::unparseable);
        QCOMPARE(family->judge(p, "", Placement::answer, "plan " + p.answer, false).verdict, Verdict::unparseable);
        QVERIFY(!family->read_answer(p, ""));
        // Any shortest way is right where there are several.
        Problem open;
        open.prompt = "3x3 S0,0 G2,2 #1,1 ?";
        open.answer = "0,0 1,0 2,0 2,1 2,2";
        QCOMPARE(judge(open, "plan 0,0 0,1 0,2 1,2 2,2").verdict, Verdict::correct);
        QCOMPARE(judge(open, "plan 0,0 1,0 2,0 2,1 2,2").verdict, Verdict::correct);
    }

    void eachRuleOfTheSearchIsKept() {
        const Problem p = ring();
        const struct {
            const char* what;
            std::size_t at;
            const char* step;
            int wrong;
        } cases[] = {{"closed before it is open", 0, "close 0,1 1 3", 0},   {"a wall is opened", 1, "create 1,1 1 2", 1},
                     {"no neighbour is opened", 1, "create 2,1 3 1", 1},    {"wrong cost so far", 2, "create 0,1 2 3", 2},
                     {"wrong cost to go", 2, "create 0,1 1 2", 2},          {"opened again without gain", 2, "create 1,0 1 3", 2},
                     {"closed at another cost", 3, "close 0,1 2 3", 3},     {"closed twice", 5, "close 0,1 1 3", 5},
                     {"not an event", 4, "create 0,2 2", 4},                {"the start is created", 1, "create 0,0 0 4", 1},
                     {"closed one is opened", 4, "create 0,0 2 4", 4}};
        for (const auto& c : cases) {
            const Judgement j = judge(p, with(p.steps, c.at, c.step));
            QVERIFY2(j.first_wrong_step == c.wrong, c.what);
            QVERIFY2(j.verdict == Verdict::correct && j.soundness == Soundness::lucky, c.what);  // The plan is right all the same.
        }
        auto steps = p.steps;
        // A neighbour left out is told when the next cell is closed.
        steps.erase(steps.begin() + 1);
        QCOMPARE(judge(p, join_words(steps) + " plan " + p.answer).first_wrong_step, 2);
        // The other of two equal cells first is fine: ties are the searcher's.
        QCOMPARE(judge(p, "close 0,0 0 4 create 0,1 1 3 create 1,0 1 3 close 1,0 1 3 close 0,1 1 3 create 0,2 2 2 close 0,2 2 2 create 1,2 3 1 close 1,2 3 1 create 2,2 4 0 "
                          "close 2,2 4 0 plan " + p.answer).soundness, Soundness::sound);
        // Anything after the goal was closed is wrong; a search that stops before is no whole one.
        QCOMPARE(judge(p, join_words(p.steps) + " close 1,0 1 3 plan " + p.answer).first_wrong_step, 10);
        const Judgement cut = judge(p, "close 0,0 0 4 create 1,0 1 3 plan " + p.answer);
        QVERIFY(cut.skipping && cut.soundness == Soundness::lucky && cut.first_wrong_step < 0);
        // A costlier cell must wait: 1,0 (g 1, h 5) behind 0,1 (g 1, h 3).
        Problem far;
        far.prompt = "5x3 S1,1 G4,1 ?";
        QCOMPARE(judge(far, "close 1,1 0 3 create 1,0 1 4 create 2,1 1 2 create 1,2 1 4 create 0,1 1 4 close 1,0 1 4 plan 1,1").first_wrong_step, 5);
        QCOMPARE(judge(far, "close 1,1 0 3 create 1,0 1 4 create 2,1 1 2 create 1,2 1 4 create 0,1 1 4 close 2,1 1 2 plan 1,1").first_wrong_step, -1);
    }

    void aPlanMustFollowFromItsTrace() {
        // Two shortest ways; the search closed one of them, the plan takes the other: right, not sound.
        const auto family = make_family("maze");
        Problem p;
        p.family = "maze";
        p.prompt = "3x3 S0,0 G2,2 #1,1 ?";
        p.steps = family->follow(p, {});
        const std::string trace = join_words(p.steps);
        const bool down = trace.find("close 0,2") != std::string::npos;
        const std::string one = "0,0 0,1 0,2 1,2 2,2", other = "0,0 1,0 2,0 2,1 2,2";
        p.answer = down ? one : other;
        QCOMPARE(judge(p, trace + " plan " + (down ? one : other)).soundness, Soundness::sound);
        QCOMPARE(judge(p, trace + " plan " + (down ? other : one)).verdict, Verdict::correct);
        QCOMPARE(judge(p, trace + " plan " + (down ? other : one)).soundness, Soundness::lucky);
    }

    void referencesCloseNoCheaperCellLater() {
        // The costs of closed cells never fall (Manhattan distance is consistent), and each is the true distance.
        const auto family = make_family("maze");
        for (const std::string& tier : family->example_tiers()) {
            std::vector<std::string> taken;
            for (const Problem& p : make_problems(*family, tier, 60, 9, "t", taken)) {
                const auto d = Plain(p.prompt).distances();
                int last = 0;
                for (const std::string& step : p.steps) {
                    const MazeEvent e = *read_event(step);
                    if (!e.close) continue;
                    QCOMPARE(e.g, d.at({cell_word(e.cell)[0] - '0', cell_word(e.cell)[2] - '0'}));
                    QVERIFY(e.g + e.h >= last);
                    last = e.g + e.h;
                }
            }
        }
    }

    /// Whatever was done to a hint, whoever goes on by the rules from there is never called wrong.
    void whoFollowsIsNeverCalledWrong() {
        const auto family = make_family("maze");
        for (const char* tier : {"wilson:7x7", "cycles:5x5"}) {
            std::vector<std::string> taken;
            const auto problems = make_problems(*family, tier, 120, 5, "t", taken);
            std::map<std::string, int> broken, made;
            for (const CorruptionOperator& op : corruption_operators())
                for (std::size_t i = 0; i < 40; ++i)
                    for (const double dose : {.3, 1.0}) {
                        const Problem& p = problems[i];
                        CorruptedTrace t;
                        try {
                            t = corrupt(op, p, problems, dose, 2, *family);
                        } catch (const UserError&) {
                            continue;  // No donor of that length.
                        }
                        ++made[op.name];
                        broken[op.name] += !t.state_kept;
                        for (const std::string& step : t.steps) family->tokenizer().encode(step);
                        for (const std::size_t cut : {t.steps.size() / 2, t.steps.size()}) {
                            const auto given = std::span(t.steps).first(cut);
                            const auto rest = family->follow(p, given);
                            if (op.keeps_state) QVERIFY2(family->state_holds(p, given), op.name.c_str());
                            if (family->state_holds(p, given))
                                QCOMPARE(rest, std::vector<std::string>(p.steps.end() - static_cast<std::ptrdiff_t>(rest.size()), p.steps.end()));
                            const std::string text = join_words(rest) + (rest.empty() ? "" : " ") + family->closing(p);
                            family->tokenizer().encode(text);
                            const Judgement j = family->judge(p, join_words(given), Placement::answer, text, true);
                            QCOMPARE(j.verdict, Verdict::correct);
                            QVERIFY2(j.first_wrong_step == -1, (op.name + ": " + join_words(given) + " / " + text).c_str());
                        }
                    }
            for (const CorruptionOperator& op : corruption_operators()) {
                QVERIFY2(made[op.name] > 20, op.name.c_str());
                if (op.keeps_state) QCOMPARE(broken[op.name], 0);
                else QVERIFY2(broken[op.name] > 0, op.name.c_str());
            }
        }
    }

    void noiseKeepsTheForm() {
        const auto family = make_family("maze");
        Random random(4);
        const Problem p = family->make("wilson:7x7", random);
        const auto noised = corrupt(find_corruption("noise"), p, {}, 1, 1, *family).steps;
        int elsewhere = 0;
        for (std::size_t i = 0; i < noised.size(); ++i) {
            const auto event = read_event(noised[i]), own = read_event(p.steps[i]);
            QVERIFY(event && event->close == own->close);
            elsewhere += event->cell != own->cell;
        }
        QVERIFY(elsewhere > static_cast<int>(noised.size()) / 2);
    }

    void searchesAreReadThoughtByThought() {
        const auto family = make_family("maze");
        const Problem p = ring();
        SearchReading r = *family->read_search(p, join_words(p.steps) + " plan " + p.answer);
        QVERIFY(r.solved && r.invalid == 0 && r.revisits == 0 && r.thoughts.size() == 1 && r.abandoned == 0);
        QCOMPARE(r.promising_nodes, 5);
        // Through 1,0 first: a stretch that leads nowhere, left for 0,1.
        r = *family->read_search(p, "close 0,0 0 4 create 0,1 1 3 create 1,0 1 3 close 1,0 1 3 close 0,1 1 3 create 0,2 2 2 plan 0,0");
        QVERIFY(!r.solved && r.invalid == 0);
        QCOMPARE(r.thoughts.size(), std::size_t{2});
        QVERIFY(!r.thoughts[0].abandoned && r.thoughts[1].promising);
        QCOMPARE(r.dead_ends_left, 1);
        // The right stretch left for another; a cell closed twice; an event that is none.
        r = *family->read_search(p, "close 0,0 0 4 create 1,0 1 3 create 0,1 1 3 close 0,1 1 3 create 0,2 2 2 close 1,0 1 3 close 0,1 1 3 create plan 0,0");
        QCOMPARE(r.abandoned, 1);
        QVERIFY(r.thoughts[0].promising && r.thoughts[0].abandoned);
        QCOMPARE(r.revisits, 1);
        QVERIFY(r.invalid >= 2);
    }

    void statedAnswersAreRefused() {
        const auto family = make_family("maze");
        const Problem p = ring();
        QVERIFY(!family->refuse_trace(p, p.steps));
        QVERIFY(family->refuse_trace(p, std::vector<std::string>{"create 0,0 0,1 0,2 1,2 2,2"}));
        QVERIFY(family->refuse_trace(p, std::vector<std::string>{"plan 0,0"}));
        QVERIFY(family->refuse_trace(p, std::vector<std::string>{"close 9,9 0 4"}));
    }

    void tiersAreRefusedByName() {
        Random random(1);
        for (const char* bad : {"", "7x7", "wilson", "wilson:", "wilson:6x7", "wilson:9x9", "walls:2x3", "wilson:7x7x", "kruskal:7x7", "cycles:4x4"})
            QVERIFY_THROWS_EXCEPTION(UserError, make_family("maze")->make(bad, random));
        QVERIFY(!make_family("maze")->make("walls:4x6", random).steps.empty());
    }
};

QTEST_GUILESS_MAIN(TestMaze)
#include "test_maze.moc"
