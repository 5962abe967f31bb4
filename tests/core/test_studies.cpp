// SPDX-License-Identifier: GPL-3.0-or-later
// Studies: cells stored one by one, parts, and the statistics below what they say.
#include <QTemporaryDir>
#include <QtTest>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "record/error.h"
#include "record/experiment_file.h"
#include "statistics/intervals.h"
#include "statistics/paired.h"
#include "studies/arm_table.h"
#include "studies/confidence_votes.h"
#include "studies/study.h"
#include "studies/study_progress.h"
#include "studies/training_cell.h"

using namespace foothold;

namespace {

/// Two arms, four seeds on two bases: arm b is .1 better, whatever the base.
class Toy final : public Study {
 public:
    mutable std::vector<std::string> ran;
    std::string fails;
    std::string number = "1";
    std::string name() const override { return "toy"; }
    std::string title() const override { return "Does b beat a?"; }
    std::string claim() const override { return "b beats a."; }
    std::string design() const override { return "Paired."; }
    std::string budget() const override { return "nothing"; }
    std::string revision() const override { return number; }
    std::vector<StudyCell> cells(StudySetting setting) const override {
        std::vector<StudyCell> out;
        for (int seed = 1; seed <= (setting == StudySetting::quick ? 1 : 4); ++seed)
            for (const char* arm : {"a", "b"}) out.push_back({arm, seed, seed % 2 ? "one" : "two", "", 1});
        return out;
    }
    CellResult run(const StudyCell& cell, const StudyPorts& ports) const override {
        if (cell.id() == fails) throw UserError("no luck");
        if (cell.arm == "b") {
            StudyCell a = cell;
            a.arm = "a";
            if (!ports.stored(a)) throw UserError("a comes first");
        }
        ran.push_back(cell.id());
        CellResult r;
        r.measures["score"] = (cell.base == "one" ? .2 : .6) + (cell.arm == "b" ? .1 : 0) + .001 * static_cast<double>(cell.seed * (cell.arm == "b"));
        r.curves["score"] = {{0, 0}, {100, r.measures["score"]}};
        r.tokens = 100;
        r.seconds = 2;
        return r;
    }
    StudyReport report(StudySetting, const std::vector<StoredCell>& cells) const override {
        StudyReport out;
        ArmTable table;
        table.arms = {{"a", "plain"}, {"b", "better"}};
        table.baseline = "a";
        table.primary = "score";
        table.shown = {{"score", "score"}};
        table.fill(cells, out);
        table.plot(cells, "score", "Score", "tokens", "score", {"a", "b"}, out);
        out.verdict = "supported";
        out.sentence = table.difference(cells, "", "b", "a", "score").words("score");
        out.against = {"It is a toy."};
        return out;
    }
};

bool run(const Study& study, const std::filesystem::path& dir, int part = 1, int parts = 1, int jobs = 1, const std::filesystem::path& known = {}) {
    return run_study(study, {StudySetting::full, dir, known, part, parts, jobs, "cpu"}, [](const StudyProgress&) {}, {});
}

}  // namespace

