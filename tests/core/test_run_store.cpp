// SPDX-License-Identifier: GPL-3.0-or-later
// The run store: what is written is read back bit for bit, live, by others and after going back.
#include <QTest>
#include <iterator>
#include <set>
#include <thread>

#include "core/store_bench.h"
#include "store/database.h"

using namespace foothold;
using namespace foothold::stores;

class TestRunStore : public QObject {
    Q_OBJECT

    std::unique_ptr<Folder> folder_;
    fs::path root_;

    static std::unique_ptr<RunWriter> make(const fs::path& dir) { return Folder::make(dir); }
    fs::path finished(const char* name, std::int64_t steps) { return folder_->finished(name, steps); }

   private Q_SLOTS:
    void init() {
        folder_ = std::make_unique<Folder>();
        root_ = folder_->root();
    }
    void cleanup() { folder_.reset(); }

    void roundTrip() {
        const fs::path dir = root_ / "new" / "run";
        const RunInfo info = samples::info();
        std::vector<StepRecord> records = {samples::step(0), samples::step(1), samples::step(2)};
        for (Attempt& a : records[0].attempts) a.origin = Origin::eval;
        records[0].summary.groups.clear();
        records[1].summary.applied = {{1, "guidance.ratio", 0.1 + 0.2},
                                      {1, "sampling.attempts", std::int64_t{16}},
                                      {0, "guidance.policy", std::string("tier-target \"é\"")}};
        records[2].summary.applied = {
            {2, "corruption.tiers", std::vector<std::string>{"*:10", ""}},
            {2, "corruption.tiers", std::vector<std::string>{}},
            {2, "optimizer.betas", std::vector<double>{1, 0.95}},
            {2, "guidance.ratios", std::map<std::string, double>{{"*:10", 1}, {"+:4", 1.0 / 3}}}};
        records[2].summary.hash = 0xfedcba9876543210ull;
        records[2].summary.metrics.emplace_back("infinite", std::numeric_limits<double>::infinity());
        std::vector<Attempt> probes = {samples::attempt(1, 2, 0, 9)};
        probes[0].origin = Origin::probe;
        const std::string toml = samples::experiment("ghpo");
        {
            auto writer = RunWriter::create(dir, toml, info);
            QVERIFY(writer->seconds_since_commit() < 0);
            for (const auto& record : records) writer->append(record);
            writer->append_attempts(probes);
            writer->set_note("a note", "first");
            writer->set_note("a note", "sécond");
            writer->flush();
            QVERIFY(writer->seconds_since_commit() >= 0);
        }
        auto reader = RunReader::open(dir);
        QCOMPARE(reader->experiment_toml(), toml);
        QCOMPARE(reader->last_step(), 2);
        QCOMPARE(reader->note("a note"), std::string("sécond"));
        QCOMPARE(reader->note("none"), std::string());
        const RunInfo& back = reader->info();
        QCOMPARE(back.name, info.name);
        QCOMPARE(back.created, info.created);
        QCOMPARE(back.version, info.version);
        QCOMPARE(back.device, info.device);
        QCOMPARE(back.host, info.host);
        QCOMPARE(back.parent, info.parent);
        QCOMPARE(back.parent_step, info.parent_step);
        QCOMPARE(back.planned_steps, info.planned_steps);
        QVERIFY(back.vocabulary == info.vocabulary);
        QCOMPARE(back.pool_size, info.pool_size);
        QCOMPARE(back.problems.size(), info.problems.size());
        for (std::size_t i = 0; i < info.problems.size(); ++i) {
            const Problem &a = info.problems[i], &b = back.problems[i];
            QVERIFY(a.id == b.id && a.family == b.family && a.tier == b.tier && a.prompt == b.prompt &&
                    a.answer == b.answer && a.steps == b.steps);
        }
        const auto steps = reader->summaries();
        QCOMPARE(steps.size(), records.size());
        for (std::size_t s = 0; s < steps.size(); ++s)
            QCOMPARE(difference(records[s].summary, steps[s]), std::string());
        QCOMPARE(reader->summaries(1, 1).size(), std::size_t{1});
        QCOMPARE(reader->summaries(1, 1)[0].groups.size(), records[1].summary.groups.size());
        QCOMPARE(reader->summaries(3).size(), std::size_t{0});
        std::vector<Intervention> changes = records[1].summary.applied;
        changes.insert(changes.end(), records[2].summary.applied.begin(), records[2].summary.applied.end());
        QVERIFY(reader->interventions() == changes);

        records[1].attempts.push_back(probes[0]);  // Stored with its step, after the attempts of training.
        std::set<std::int64_t> ids;
        for (const auto& record : records) {
            const auto attempts = reader->attempts(of_step(record.summary.step));
            QCOMPARE(attempts.size(), record.attempts.size());
            for (std::size_t i = 0; i < attempts.size(); ++i) {
                QCOMPARE(difference(record.attempts[i], attempts[i]), std::string());
                QVERIFY(attempts[i].id > 0 && ids.insert(attempts[i].id).second);
            }
        }
    }

