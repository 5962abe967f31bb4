// SPDX-License-Identifier: GPL-3.0-or-later
// Forks: the same until the change, on their own afterwards.
#include <QTemporaryDir>
#include <QtTest>

#include "record/error.h"
#include "session/fork.h"
#include "session/stored_run.h"
#include "whole_runs.h"

using namespace foothold;
namespace fs = std::filesystem;

class TestFork : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;
    fs::path dir(const char* name) { return fs::path(tmp_.path().toStdString()) / name; }
    fs::path fork(std::int64_t step, const char* name, std::vector<std::pair<std::string, Value>> changes = {}) {
        return fork_run({dir("parent"), step, std::move(changes), dir(name), "", 0});
    }

   private Q_SLOTS:
    void initTestCase() { run_to_end(*Session::create(small(), at(dir("parent")))); }

    void withoutAChangeItRepeatsItsParent_data() {
        QTest::addColumn<int>("step");
        for (int step : {0, 3, 5, 8}) QTest::addRow("%d", step) << step;
    }
    void withoutAChangeItRepeatsItsParent() {
        QFETCH(int, step);
        const std::string name = "same-" + std::to_string(step);
        const fs::path made = fork(step, name.c_str());
        QCOMPARE(RunReader::open(made)->last_step(), step);
        run_to_end(*Session::open(at(made)));
        QCOMPARE(hashes(made), hashes(dir("parent")));
        const RunInfo info = RunReader::open(made)->info();
        QCOMPARE(info.parent_step, step);
        QCOMPARE(fs::path(info.parent), fs::absolute(dir("parent")));
    }

    void aChangeTellsFromTheNextStepOn() {
        const fs::path made = fork(4, "changed", {{"optimizer.lr", 1e-5}});
        run_to_end(*Session::open(at(made)));
        const auto own = hashes(made), parent = hashes(dir("parent"));
        for (std::size_t step = 0; step <= 4; ++step) QCOMPARE(own[step], parent[step]);
        for (std::size_t step = 5; step <= 8; ++step) QVERIFY(own[step] != parent[step]);
        const auto changes = RunReader::open(made)->interventions();
        QCOMPARE(changes.size(), std::size_t{1});
        QCOMPARE(changes[0].step, std::int64_t{5});
    }

    void whatAForkRepeatsIsKnown() {
        const auto parent = RunReader::open(dir("parent"));
        const auto checkpoints = parent->checkpoints();
        for (std::int64_t step = 0; step <= 8; ++step) {
            const Replay replay = replay_to(*parent, step);
            QVERIFY(replay.checkpoint <= step && checkpoints.contains(replay.checkpoint));
            QVERIFY(std::none_of(checkpoints.begin(), checkpoints.end(), [&](const auto& c) { return c.first > replay.checkpoint && c.first <= step; }));
            double seconds = 0;
            for (const StepSummary& s : parent->summaries(replay.checkpoint + 1, step)) seconds += *s.metric("step_time");
            QCOMPARE(replay.seconds, seconds);
            QCOMPARE(replay.seconds > 0, replay.checkpoint < step);
        }
    }

    void aReseededContinuationDiffers() {
        const fs::path made = fork(4, "reseeded", {{"seed", std::int64_t{99}}});
        run_to_end(*Session::open(at(made)));
        QCOMPARE(hashes(made)[4], hashes(dir("parent"))[4]);
        QVERIFY(hashes(made)[5] != hashes(dir("parent"))[5]);
    }

    void itStandsAlone() {
        run_to_end(*Session::create(small(), at(dir("gone"))));
        const fs::path made = fork_run({dir("gone"), 4, {}, dir("orphan"), "", 0});
        fs::remove_all(dir("gone"));
        run_to_end(*Session::open(at(made)));
        QCOMPARE(hashes(made), hashes(dir("parent")));
        // What it exports repeats it too.
        run_to_end(*Session::create(replayable_experiment(*RunReader::open(made)), at(dir("replayed"))));
        QCOMPARE(hashes(dir("replayed")), hashes(made));
    }

    void whatCannotBeIsRefusedAndLeavesNothing() {
        QVERIFY_THROWS_EXCEPTION(UserError, fork(9, "later"));
        QVERIFY_THROWS_EXCEPTION(UserError, fork(4, "fixed", {{"problems.pool", std::int64_t{16}}}));
        QVERIFY_THROWS_EXCEPTION(UserError, fork(4, "range", {{"guidance.ratio", 2.0}}));
        QVERIFY_THROWS_EXCEPTION(UserError, fork(4, "unfit", {{"guidance.trigger", std::string("always")}}));
        for (const char* name : {"later", "fixed", "range", "unfit"}) QVERIFY(!fs::exists(dir(name)));
        QVERIFY_THROWS_EXCEPTION(UserError, fork(4, "parent"));  // The folder is in use.
        QCOMPARE(RunReader::open(dir("parent"))->last_step(), std::int64_t{8});
    }
};

QTEST_GUILESS_MAIN(TestFork)
#include "test_fork.moc"
