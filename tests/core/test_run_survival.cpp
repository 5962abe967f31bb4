// SPDX-License-Identifier: GPL-3.0-or-later
// What a run store survives: being killed, a full disk, a folder without rights, damage, a second process. Each with a clear message.
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QProcess>
#include <QTest>
#include <iostream>
#include <iterator>
#include <set>
#include <thread>

#include "core/store_bench.h"
#include "store/database.h"

using namespace foothold;
using namespace foothold::stores;

namespace {

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

class TestRunSurvival : public QObject {
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
};

int main(int argc, char** argv) {
    if (argc == 4 && std::string(argv[1]) == "--child") return child(argv[2], argv[3]);
    QCoreApplication app(argc, argv);
    TestRunSurvival test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_run_survival.moc"