    void queries() {
        const fs::path dir = finished("run", 4);
        auto reader = RunReader::open(dir);
        AttemptQuery query;
        QCOMPARE(reader->attempts(query).size(), 4 * samples::step(0).attempts.size());
        query.problem = 1;  // Two rounds of four attempts a step.
        query.tokens = false;
        const auto of_problem = reader->attempts(query);
        QCOMPARE(of_problem.size(), std::size_t{4 * 8});
        for (std::size_t i = 0; i < of_problem.size(); ++i) {
            const auto expected = samples::attempt(static_cast<std::int64_t>(i) / 8, 1, static_cast<int>(i / 4 % 2),
                                                   static_cast<int>(i % 4));
            QCOMPARE(difference(expected, of_problem[i], false), std::string());
        }
        query.limit = 5;
        QCOMPARE(reader->attempts(query).size(), std::size_t{5});
        query.newest = true;
        const auto newest = reader->attempts(query);
        QCOMPARE(newest.size(), std::size_t{5});
        for (std::size_t i = 0; i < newest.size(); ++i) QCOMPARE(difference(of_problem[of_problem.size() - 1 - i], newest[i], false), std::string());
        query.newest = false;
        query.limit = 0;
        query.step = 2;
        QCOMPARE(reader->attempts(query).size(), std::size_t{8});
        query.occurrence = 0;  // The second problem is at its visit 1 in these samples.
        QCOMPARE(reader->attempts(query).size(), std::size_t{0});
        query.occurrence = 1;
        query.origin = Origin::train;
        QCOMPARE(reader->attempts(query).size(), std::size_t{8});
        query.origin = Origin::probe;
        QCOMPARE(reader->attempts(query).size(), std::size_t{0});
    }

    /// A run of the version before variants: read as it is, and given the table when it is written again.
    void anOlderRunIsReadAndUpgraded() {
        const fs::path dir = finished("older", 3);
        Database(dir / "run.sqlite", Database::Mode::write).execute("DROP TABLE variant; PRAGMA user_version = 1");
        QVERIFY(RunReader::open(dir)->variants().empty());
        QCOMPARE(RunReader::open(dir)->last_step(), std::int64_t{2});
        {
            const auto writer = RunWriter::open(dir);
            writer->put_variant({5, 1, 0, "by hand", "", 0, 0, {"a", "b"}});
            writer->flush();
        }
        QCOMPARE(RunReader::open(dir)->variants().size(), std::size_t{1});
        QCOMPARE(RunReader::open(dir)->variants()[0].steps, (std::vector<std::string>{"a", "b"}));
    }

