// SPDX-License-Identifier: GPL-3.0-or-later
// Whole runs on the real engine and the shipped base: what repeats, what resumes, what is refused.
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>

#include "engine/safetensors.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "session/session.h"
#include "session/stored_run.h"
#include "store/exports.h"
#include "whole_runs.h"

using namespace foothold;
namespace fs = std::filesystem;

class TestSession : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;
    fs::path dir(const char* name) { return fs::path(tmp_.path().toStdString()) / name; }

   private Q_SLOTS:
    void theSameSeedMakesTheSameRecords() {
        for (const char* name : {"a", "b"}) run_to_end(*Session::create(small(), at(dir(name))));
        QCOMPARE(hashes(dir("a")).size(), std::size_t{9});
        QCOMPARE(hashes(dir("a")), hashes(dir("b")));
        run_to_end(*Session::create(small("[optimizer]\nlr = 1e-4\n"), at(dir("c"))));
        QVERIFY(hashes(dir("a")) != hashes(dir("c")));
    }

    void aResumedRunEqualsOneThatWasNotInterrupted() {
        run_to_end(*Session::create(small(), at(dir("whole"))));
        run_to_end(*Session::create(small(), at(dir("parts"), 2)));
        run_to_end(*Session::open(at(dir("parts"), 5)));
        QVERIFY(fs::remove(dir("parts") / "checkpoints/step-5.safetensors"));  // The next resume replays from step 3.
        run_to_end(*Session::open(at(dir("parts"), 8)));
        QCOMPARE(hashes(dir("parts")), hashes(dir("whole")));
    }

    void aClosedRunKeepsACheckpointOfItsLastStep() {
        Experiment rarely = small();
        rarely.checkpoint.every = 1000;
        {
            auto session = Session::create(rarely, at(dir("closed"), 100000));
            session->run();
            until(*session, [&] { return session->progress().step >= 4; });
        }
        const auto stored = RunReader::open(dir("closed"));
        QVERIFY(stored->last_step() >= 4);
        QVERIFY(stored->checkpoints().contains(stored->last_step()));
    }

    /// The clock beside the steps is the person's: held to a pace it goes on. Four steps at 20 a second are three waits at least.
    void theClockGoesOnWhileAPaceHolds() {
        auto session = Session::create(small(), at(dir("paced"), 4));
        session->set_pace(20);
        run_to_end(*session);
        QVERIFY2(session->progress().seconds >= 3 / 20., qPrintable(QString::number(session->progress().seconds)));
    }

    void stoppingDiscardsTheStepInProgress() {
        {
            auto session = Session::create(small(), at(dir("stopped"), 1000));
            session->run();
            until(*session, [&] { return session->progress().step >= 2; });
            session->stop();
            session->finish({});
            const std::int64_t step = session->progress().step;
            QCOMPARE(session->progress().state, TrainerState::finished);
            QCOMPARE(RunReader::open(dir("stopped"))->last_step(), step);
            QVERIFY2(RunReader::open(dir("stopped"))->checkpoints().contains(step), "a stopped run goes on from where it stands");
            session->set_steps(step + 2);
            run_to_end(*session);
            QCOMPARE(RunReader::open(dir("stopped"))->last_step(), step + 2);
        }
        const auto got = hashes(dir("stopped"));
        run_to_end(*Session::create(small(), at(dir("straight"), static_cast<std::int64_t>(got.size()) - 1)));
        QCOMPARE(got, hashes(dir("straight")));
    }

    void aRunWithLiveEditsReplaysFromItsExport() {
        {
            auto session = Session::create(small(), at(dir("edited")));
            const auto one_step = [&](std::int64_t n) {
                session->step();
                until(*session, [&] { return session->progress().step >= n && session->progress().state != TrainerState::running; });
            };
            one_step(1);
            session->intervene("guidance.ratio", 0.5);
            QCOMPARE(session->pending().at(0).step, std::int64_t{2});
            one_step(2);
            QVERIFY(session->pending().empty());
            session->intervene("corruption.operator", std::string("noise"));
            session->intervene("corruption.dose", 0.5);
            one_step(3);
            session->intervene("guidance.policy", std::string("tier-target"));
            session->intervene("guidance.ratio", 0.9);
            session->cancel_pending();
            session->intervene("guidance.policy", std::string("tier-target"));
            one_step(4);
            session->intervene("guidance.ratios.*:6", 0.25);
            run_to_end(*session);
            QCOMPARE(session->experiment().guidance.schedule, std::string("tier-target"));
        }
        const Experiment exported = replayable_experiment(*RunReader::open(dir("edited")));
        QCOMPARE(exported.interventions.size(), std::size_t{5});
        run_to_end(*Session::create(parse_experiment(write_experiment(exported), "t"), at(dir("replayed"))));
        QCOMPARE(hashes(dir("replayed")), hashes(dir("edited")));
        // The edited run also resumes across its edits.
        run_to_end(*Session::open(at(dir("edited"), 9)));
        run_to_end(*Session::open(at(dir("replayed"), 9)));
        QCOMPARE(hashes(dir("replayed")), hashes(dir("edited")));
    }

    void aKilledRunGoesOnWithTheSameRecords() {
        const fs::path bin = qEnvironmentVariable("FOOTHOLD_BIN").toStdString();
        save_text_file(dir("small.toml"), write_experiment(small()));
        QProcess process;
        process.start(QString::fromStdString((bin / "foothold-cli").string()),
                      {"run", QString::fromStdString(dir("small.toml").string()), "--device", "cpu", "--steps", "100000", "--out", QString::fromStdString(dir("killed").string())});
        QVERIFY(process.waitForStarted());
        const auto committed = [&] {
            try {
                return RunReader::open(dir("killed"))->last_step();
            } catch (const UserError&) {
                return std::int64_t{-1};
            }
        };
        QTRY_VERIFY_WITH_TIMEOUT(committed() >= 4, 60000);
        ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
        process.waitForFinished();
        const std::int64_t last = committed();
        run_to_end(*Session::open(at(dir("killed"), last + 3)));
        run_to_end(*Session::create(small(), at(dir("unkilled"), last + 3)));
        QCOMPARE(hashes(dir("killed")), hashes(dir("unkilled")));
    }

    void badRunsAreRefusedBeforeAnythingIsMade() {
        Experiment e = small();
        e.model.path = "nowhere.safetensors";
        QVERIFY_THROWS_EXCEPTION(UserError, Session::create(e, at(dir("none"))));
        e = small("[corruption]\noperator = \"swop\"\n");
        QVERIFY_THROWS_EXCEPTION(UserError, Session::create(e, at(dir("none"))));
        e = small();
        e.problems.modulus = 7;
        QVERIFY_THROWS_EXCEPTION(UserError, Session::create(e, at(dir("none"))));
        QVERIFY(!fs::exists(dir("none")));
        QVERIFY_THROWS_EXCEPTION(UserError, Session::open(at(dir("none"))));
        auto session = Session::create(small(), at(dir("once")));
        QVERIFY_THROWS_EXCEPTION(UserError, Session::create(small(), at(dir("once"))));
        QVERIFY_THROWS_EXCEPTION(UserError, session->intervene("problems.seed", std::int64_t{5}));
        QVERIFY_THROWS_EXCEPTION(UserError, session->intervene("guidance.ratio", 3.0));
        QVERIFY_THROWS_EXCEPTION(UserError, session->intervene("guidance.ratios.+:9", 0.5));
        QVERIFY(session->pending().empty());
    }

    void aTokenLimitEndsTheRun() {
        SessionOptions options = at(dir("tokens"), 100000);
        options.token_limit = 3000;
        auto session = Session::create(small(), options);
        session->run();
        const RunOutcome outcome = session->finish({});
        QVERIFY(outcome.tokens_generated >= 3000);
        const auto history = session->history_since(0);
        QVERIFY(*history[history.size() - 2]->metric("tokens_generated") < 3000);
        QVERIFY(!outcome.heldout.empty());
    }

    void aRunThatFailsSaysWhyAndKeepsWhatIsDone() {
        auto session = Session::create(small(), at(dir("broken")));
        session->step();
        until(*session, [&] { return session->progress().step >= 1 && session->progress().state == TrainerState::paused; });
        fs::remove_all(dir("broken") / "checkpoints");
        session->run();
        QVERIFY_THROWS_EXCEPTION(RunError, session->finish({}));
        QCOMPARE(session->progress().state, TrainerState::failed);
        QVERIFY(session->progress().error.find("checkpoints") != std::string::npos);
        session.reset();
        QCOMPARE(RunReader::open(dir("broken"))->last_step(), std::int64_t{2});  // the checkpoint of step 3 failed
    }
};

QTEST_GUILESS_MAIN(TestSession)
#include "test_session.moc"