class TestStudies : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void pValuesOfStudentsT() {
        // R: 2 * pt(-t, df)
        QVERIFY(std::abs(student_t_two_sided(2.228138851, 10) - .05) < 1e-8);
        QVERIFY(std::abs(student_t_two_sided(-1, 1) - .5) < 1e-12);
        QVERIFY(std::abs(student_t_two_sided(3, 4) - .03994196807) < 1e-9);
    }

    void holmIsThatOfR() {
        // R: p.adjust(c(.01, .04, .03, .005), "holm")
        const std::vector<double> p = {.01, .04, .03, .005}, expected = {.03, .06, .06, .02};
        const auto adjusted = holm(p);
        for (std::size_t i = 0; i < p.size(); ++i) QVERIFY(std::abs(adjusted[i] - expected[i]) < 1e-12);
        QCOMPARE(holm(std::vector<double>{.9, .8}), (std::vector<double>{1.0, 1.0}));
    }

    void blocksTakeTheirOwnMeansAway() {
        // By hand: blocks {1, 3} and {11, 13}: residuals +-1, sum of squares 4, df 2, error sqrt(2 / 4).
        const std::vector<double> values = {1, 3, 11, 13};
        const std::vector<int> blocks = {0, 0, 1, 1};
        const Estimate e = blocked_estimate(values, blocks);
        QCOMPARE(e.mean, 7.0);
        const double half = student_t_quantile(.975, 2) * std::sqrt(.5);
        QVERIFY(e.interval && std::abs(e.interval->first - (7 - half)) < 1e-12);
        // Each value a block of its own leaves nothing to estimate the spread from.
        QVERIFY(!blocked_estimate(values, std::vector<int>{0, 1, 2, 3}).interval);
        // One block is the plain estimate.
        QCOMPARE(blocked_estimate(values, std::vector<int>{5, 5, 5, 5}).interval->first, mean_estimate(values).interval->first);
    }

    void blockedIntervalsCoverAsOftenAsTheySay() {
        std::mt19937 random(7);
        std::normal_distribution<double> noise(0, 1);
        int held = 0;
        constexpr int rounds = 2000;
        for (int r = 0; r < rounds; ++r) {
            std::vector<double> values;
            std::vector<int> blocks;
            for (int i = 0; i < 10; ++i) {
                blocks.push_back(i % 3);
                values.push_back(noise(random) + 5 * (i % 3) - 4.5);  // Fixed effects of the bases; the weights of 10 seeds over 3 bases: mean 0 by construction below.
            }
            const double truth = (5.0 * (0 * 4 + 1 * 3 + 2 * 3) / 10) - 4.5;
            const Estimate e = blocked_estimate(values, blocks);
            held += e.interval->first <= truth && truth <= e.interval->second;
        }
        QVERIFY(std::abs(held / double(rounds) - .95) < .02);
    }

    /// Problems of one base are not independent of each other: drawing bases again covers about as often as it says, drawing problems alone does not.
    void theBootstrapDrawsBasesAgain() {
        std::mt19937 random(9);
        std::normal_distribution<double> normal(0, 1);
        int held = 0, held_by_problem = 0;
        constexpr int rounds = 200;
        for (int r = 0; r < rounds; ++r) {
            std::vector<std::vector<double>> bases(10);
            std::vector<double> all;
            for (auto& base : bases) {
                const double effect = normal(random);
                for (int i = 0; i < 20; ++i) base.push_back(effect + normal(random)), all.push_back(base.back());
            }
            const auto covers = [](const std::pair<double, double>& interval) { return interval.first <= 0 && interval.second >= 0; };
            held += covers(bootstrap_groups(bases));
            held_by_problem += covers(bootstrap_mean(all));
        }
        QVERIFY2(held > .85 * rounds && held < .99 * rounds, qPrintable(QString::number(held)));
        QVERIFY(held_by_problem < .6 * rounds);
    }

    /// Where a base is another model in each world, its seeds tell the same thing again and again: only the bases are independent.
    void worldsAreComparedByTheirBases() {
        std::mt19937 random(8);
        std::normal_distribution<double> normal(0, 1);
        int held = 0, held_by_seed = 0;
        constexpr int rounds = 1000;
        for (int r = 0; r < rounds; ++r) {
            std::vector<StoredCell> cells;
            for (const char* arm : {"one world", "another"}) {
                double base[3];
                for (double& effect : base) effect = normal(random);
                for (std::int64_t seed = 1; seed <= 9; ++seed) cells.push_back({{arm, seed, std::to_string(seed % 3), "", 1}, {{{"x", base[seed % 3] + .1 * normal(random)}}, {}, {}, 0, 0}});
            }
            const auto by = [](const CellResult& a, const CellResult& b) { return a.measure("x") - b.measure("x"); };
            const auto covers = [](const Estimate& e) { return e.interval->first <= 0 && e.interval->second >= 0; };
            const ArmDifference d = difference_of_bases(cells, "", "one world", "another", by);
            QCOMPARE(d.values.size(), std::size_t{3});
            held += covers(d.estimate);
            held_by_seed += covers(paired_difference(cells, "", "one world", "another", by).estimate);
        }
        QVERIFY(std::abs(held / double(rounds) - .95) < .03);
        QVERIFY(held_by_seed < rounds / 2);
    }

    void areasUnderCurves() {
        QCOMPARE(mean_height({{0, 0}, {10, 1}}, 10), .5);
        QCOMPARE(mean_height({{0, 0}, {10, 1}}, 20), .75);  // The last value goes on.
        QCOMPARE(mean_height({{0, 0}, {10, 1}}, 5), .25);   // Cut inside a stretch.
        QCOMPARE(mean_height({{4, 1}}, 8), 1.0);
        QVERIFY(std::isnan(mean_height({}, 8)));
        QCOMPARE(value_at({{0, 0}, {10, 1}}, 2.5), .25);
        // A supervised start is measured before any token is generated: its curve has several values at 0, of which the last is where training begins.
        QCOMPARE(value_at({{0, 0}, {0, .4}, {0, .6}, {10, 1}}, 0), .6);
        QCOMPARE(value_at({{0, 0}, {0, .6}, {10, 1}}, 5), .8);
        QCOMPARE(mean_height({{0, 0}, {0, .6}, {10, 1}}, 10), .8);
    }

    void cellsAreStoredOneByOneAndNotRunTwice() {
        QTemporaryDir dir;
        const std::filesystem::path path = dir.path().toStdString();
        Toy toy;
        toy.fails = "b.two.seed-2";
        QVERIFY_THROWS_EXCEPTION(UserError, run(toy, path));
        QVERIFY(toy.ran.size() >= 3);
        const auto first = toy.ran;
        toy.fails.clear();
        toy.ran.clear();
        QVERIFY(run(toy, path));
        for (const std::string& id : toy.ran) QVERIFY2(std::find(first.begin(), first.end(), id) == first.end(), id.c_str());
        QCOMPARE(first.size() + toy.ran.size(), std::size_t{8});
        const auto cells = read_cells(toy, StudySetting::full, path);
        QCOMPARE(cells.size(), std::size_t{8});
        QCOMPARE(cells[1].result.measure("score"), .301);
        QCOMPARE(cells[1].result.curves.at("score").back().second, .301);
        QVERIFY(std::isnan(cells[1].result.measure("nothing")));
    }

    void partsHoldWholePairsAndTogetherEverything() {
        QTemporaryDir dir;
        const std::filesystem::path path = dir.path().toStdString();
        Toy toy;
        QVERIFY(run(toy, path, 1, 2));
        std::set<std::string> first(toy.ran.begin(), toy.ran.end());
        QCOMPARE(first.size(), std::size_t{4});
        for (const std::string& id : first) QVERIFY(first.contains((id[0] == 'a' ? "b" : "a") + id.substr(1)));
        toy.ran.clear();
        QVERIFY(run(toy, path, 2, 2));
        QCOMPARE(toy.ran.size(), std::size_t{4});
        QCOMPARE(read_cells(toy, StudySetting::full, path).size(), std::size_t{8});
    }

    void damagedAndOldCellsAreMadeAgain() {
        QTemporaryDir dir;
        const std::filesystem::path path = dir.path().toStdString();
        Toy toy;
        QVERIFY(run(toy, path));
        save_text_file(path / "a.one.seed-1.json", "{\"study\": ");
        QCOMPARE(read_cells(toy, StudySetting::full, path).size(), std::size_t{7});
        toy.ran.clear();
        QVERIFY(run(toy, path));
        QCOMPARE(toy.ran, (std::vector<std::string>{"a.one.seed-1"}));
        toy.number = "2";
        QCOMPARE(read_cells(toy, StudySetting::full, path).size(), std::size_t{0});
    }

    void packedCellsCountAsStored() {
        QTemporaryDir dir;
        const std::filesystem::path path = dir.path().toStdString(), pack = path / "evidence" / "toy.jsonl";
        std::filesystem::create_directories(path / "evidence");
        Toy toy;
        QVERIFY(run(toy, path / "first"));
        auto cells = read_cells(toy, StudySetting::full, path / "first");
        cells.erase(cells.begin() + 2);  // Arm a under seed 2.
        pack_cells(toy, cells, pack);
        const auto back = read_cells(toy, StudySetting::full, pack);
        QCOMPARE(back.size(), std::size_t{7});
        for (std::size_t i = 0; i < back.size(); ++i) {
            QCOMPARE(back[i].cell.id(), cells[i].cell.id());
            QVERIFY(std::abs(back[i].result.measure("score") - cells[i].result.measure("score")) < 1e-7);
            QCOMPARE(back[i].result.curves.at("score").size(), std::size_t{2});
            QCOMPARE(back[i].result.tokens, cells[i].result.tokens);
        }
        toy.ran.clear();
        QVERIFY(run(toy, path / "second", 1, 1, 1, pack));
        QCOMPARE(toy.ran, (std::vector<std::string>{"a.two.seed-2"}));
        QCOMPARE(read_cells(toy, StudySetting::full, path / "second").size(), std::size_t{1});
        QCOMPARE(read_cells(toy, StudySetting::full, path / "second", pack).size(), std::size_t{8});
        // A damaged line costs its own cell alone; cells of another revision do not count.
        std::string text = load_text_file(pack);
        text.replace(0, text.find('\n'), "{\"study\": \"toy\"");
        save_text_file(pack, text);
        QCOMPARE(read_cells(toy, StudySetting::full, pack).size(), std::size_t{6});
        toy.number = "2";
        QCOMPARE(read_cells(toy, StudySetting::full, pack).size(), std::size_t{0});
    }

    void stoppingKeepsWhatIsDone() {
        QTemporaryDir dir;
        const std::filesystem::path path = dir.path().toStdString();
        Toy toy;
        std::stop_source stop;
        const bool all = run_study(toy, {StudySetting::full, path, {}, 1, 1, 1, "cpu"}, [&](const StudyProgress& p) {
            if (p.done == 2) stop.request_stop();
        }, stop.get_token());
        QVERIFY(!all);
        QCOMPARE(read_cells(toy, StudySetting::full, path).size(), std::size_t{2});
        const auto line = study_line(toy, StudySetting::full, read_cells(toy, StudySetting::full, path));
        QCOMPARE(line.at("partial").get<bool>(), true);
    }

    void aRowSaysNoMoreThanItsSeeds() {
        QTemporaryDir dir;
        const std::filesystem::path path = dir.path().toStdString();
        Toy toy;
        QVERIFY(run(toy, path));
        const auto cells = read_cells(toy, StudySetting::full, path);
        const auto line = study_line(toy, StudySetting::full, cells);
        QCOMPARE(line.at("cells_done").get<int>(), 8);
        QVERIFY(std::abs(line.at("rows")[1].at("difference").get<double>() - .1025) < 1e-9);
        QVERIFY(!line.at("rows")[0].contains("difference"));
        QVERIFY2(line.at("sentence").get<std::string>().find("[.099, .106]") != std::string::npos, line.at("sentence").get<std::string>().c_str());
        const std::vector<StoredCell> one(cells.begin(), cells.begin() + 2);
        QVERIFY(toy.report(StudySetting::quick, one).sentence.find("no interval, no claim") != std::string::npos);
        QVERIFY(study_markdown(toy, StudySetting::full, cells).find("It is a toy.") != std::string::npos);
        // The row above several sections leads to this one's heading, and says if cells are missing.
        QVERIFY(study_markdown(toy, StudySetting::full, cells).starts_with("## " + toy.title() + "\n"));
        QVERIFY(study_row(toy, StudySetting::full, cells).find("](#does-b-beat-a) | " + toy.report(StudySetting::full, cells).verdict + " | ") != std::string::npos);
        QVERIFY(study_row(toy, StudySetting::full, one).find(" (partial) | ") != std::string::npos);
        // The band of the plot holds its mean.
        for (const StudyPlot& plot : toy.report(StudySetting::full, cells).plots)
            for (const auto& series : plot.series)
                for (const PlotPoint& p : series.points) QVERIFY(p.lo <= p.y + 1e-12 && p.y <= p.hi + 1e-12);
    }

    void everyStudyIsInOrder() {
        for (const auto& study : studies()) {
            std::set<std::string> quick_arms, ids;
            double minutes = 0;
            for (const StudyCell& cell : study->cells(StudySetting::quick)) quick_arms.insert(cell.arm);
            for (const StudyCell& cell : study->cells(StudySetting::full)) {
                QVERIFY2(ids.insert(cell.id()).second, cell.id().c_str());
                QVERIFY(cell.seed < 100);
                minutes += cell.minutes;
            }
            for (const StudyCell& cell : study->cells(StudySetting::tune)) QVERIFY(cell.seed >= 100);
            QVERIFY(quick_arms.size() <= 3 && !quick_arms.empty());
            QVERIFY2(minutes <= 4 * 60 * 2, "at most four hours on two cores");
            // Nothing stored: a report all the same, and no verdict.
            const StudyReport empty = study->report(StudySetting::full, {});
            QCOMPARE(empty.verdict, std::string("not testable"));
            QVERIFY(!study->claim().empty() && !study->design().empty() && !empty.against.empty());
            QCOMPARE(&find_study(study->name()), study.get());
        }
        QVERIFY_THROWS_EXCEPTION(UserError, find_study("wishes"));
    }

    void progressCanBeWatchedFromOutside() {
        QTemporaryDir dir;
        const std::filesystem::path path = std::filesystem::path(dir.path().toStdString()) / "cells";
        QVERIFY(!read_progress(path));
        {
            ProgressFile file(path);
            file.write({3, 8, .4, 90, 61000, "a.one.seed-3"});
            const auto seen = read_progress(path);
            QVERIFY(seen && seen->done == 3 && seen->cells == 8 && seen->seconds_left == 90 && seen->current == "a.one.seed-3");
            save_text_file(path / "progress.json", "{");
            QVERIFY(!read_progress(path));
        }
        QVERIFY(!std::filesystem::exists(path / "progress.json"));
    }

    /// Parts of a study may run beside each other: whoever writes last is seen, and nobody fails.
    void twoProcessesMayTellTheirProgress() {
        QTemporaryDir dir;
        const std::filesystem::path file = std::filesystem::path(dir.path().toStdString()) / "progress.json";
        constexpr int times = 200;
        const pid_t child = ::fork();
        const auto write = [&] {
            for (int i = 0; i < times; ++i) save_text_file(file, std::string(1000, 'x') + "\n");
        };
        if (child == 0) {
            try {
                write();
                ::_exit(0);
            } catch (...) {
                ::_exit(1);
            }
        }
        write();
        int status = -1;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QCOMPARE(status, 0);
        QCOMPARE(load_text_file(file).size(), std::size_t{1001});
        QCOMPARE(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), std::ptrdiff_t{1});
    }

    /// Four problems of six traces: the surest are right, the many are wrong; one result token says so, the other tokens do not.
    void votesFollowTheScores() {
        VoteTraces all;
        for (int i = 0; i < 4; ++i) {
            Problem problem;
            problem.answer = "n1";
            all.problems.push_back(problem);
            all.traces.emplace_back();
            all.top_five.emplace_back();
            for (int k = 0; k < 6; ++k) {
                const bool right = k < 2;
                TraceConfidence t;
                t.confidence = {right ? -2.f : -.1f, right ? -.1f : -2.f};
                t.counts = {0, 1};
                t.steps = {{0, 2}};
                t.answer = right ? "n1" : "n2";
                t.correct = right;
                all.traces.back().push_back(t);
                all.top_five.back().push_back({1, right ? 9.f : 1.f});
            }
        }
        QCOMPARE(all.majority(), 0.);
        CellResult out;
        measure_votes(all, 1, out);
        QCOMPARE(out.measure("majority"), 0.);
        QVERIFY(std::abs(out.measure("correct") - 2. / 6) < 1e-12);
        QCOMPARE(out.measure("vote 10%/min-step, results"), 1.);
        QCOMPARE(out.measure("vote 10%/mean, results, top five"), 1.);
        QCOMPARE(out.measure("auroc within/mean, results"), 1.);
        QCOMPARE(out.measure("auroc within/mean, all tokens"), .5);  // The sum is the same for all.
        QCOMPARE(out.lists.at("vote/mean, results").size(), std::size_t{4});
        QCOMPARE(out.curves.at("online").size(), std::size_t{9});
        QVERIFY(out.measure("online saved") >= 0 && out.measure("online minus majority") >= 0);
    }
};

QTEST_GUILESS_MAIN(TestStudies)
#include "test_studies.moc"