    /// What people with sqlite3 see: names and texts in one view, each text stored once.
    void othersCanRead() {
        const fs::path dir = finished("run", 20);
        Database database(dir / "run.sqlite", Database::Mode::read);
        QCOMPARE(database.integer("PRAGMA user_version"), 2);
        // Three prompts; three contexts without a hint and one with; one hint.
        QCOMPARE(database.integer("SELECT count(*) FROM text"), 3 + 3 + 1 + 1);
        QCOMPARE(database.text("SELECT prompt FROM rollout WHERE step = 3 AND problem = 'chain/*:10/1' LIMIT 1"),
                 std::string("prompt of 1"));
        QCOMPARE(database.text("SELECT group_concat(DISTINCT verdict) FROM rollout"),
                 std::string("correct,wrong,unparseable"));
        QCOMPARE(database.integer("SELECT count(*) FROM rollout WHERE sound = 1 AND origin = 'train' AND gold = '1'"),
                 database.integer("SELECT count(*) FROM attempt WHERE soundness = 2 AND problem = 0"));
        QCOMPARE(database.integer("SELECT count(*) FROM step_metric WHERE name = 'reward'"), 20);
        QCOMPARE(database.integer("SELECT count(*) FROM group_step WHERE correct_before IS NULL"), 20);
    }

    void aRunWithoutSteps() {
        const fs::path dir = finished("run", 0);
        auto reader = RunReader::open(dir);
        QCOMPARE(reader->last_step(), -1);
        QVERIFY(reader->summaries().empty() && reader->attempts({}).empty() && reader->checkpoints().empty());
        QVERIFY(fs::is_directory(dir / "checkpoints"));
    }

    void goingOnWithARun() {
        const fs::path dir = finished("run", 3);
        {
            auto writer = RunWriter::open(dir);
            for (std::int64_t s = 3; s < 6; ++s) writer->append(samples::step(s));
        }  // Closing writes what is queued.
        QCOMPARE(whole_steps(dir), 6);
        Database database(dir / "run.sqlite", Database::Mode::read);
        QCOMPARE(database.integer("SELECT count(*) FROM text"), 8);  // Known texts are found again.
    }

    void readWhileWriting() {
        const fs::path dir = root_ / "run";
        auto writer = make(dir);
        constexpr std::int64_t last = 150;
        std::string wrong;
        std::thread looking([&] {
            auto reader = RunReader::open(dir);
            for (std::int64_t seen = -1; seen < last && wrong.empty();) {
                const auto now = reader->last_step();
                if (now < seen) wrong = "steps vanish";
                seen = now;
                const auto steps = reader->summaries();
                if (static_cast<std::int64_t>(steps.size()) < seen + 1) wrong = "a committed step is missing";
                if (steps.empty()) continue;
                const StepRecord expected = samples::step(steps.back().step);
                if (const auto field = difference(expected.summary, steps.back()); !field.empty())
                    wrong = "half a step: " + field;
                const auto attempts = reader->attempts(of_step(steps.back().step));
                if (attempts.size() != expected.attempts.size()) wrong = "half a step";
                for (std::size_t i = 0; i < attempts.size() && wrong.empty(); ++i)
                    wrong = difference(expected.attempts[i], attempts[i]);
            }
        });
        for (std::int64_t s = 0; s <= last; ++s) writer->append(samples::step(s));
        writer->flush();
        looking.join();
        QCOMPARE(wrong, std::string());
    }

    /// The producer is held up only when the queue is full, not by a busy disk.
    void aBusyDatabaseDoesNotStopTheProducer() {
        const fs::path dir = root_ / "run";
        auto writer = make(dir);
        {
            Database other(dir / "run.sqlite", Database::Mode::write);
            Transaction busy(other);
            for (std::size_t s = 0; s < RunWriter::queue_limit(); ++s)
                writer->append(samples::step(static_cast<std::int64_t>(s)));
            QCOMPARE(RunReader::open(dir)->last_step(), -1);
        }
        writer->flush();
        QCOMPARE(whole_steps(dir), static_cast<std::int64_t>(RunWriter::queue_limit()));
    }

