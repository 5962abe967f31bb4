// SPDX-License-Identifier: GPL-3.0-or-later
// The run store: what is written is read back bit for bit, live, after a crash, and with a clear message where it
// cannot be.
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <bit>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <set>
#include <thread>

#include "core/store_samples.h"
#include "record/error.h"
#include "store/database.h"
#include "store/run_store.h"

using namespace foothold;
namespace fs = std::filesystem;

namespace {

std::string refusal(const std::function<void()>& call) {
    try {
        call();
    } catch (const UserError& error) {
        return error.what();
    }
    return {};
}

void touch(const fs::path& path, const std::string& text = "weights") { std::ofstream(path) << text; }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

/// The name of the first field that differs; empty if none does.
std::string difference(const Attempt& a, const Attempt& b, bool tokens = true) {
    if (a.step != b.step) return "step";
    if (a.problem != b.problem) return "problem";
    if (a.occurrence != b.occurrence) return "occurrence";
    if (a.round != b.round) return "round";
    if (a.attempt != b.attempt) return "attempt";
    if (a.origin != b.origin) return "origin";
    if (a.variant != b.variant) return "variant";
    if (a.hint_ratio != b.hint_ratio) return "hint_ratio";
    if (a.prompt != b.prompt) return "prompt";
    if (a.hint != b.hint) return "hint";
    if (a.sampled_under != b.sampled_under) return "sampled_under";
    if (a.trained_under != b.trained_under) return "trained_under";
    if (a.completion != b.completion) return "completion";
    if (a.trained != b.trained) return "trained";
    if (!same_bits(a.reward, b.reward)) return "reward";
    if (!same_bits(a.advantage, b.advantage)) return "advantage";
    if (a.verdict != b.verdict) return "verdict";
    if (a.soundness != b.soundness) return "soundness";
    if (a.first_wrong_step != b.first_wrong_step) return "first_wrong_step";
    if (a.skipping != b.skipping) return "skipping";
    if (a.ended != b.ended) return "ended";
    if (a.extracted != b.extracted) return "extracted";
    if (!tokens) return b.tokens.empty() && b.logprobs.empty() ? "" : "tokens read";
    if (!same_bits(a.tokens, b.tokens)) return "tokens";
    if (!same_bits(a.logprobs, b.logprobs)) return "logprobs";
    if (!same_bits(a.entropies, b.entropies)) return "entropies";
    if (!same_bits(a.confidence, b.confidence)) return "confidence";
    return {};
}

std::string difference(const StepSummary& a, const StepSummary& b) {
    if (a.step != b.step) return "step";
    if (a.hash != b.hash) return "hash";
    if (a.groups != b.groups) return "groups";
    if (a.applied != b.applied) return "applied";
    if (a.metrics.size() != b.metrics.size()) return "metrics";
    for (std::size_t i = 0; i < a.metrics.size(); ++i)
        if (a.metrics[i].first != b.metrics[i].first || !same_bits(a.metrics[i].second, b.metrics[i].second))
            return a.metrics[i].first;
    return {};
}

AttemptQuery of_step(std::int64_t step) {
    AttemptQuery query;
    query.step = step;
    return query;
}

/// Steps 0, 1, ... without a gap, each with all its attempts; the number of steps, or -1 if one is not whole.
std::int64_t whole_steps(const fs::path& dir) {
    auto reader = RunReader::open(dir);
    const auto steps = reader->summaries();
    for (std::size_t s = 0; s < steps.size(); ++s) {
        const StepRecord expected = samples::step(static_cast<std::int64_t>(s));
        if (!difference(expected.summary, steps[s]).empty()) return -1;
        if (reader->attempts(of_step(expected.summary.step)).size() != expected.attempts.size()) return -1;
    }
    return static_cast<std::int64_t>(steps.size());
}

// ---- What the program does as a child of itself, for what only another process can show. Exit code 2: a UserError, 3:
// a RunError. ----

int write_for_ever(const fs::path& dir) {
    auto writer = RunWriter::create(dir, samples::experiment("ghpo"), samples::info());
    for (std::int64_t s = 0;; ++s) writer->append(samples::step(s));
}

int take_lock(const fs::path& dir) {
    const RunLock lock(dir);
    std::cout << "held" << std::endl;
    std::string line;
    std::getline(std::cin, line);  // Until told, or killed.
    return 0;
}

/// No file of this process may grow beyond `bytes` from here on.
void limit_files(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
}

/// Writes until it fails, then looks whether every further call says so.
int write_until_full(const fs::path& dir, rlim_t limit) {
    auto writer = RunWriter::create(dir, samples::experiment("ghpo"), samples::info());
    if (limit > 0) limit_files(limit);
    std::string said;
    try {
        for (std::int64_t s = 0; s < 100'000; ++s) writer->append(samples::step(s));
    } catch (const RunError& error) {
        said = error.what();
    }
    for (const std::function<void()>& call : std::vector<std::function<void()>>{
             [&] { writer->flush(); }, [&] { writer->append({}); }, [&] { writer->append_attempts({}); },
             [&] { writer->set_note("a", "b"); }, [&] { writer->truncate_after(0); }}) {
        try {
            call();
            return 1;
        } catch (const RunError& error) {
            if (error.what() != said) return 1;
        }
    }
    std::cerr << said;
    return 3;
}

int create_in_no_space(const fs::path& dir) {
    limit_files(8192);
    RunWriter::create(dir, samples::experiment("ghpo"), samples::info());
    return 0;
}

/// As an ordinary user: root may write anywhere.
int drop_rights() {
    if (::geteuid() != 0) return 0;
    return ::setgid(65534) == 0 && ::setuid(65534) == 0 ? 0 : 1;
}

int child(const std::string& task, const fs::path& dir) {
    try {
        if (task == "write") return write_for_ever(dir);
        if (task == "lock") return take_lock(dir);
        if (task == "fill-limit") return write_until_full(dir, 400'000);
        if (task == "fill-disk") return write_until_full(dir, 0);
        if (task == "create-limit") return create_in_no_space(dir);
        if (drop_rights() != 0) return 1;
        if (task == "create-user") RunWriter::create(dir, samples::experiment("ghpo"), samples::info());
        if (task == "open-user") RunWriter::open(dir);
        if (task == "lock-user") const RunLock lock(dir);
        if (task == "read-user") std::cout << RunReader::open(dir)->last_step() << std::endl;
        return 0;
    } catch (const UserError& error) {
        std::cerr << error.what();
        return 2;
    } catch (const RunError& error) {
        std::cerr << error.what();
        return 3;
    }
}

class Child {
public:
    Child(const char* task, const fs::path& dir) {
        process_.start(QCoreApplication::applicationFilePath(),
                       {"--child", task, QString::fromStdString(dir.string())});
        process_.waitForStarted();
    }
    ~Child() { kill(); }
    int finish() {
        process_.waitForFinished(120'000);
        said_ = process_.readAllStandardError().toStdString();
        return process_.exitStatus() == QProcess::NormalExit ? process_.exitCode() : -1;
    }
    const std::string& said() const { return said_; }
    std::string line() {
        while (!process_.canReadLine() && process_.waitForReadyRead(60'000)) {
        }
        return process_.readLine().trimmed().toStdString();
    }
    void answer() { process_.write("go\n"); }
    bool running() const { return process_.state() == QProcess::Running; }
    std::string pid() const { return std::to_string(process_.processId()); }
    void kill() {
        process_.kill();
        process_.waitForFinished();
    }

private:
    QProcess process_;
    std::string said_;
};

}  // namespace

class TestRunStore : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> folder_;
    fs::path root_;

    std::unique_ptr<RunWriter> make(const fs::path& dir) {
        return RunWriter::create(dir, samples::experiment("ghpo"), samples::info());
    }
    fs::path finished(const char* name, std::int64_t steps) {
        auto writer = make(root_ / name);
        for (std::int64_t s = 0; s < steps; ++s) writer->append(samples::step(s));
        writer->flush();
        return root_ / name;
    }

private slots:
    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        root_ = folder_->path().toStdString();
        fs::permissions(root_, fs::perms(0755));
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

    void killed_data() {
        QTest::addColumn<int>("after");
        for (int after : {0, 1, 7, 40, 90}) QTest::addRow("after step %d", after) << after;
    }
    void killed() {
        QFETCH(int, after);
        const fs::path dir = root_ / "run";
        Child writing("write", dir);
        std::int64_t seen = -1;
        while (seen < after && writing.running()) {
            std::this_thread::yield();
            if (!fs::exists(dir / "run.sqlite")) continue;
            seen = RunReader::open(dir)->last_step();
        }
        QVERIFY(writing.running());
        writing.kill();
        const auto left = whole_steps(dir);
        QVERIFY2(left > seen, std::to_string(left).c_str());
        {
            auto writer = RunWriter::open(dir);
            writer->append(samples::step(left));
            writer->flush();
        }
        QCOMPARE(whole_steps(dir), left + 1);
    }

    void oneProcessARun() {
        const fs::path dir = finished("run", 1);
        {
            const RunLock lock(dir);
            Child second("lock", dir);
            QCOMPARE(second.finish(), 2);
            QVERIFY2(has(second.said(), "process " + std::to_string(::getpid())), second.said().c_str());
            QVERIFY(has(refusal([&] { RunLock again(dir); }), dir.string()));
            QCOMPARE(whole_steps(dir), 1);  // Looking needs no lock.
        }
        Child holder("lock", dir);
        QCOMPARE(holder.line(), std::string("held"));
        QVERIFY(has(refusal([&] { RunLock lock(dir); }), "process " + holder.pid()));
        holder.kill();
        RunLock lock(dir);  // Freed, however the holder ended.
        RunLock moved(std::move(lock));
        QVERIFY(!refusal([&] { RunLock again(dir); }).empty());
    }

    void aLockedEmptyFolderCanBecomeARun() {
        fs::create_directory(root_ / "run");
        const RunLock lock(root_ / "run");
        QCOMPARE(whole_steps(finished("run", 2)), 2);
    }

    void fullDisk_data() {
        QTest::addColumn<bool>("disk");
        QTest::newRow("files may not grow") << false;
        QTest::newRow("a small file system") << true;
    }
    void fullDisk() {
        QFETCH(bool, disk);
        const fs::path place = root_ / "place";
        fs::create_directory(place);
        if (disk && ::mount("tmpfs", place.c_str(), "tmpfs", 0, "size=2m") != 0)
            QSKIP("Making a file system needs root; the other row does the same with a limit.");
        const auto unmount = [&] {
            if (disk) ::umount(place.c_str());
        };
        const auto guard = qScopeGuard(unmount);
        const fs::path dir = place / "run";
        touch(place / "ballast", std::string(200'000, 'x'));
        Child filling(disk ? "fill-disk" : "fill-limit", dir);
        QCOMPARE(filling.finish(), 3);
        QVERIFY2(has(filling.said(), "Step ") && has(filling.said(), (dir / "run.sqlite").string()) &&
                     has(filling.said(), "Free some space"),
                 filling.said().c_str());
        fs::remove(place / "ballast");
        const auto left = whole_steps(dir);
        QVERIFY(left > 3);
        {
            auto writer = RunWriter::open(dir);
            writer->append(samples::step(left));
            writer->flush();
        }
        QCOMPARE(whole_steps(dir), left + 1);
    }

    void nothingHalfMadeOnAFullDisk() {
        Child creating("create-limit", root_ / "new" / "run");
        const int code = creating.finish();
        QVERIFY2(code == 3 || code == 2, creating.said().c_str());
        QVERIFY(has(creating.said(), "run"));
        QVERIFY(!fs::exists(root_ / "new"));
        fs::create_directory(root_ / "empty");  // Was there before: stays, empty.
        QVERIFY(Child("create-limit", root_ / "empty").finish() != 0);
        QVERIFY(fs::is_empty(root_ / "empty"));
    }

    void readOnlyFolder() {
        const fs::path dir = finished("run", 3);
        const fs::path empty = root_ / "empty";
        fs::create_directory(empty);
        const auto writable = qScopeGuard([&] { fs::permissions(dir, fs::perms(0755)); });
        for (const fs::path& folder : {dir, empty}) fs::permissions(folder, fs::perms(0555));
        for (const auto& [task, where] :
             std::map<std::string, fs::path>{{"create-user", empty / "run"}, {"open-user", dir}, {"lock-user", dir}}) {
            Child trying(task.c_str(), where);
            QCOMPARE(trying.finish(), 2);
            QVERIFY2(has(trying.said(), where.string()), trying.said().c_str());
        }
        Child in_place("create-user", empty);
        QCOMPARE(in_place.finish(), 2);
        QVERIFY(fs::is_empty(empty));
        Child reading("read-user", dir);  // Looking needs no rights to write.
        QCOMPARE(reading.line(), std::string("2"));
        QCOMPARE(reading.finish(), 0);
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

    void damaged_data() {
        QTest::addColumn<int>("kind");
        QTest::newRow("not a database") << 0;
        QTest::newRow("cut off") << 1;
        QTest::newRow("a page overwritten") << 2;
        QTest::newRow("empty") << 3;
        QTest::newRow("head overwritten") << 4;
    }
    void damaged() {
        QFETCH(int, kind);
        const fs::path dir = finished("run", 30), path = dir / "run.sqlite";
        const auto size = fs::file_size(path);
        const auto overwrite = [&](std::streamoff at, std::size_t count) {
            std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(at) << std::string(count, '\x5a');
        };
        if (kind == 0) touch(path, "this is not a database, but a longer text than any header of one is, really");
        if (kind == 1) fs::resize_file(path, size / 2 / 4096 * 4096);
        if (kind == 2) overwrite(4096, 8192);
        if (kind == 3) fs::resize_file(path, 0);
        if (kind == 4) overwrite(0, 100);
        for (const auto& open : {std::function<void()>([&] { RunReader::open(dir); }),
                                 std::function<void()>([&] { RunWriter::open(dir); })}) {
            const auto said = refusal(open);
            QVERIFY2(has(said, kind == 3 ? "another program" : "damaged") && has(said, dir.string()), said.c_str());
        }
    }

    /// Damage anywhere is refused or read past, never a crash and never another kind of error.
    void damagedAnywhere() {
        const fs::path dir = finished("run", 12), path = dir / "run.sqlite";
        std::ifstream in(path, std::ios::binary);
        const std::string good{std::istreambuf_iterator<char>(in), {}};
        Random random(3);
        int refused = 0;
        for (int i = 0; i < 60; ++i) {
            std::string bad = good;
            for (int k = 0; k < 64; ++k) bad[random.below(bad.size())] = static_cast<char>(random.below(256));
            std::ofstream(path, std::ios::binary | std::ios::trunc) << bad;
            refused += !refusal([&] {
                            auto reader = RunReader::open(dir);
                            reader->summaries();
                            reader->interventions();
                            reader->checkpoints();
                            reader->attempts({});
                        }).empty();
        }
        QVERIFY(refused > 0);
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

int main(int argc, char** argv) {
    if (argc == 4 && std::string(argv[1]) == "--child") return child(argv[2], argv[3]);
    QCoreApplication app(argc, argv);
    TestRunStore test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_run_store.moc"
