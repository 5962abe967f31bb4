// SPDX-License-Identifier: GPL-3.0-or-later
// Comparisons: the statistics against tables and simulation, plans as files, cells that run, stop and go on, and what is said of them.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <random>

#include "record/error.h"
#include "record/experiment_keys.h"
#include "session/comparison_runs.h"
#include "store/run_store.h"
#include "whole_runs.h"

using namespace foothold;
namespace fs = std::filesystem;

class TestComparison : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;
    fs::path at_(const char* name) const { return fs::path(tmp_.path().toStdString()) / name; }

    ComparisonPlan plan(const char* name, std::int64_t seeds, std::int64_t steps) const {
        ComparisonPlan plan;
        plan.dir = at_(name);
        plan.seeds = seeds;
        plan.steps = steps;
        Experiment grpo = small("[guidance]\npolicy = \"grpo\"\n");
        plan.arms = {{"GRPO", grpo, {}, 0}, {"GHPO", small(), {}, 0}};
        return plan;
    }
    static bool run(const ComparisonPlan& plan, std::vector<std::string>* order = nullptr, int stopAfter = -1) {
        std::stop_source stop;
        int cells = 0;
        return run_comparison(plan, "cpu", [&](CellIndex cell, Session& session, bool done) {
            if (!done && order) order->push_back(plan.arms[cell.arm].name + "/" + std::to_string(session.initial_experiment().seed));
            if (done && ++cells == stopAfter) stop.request_stop();
        }, stop.get_token());
    }
    /// A result made of given last values, one a seed.
    static ComparisonResult made(const std::vector<std::vector<double>>& values) {
        ComparisonResult result;
        for (const auto& arm : values) {
            result.cells.emplace_back();
            for (const double value : arm) {
                Cell cell;
                cell.state = Cell::State::done;
                cell.step = 8;
                cell.tokens = 1000;
                cell.curves = {{"heldout/*:6/accuracy", {{0, 0, 0, 0}, {8, 1000, 1, value}}}};
                result.cells.back().push_back(cell);
            }
        }
        return result;
    }

   private Q_SLOTS:
    /// All steps are stored before the last measurement is: a cell read in between is read again.
    void theLastMeasurementIsWaitedFor() {
        const ComparisonPlan p = plan("waited", 1, 3);
        write_plan(p);
        QVERIFY(run(p));
        const fs::path dir = p.cell_dir(0, 0);
        const std::string outcome = RunReader::open(dir)->note(outcome_note);
        const auto note = [&](const std::string& text) {
            const auto writer = RunWriter::open(dir);
            writer->set_note(outcome_note, text);
            writer->flush();
        };
        note("");
        ComparisonResult result;
        result.refresh(p);
        QVERIFY(result.cells[0][0].state == Cell::State::done && !result.cells[0][0].concluded);
        note("{\"step\":3,\"heldout/*:6/accuracy\":0.71875}");
        result.refresh(p);
        QVERIFY(result.cells[0][0].concluded);
        QCOMPARE(result.cells[0][0].last("heldout/*:6/accuracy"), .71875);
        note(outcome);
    }

    /// Printed in every table of Student's t, two-sided 95%.
    void quantilesOfStudentsT() {
        const std::vector<std::pair<int, double>> table = {{1, 12.7062047}, {2, 4.3026527}, {3, 3.1824463}, {4, 2.7764451}, {5, 2.5705818}, {9, 2.2621572}, {30, 2.0422725}};
        for (const auto& row : table) QVERIFY(std::abs(student_t_quantile(.975, row.first) - row.second) < 1e-6);
        QVERIFY(std::abs(student_t_quantile(.95, 4) - 2.1318468) < 1e-6);
        QVERIFY(std::abs(student_t_quantile(.05, 4) + student_t_quantile(.95, 4)) < 1e-9);
    }
    void intervalCoversAsOftenAsItSays() {
        std::mt19937_64 random(3);
        std::normal_distribution<double> normal(.2, .1);
        int covered = 0;
        for (int i = 0; i < 4000; ++i) {
            std::vector<double> values(5);
            for (double& value : values) value = normal(random);
            const auto interval = *mean_estimate(values).interval;
            covered += interval.first < .2 && .2 < interval.second;
        }
        QVERIFY2(covered > 3740 && covered < 3860, qPrintable(QString::number(covered)));  // .95 of 4000, four standard errors.
    }
    /// Problems are matched by id, over the seeds in which both arms tried them.
    void problemsAreMatchedById() {
        ComparisonResult result = made({{0, 0}, {0, 0}});
        const double none = std::nan("");
        for (std::size_t arm = 0; arm < 2; ++arm)
            for (Cell& cell : result.cells[arm]) {
                cell.problem_ids = arm ? std::vector<std::string>{"c", "a", "b"} : std::vector<std::string>{"a", "b", "c"};
                cell.problem_tiers = {"t", "t", "t"};
                cell.problem_success = arm ? std::vector<double>{none, .8, .1} : std::vector<double>{.3, .2, .5};
            }
        result.cells[1][1].problem_success[2] = .4;
        const auto rows = problem_differences(result, 1, 0);
        QCOMPARE(rows.size(), std::size_t(3));
        QVERIFY(rows[0].id == "a" && rows[0].one_way() && rows[0].higher == 2 && std::abs(rows[0].difference() - .5) < 1e-9);
        QVERIFY(rows[1].id == "b" && !rows[1].one_way() && rows[1].higher == 1 && rows[1].lower == 1 && std::abs(rows[1].difference() - .05) < 1e-9);
        QVERIFY(rows[2].seeds == 0 && !rows[2].one_way());
        result.cells[1][1].state = Cell::State::part;  // Half a run is no result.
        QCOMPARE(problem_differences(result, 1, 0)[0].seeds, 1);
        QVERIFY(!problem_differences(result, 1, 0)[0].one_way());
    }

    void oneValueHasNoInterval() {
        const std::vector<double> one = {.4};
        QVERIFY(!mean_estimate(one).interval);
        QVERIFY(std::isnan(mean_estimate({}).mean));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, paired_differences(one, {}));
    }

    void planIsReadAsItWasWritten() {
        ComparisonPlan written = plan("written", 3, 5);
        written.parent = "/somewhere/run";
        written.parent_step = 4;
        written.arms[1].first_seed = 1001;
        written.arms[1].changes = {{"guidance.ratio", Value(.5)}, {"corruption.operator", Value(std::string("swap"))}};
        write_plan(written);
        const ComparisonPlan read = read_plan(written.dir);
        QCOMPARE(read.seeds, 3);
        QCOMPARE(read.steps, 5);
        QCOMPARE(read.parent_step, 4);
        QCOMPARE(read.arms.size(), std::size_t(2));
        QCOMPARE(read.arms[0].name, std::string("GRPO"));
        QVERIFY(read.arms[1].changes == written.arms[1].changes);
        QCOMPARE(read.seed(0, 2), 3);
        QCOMPARE(read.seed(1, 2), 1003);
        QVERIFY(write_experiment(read.arms[1].experiment) == write_experiment(written.arms[1].experiment));
    }
    void badPlansSayWhatIsWrong() {
        ComparisonPlan twice = plan("twice", 1, 2);
        twice.arms[1].name = "grpo";  // The same folder.
        QVERIFY_THROWS_EXCEPTION(UserError, write_plan(twice));
        fs::create_directories(at_("used"));
        save_text_file(at_("used") / "letter.txt", "mine");
        ComparisonPlan used = plan("used", 1, 2);
        QVERIFY_THROWS_EXCEPTION(UserError, write_plan(used));
        QCOMPARE(load_text_file(at_("used") / "letter.txt"), std::string("mine"));
        fs::create_directories(at_("broken"));
        for (const char* text : {"seeds = [", "seeds = 0\n[[arms]]\nname='a'\nexperiment='a.toml'\n", "seeds = 1\n", "seeds = 1\n[[arms]]\nname = \"a\"\n"}) {
            save_text_file(at_("broken") / "comparison.toml", text);
            QVERIFY_THROWS_EXCEPTION(UserError, read_plan(at_("broken")));
        }
    }
    void whatDiffers() {
        const ComparisonPlan p = plan("differs", 1, 2);
        const auto keys = differing_keys(p.arms[0], p.arms[1]);
        QVERIFY(std::any_of(keys.begin(), keys.end(), [](const KeyDifference& d) { return d.key == "guidance.policy" && d.a == "\"grpo\"" && d.b == "\"ghpo\""; }));
        QVERIFY(differing_keys(p.arms[0], p.arms[0]).empty());
    }

    void seedsAreDonePairByPairAndGoOn() {
        const ComparisonPlan p = plan("runs", 2, 4);
        write_plan(p);
        std::vector<std::string> order;
        QVERIFY(!run(p, &order, 1));  // Stopped once the first cell is done.
        ComparisonResult result;
        result.refresh(p);
        QVERIFY(result.cells[0][0].state == Cell::State::done);
        QVERIFY(result.cells[1][1].state == Cell::State::missing);
        const auto before = hashes(p.cell_dir(0, 0));
        QVERIFY(run(read_plan(p.dir), &order));
        QCOMPARE(order.front(), std::string("GRPO/1"));
        QCOMPARE(order.back(), std::string("GHPO/2"));
        QCOMPARE(std::count(order.begin(), order.end(), std::string("GRPO/1")), std::ptrdiff_t(1));  // What is done is not done again.
        QVERIFY(hashes(p.cell_dir(0, 0)) == before);
        result.refresh(p);
        for (const auto& arm : result.cells)
            for (const Cell& cell : arm) {
                QVERIFY(cell.state == Cell::State::done);
                QCOMPARE(cell.step, 4);
                QCOMPARE(cell.problem_ids.size(), std::size_t(8));
            }
        QVERIFY((result.tiers() == std::vector<std::string>{"+:4", "*:6"}));
        // A cell is the run that `run` makes: same seed, same records.
        Experiment alone = p.arms[1].experiment;
        alone.seed = 2;
        const auto session = Session::create(alone, at(at_("alone"), 4));
        run_to_end(*session);
        QVERIFY(hashes(at_("alone")) == hashes(p.cell_dir(1, 1)));
    }
    /// heldout.every does not fall on the last step: the score that a run ends with is its result all the same.
    void theEndIsMeasured() {
        ComparisonPlan plan;
        plan.dir = at_("uneven");
        plan.seeds = 1;
        plan.steps = 5;
        plan.arms = {{"only", small(), {}, 0}};
        write_plan(plan);
        RunOutcome outcome;
        QVERIFY(run_comparison(plan, "cpu", [&](CellIndex, Session& session, bool done) {
            if (done) outcome = session.finish({});
        }, {}));
        ComparisonResult result;
        result.refresh(plan);
        const auto& points = *result.cells[0][0].curve("heldout/*:6/accuracy");
        QCOMPARE(points.size(), std::size_t(3));  // 0, 4 and the end.
        QCOMPARE(points.back().step, 5);
        for (const auto& entry : outcome.heldout)
            if (entry.first == "heldout/*:6/accuracy") QCOMPARE(points.back().value, entry.second);
        QCOMPARE(points.back().tokens, static_cast<double>(outcome.tokens_generated));
    }

    void forksAreReseededAndTheUnchangedOnesAreTheNoiseFloor() {
        const auto parent = Session::create(small(), at(at_("parent"), 4));
        run_to_end(*parent);
        ComparisonPlan p;
        p.dir = at_("forks");
        p.seeds = 1;
        p.first_seed = 7;
        p.steps = 6;
        p.parent = at_("parent");
        p.parent_step = 4;
        p.arms = {{"unchanged", small(), {}, 0}, {"changed", small(), {{"corruption.operator", Value(std::string("swap"))}}, 0}, {"again", small(), {}, 7}};
        write_plan(p);
        QVERIFY(run(p));
        const auto unchanged = hashes(p.cell_dir(0, 0)), stem = hashes(at_("parent"));
        QVERIFY(std::equal(stem.begin(), stem.end(), unchanged.begin()));  // The same until the fork.
        QCOMPARE(unchanged.size(), std::size_t(7));
        QVERIFY(hashes(p.cell_dir(2, 0)) == unchanged);  // Same seed, nothing changed: the same run.
    }
    /// What was measured before the fork is common to all arms; it must not pass for "no difference".
    void whatWasMeasuredBeforeAForkIsNoResult() {
        ComparisonPlan p = plan("before", 2, 10);
        auto result = made({{.5, .5}, {.5, .5}});
        QCOMPARE(find_difference(p, result, 1, 0, "heldout/*:6/accuracy").difference.n, 2);
        p.parent = "/some/run";
        p.parent_step = 8;
        QCOMPARE(find_difference(p, result, 1, 0, "heldout/*:6/accuracy").verdict, std::string("not testable"));
    }
    void aMeasureFromBeforeTheEndIsNamed() {
        const ComparisonPlan p = plan("early", 2, 10);
        auto result = made({{.5, .4}, {.5, .6}});
        for (auto& arm : result.cells)
            for (Cell& cell : arm) cell.step = 11;
        const auto limits = find_difference(p, result, 1, 0, "heldout/*:6/accuracy").limits;
        QVERIFY(std::any_of(limits.begin(), limits.end(), [](const std::string& limit) { return limit.find("step 8 of 11") != std::string::npos; }));
    }
    void aDamagedCellIsNamed() {
        const ComparisonPlan p = plan("damaged", 1, 2);
        write_plan(p);
        fs::create_directories(p.cell_dir(0, 0));
        save_text_file(p.cell_dir(0, 0) / "run.sqlite", "not a database at all");
        ComparisonResult result;
        QVERIFY_THROWS_EXCEPTION(UserError, result.refresh(p));
    }

    /// The sentence claims no more than the interval allows.
    void whatMayBeSaid_data() {
        QTest::addColumn<QVector<double>>("ours");
        QTest::addColumn<QVector<double>>("theirs");
        QTest::addColumn<QString>("verdict");
        QTest::addColumn<QString>("words");
        QTest::newRow("nothing done") << QVector<double>{} << QVector<double>{} << "not testable" << "nothing to compare yet";
        QTest::newRow("one pair") << QVector<double>{.9} << QVector<double>{.1} << "not testable" << "no interval, no claim";
        QTest::newRow("clear") << QVector<double>{.8, .7, .9} << QVector<double>{.1, .1, .2} << "supported" << "All 3 seeds point the same way";
        QTest::newRow("clear, behind") << QVector<double>{.1, .1, .2} << QVector<double>{.8, .7, .9} << "against" << "was lower than";
        QTest::newRow("wide") << QVector<double>{.8, .1, .5} << QVector<double>{.1, .4, .2} << "no clear difference" << "No clear difference";
        QTest::newRow("the same difference twice") << QVector<double>{.5, .25} << QVector<double>{.75, .5} << "not testable" << "no spread to take an interval from";
        QTest::newRow("the same") << QVector<double>{.5, .5} << QVector<double>{.5, .5} << "no clear difference" << "No clear difference";
    }
    void whatMayBeSaid() {
        QFETCH(QVector<double>, ours);
        QFETCH(QVector<double>, theirs);
        QFETCH(QString, verdict);
        QFETCH(QString, words);
        const ComparisonPlan p = plan("said", std::max<std::int64_t>(1, ours.size()), 8);
        const auto result = made({{theirs.begin(), theirs.end()}, {ours.begin(), ours.end()}});
        const Finding finding = find_difference(p, result, 1, 0, "heldout/*:6/accuracy");
        QCOMPARE(QString::fromStdString(finding.verdict), verdict);
        QVERIFY2(finding.sentence.find(words.toStdString()) != std::string::npos, finding.sentence.c_str());
        QVERIFY(!finding.limits.empty());
    }
};

QTEST_GUILESS_MAIN(TestComparison)
#include "test_comparison.moc"