    void usedFolderIsRefused() {
        const fs::path dir = finished("run", 1);
        QVERIFY(has(refusal([&] { make(dir); }), "not empty"));
        QCOMPARE(whole_steps(dir), 1);
        touch(root_ / "file");
        QVERIFY(has(refusal([&] { make(root_ / "file"); }), "is a file"));
        QVERIFY(!refusal([&] { make(root_ / "file" / "below"); }).empty());
    }

    void notARun() {
        fs::create_directory(root_ / "empty");
        fs::create_directory(root_ / "half");
        touch(root_ / "half" / "run.sqlite");
        touch(root_ / "file");
        for (const char* name : {"missing", "empty", "half", "file"}) {
            const auto reading = refusal([&] { RunReader::open(root_ / name); });
            QVERIFY2(has(reading, "not a run directory") && has(reading, name), reading.c_str());
            QVERIFY(has(refusal([&] { RunWriter::open(root_ / name); }), "not a run directory"));
        }
    }

    void foreignAndNewerDatabases() {
        const fs::path dir = finished("newer", 1);
        Database(dir / "run.sqlite", Database::Mode::write).execute("PRAGMA user_version = 99");
        QVERIFY(has(refusal([&] { RunReader::open(dir); }), "newer"));
        QVERIFY(has(refusal([&] { RunWriter::open(dir); }), "newer"));
        const fs::path other = finished("other", 1);
        fs::remove(other / "run.sqlite");
        Database(other / "run.sqlite", Database::Mode::create).execute("CREATE TABLE mine (x)");
        QVERIFY(has(refusal([&] { RunReader::open(other); }), "another program"));
        QVERIFY(list_runs(root_).empty());
    }

    void goingBack() {
        const fs::path dir = root_ / "run";
        auto writer = make(dir);
        for (std::int64_t s = 0; s <= 10; ++s) {
            StepRecord record = samples::step(s);
            if (s % 5 == 0) {
                record.checkpoint = "checkpoints/step-" + std::to_string(s) + ".safetensors";
                touch(dir / record.checkpoint);
            }
            if (s > 4) record.summary.applied = {{s, "guidance.ratio", 0.5}};
            writer->append(record);
            writer->append_attempts({samples::attempt(s, 0, 5, 0)});
        }
        writer->truncate_after(6);
        {
            auto reader = RunReader::open(dir);
            QCOMPARE(reader->last_step(), 6);
            QCOMPARE(reader->summaries().size(), std::size_t{7});
            QCOMPARE(reader->interventions().size(), std::size_t{2});
            QCOMPARE(reader->attempts({}).size(), 7 * (samples::step(0).attempts.size() + 1));
            QCOMPARE(reader->checkpoints().size(), std::size_t{2});
            QVERIFY(!fs::exists(dir / "checkpoints/step-10.safetensors"));
            QVERIFY(fs::exists(dir / "checkpoints/step-5.safetensors"));
        }
        for (std::int64_t s = 7; s <= 9; ++s) writer->append(samples::step(s));
        writer->flush();
        QCOMPARE(RunReader::open(dir)->last_step(), 9);
    }

    void checkpointsThatAreKept_data() {
        QTest::addColumn<QString>("every");
        QTest::addColumn<QList<int>>("kept");
        QTest::newRow("note not set") << QString() << QList<int>{0, 3, 10, 13, 20, 24};
        QTest::newRow("every 10") << QString("10") << QList<int>{0, 10, 20, 24};
        QTest::newRow("never") << QString("0") << QList<int>{0, 24};
    }

    void checkpointsThatAreKept() {
        QFETCH(QString, every);
        QFETCH(QList<int>, kept);
        const fs::path dir = root_ / "run";
        auto writer = make(dir);
        if (!every.isEmpty()) writer->set_note("checkpoint.every", every.toStdString());
        for (std::int64_t s = 0; s <= 24; ++s) {
            StepRecord record = samples::step(s, 1, 1);
            if (s == 0 || s == 3 || s == 10 || s == 13 || s == 20) {
                record.checkpoint = "checkpoints/step-" + std::to_string(s) + ".safetensors";
                touch(dir / record.checkpoint);
            }
            writer->append(record);
        }
        touch(dir / "checkpoints/step-24.safetensors");
        writer->add_checkpoint(24, "step-24.safetensors");  // The name alone will do.
        writer->flush();
        QList<int> named, files;
        for (const auto& [step, path] : RunReader::open(dir)->checkpoints()) {
            named.append(static_cast<int>(step));
            QCOMPARE(path, dir / ("checkpoints/step-" + std::to_string(step) + ".safetensors"));
        }
        for (int s = 0; s <= 24; ++s)
            if (fs::exists(dir / ("checkpoints/step-" + std::to_string(s) + ".safetensors"))) files.append(s);
        QCOMPARE(named, kept);
        QCOMPARE(files, kept);
        fs::remove(dir / "checkpoints/step-24.safetensors");  // A file that is gone is not offered.
        QVERIFY(!RunReader::open(dir)->checkpoints().contains(24));
    }

    /// A name from a foreign database leads nowhere outside the run directory.
    void checkpointsStayInside() {
        const fs::path dir = root_ / "run";
        touch(root_ / "outside");
        auto writer = make(dir);
        const std::string names[] = {"../outside", "checkpoints/../../outside", (root_ / "outside").string(),
                                     "experiment.toml", "checkpoints/.."};
        std::int64_t s = 0;
        for (const std::string& name : names) {
            StepRecord record = samples::step(s++, 1, 1);
            record.checkpoint = name;
            writer->append(record);
        }
        writer->flush();
        QVERIFY(RunReader::open(dir)->checkpoints().empty());
        writer->truncate_after(-1);
        QVERIFY(fs::exists(root_ / "outside") && fs::exists(dir / "experiment.toml"));
    }

    void listOfRuns() {
        for (int i = 0; i < 3; ++i) {
            RunInfo info = samples::info();
            info.name = "run " + std::to_string(i);
            info.created = "2026-01-0" + std::to_string(i + 1) + "T00:00:00Z";
            info.planned_steps = 100 + i;
            auto writer = RunWriter::create(root_ / ("r" + std::to_string(i)),
                                            samples::experiment(i == 1 ? "grpo" : "ghpo"), info);
            for (std::int64_t s = 0; s <= i; ++s) writer->append(samples::step(s, 1, 1));
            if (i == 2) {
                writer->set_note("name", "renamed");
                writer->set_note("planned_steps", "300");
            }
        }
        fs::create_directory(root_ / "not a run");
        touch(root_ / "not a run" / "run.sqlite", "nothing");
        touch(root_ / "not a run" / "experiment.toml", "nothing");
        touch(root_ / "a file");
        const auto runs = list_runs(root_);
        QCOMPARE(runs.size(), std::size_t{3});
        QCOMPARE(runs[0].name, std::string("renamed"));
        QCOMPARE(runs[0].planned_steps, 300);
        QCOMPARE(runs[0].steps, 2);
        QCOMPARE(runs[1].policy, std::string("grpo"));
        QCOMPARE(runs[2].name, std::string("run 0"));
        QCOMPARE(runs[2].policy, std::string("ghpo"));
        QCOMPARE(runs[2].created, std::string("2026-01-01T00:00:00Z"));
        QCOMPARE(runs[2].dir, root_ / "r0");
        QCOMPARE(RunReader::open(root_ / "r2")->info().name, std::string("renamed"));
        QVERIFY(list_runs(root_ / "missing").empty());
    }
};

QTEST_GUILESS_MAIN(TestRunStore)
#include "test_run_store.moc"
