// SPDX-License-Identifier: GPL-3.0-or-later
// The thread that writes a run: a short queue, one transaction a step.
#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "record/error.h"
#include "record/experiment_file.h"
#include "store/database.h"
#include "store/record_rows.h"
#include "store/run_store.h"
#include "store/schema.h"

namespace foothold {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// True where a log shared through memory (WAL) is not safe: network and user-space file systems.
bool is_network(const fs::path& dir) {
    // Numbers of statfs(2): NFS, SMB, CIFS, SMB2, Ceph, Lustre, GPFS, AFS, 9p, FUSE.
    static constexpr std::uint32_t kinds[] = {0x6969,     0x517b,     0xff534d42, 0xfe534d42, 0x00c36400,
                                              0x0bd00bd0, 0x47504653, 0x5346414f, 0x01021997, 0x65735546};
    struct statfs about = {};
    if (::statfs(dir.c_str(), &about) != 0) return false;
    return std::find(std::begin(kinds), std::end(kinds), static_cast<std::uint32_t>(about.f_type)) != std::end(kinds);
}

void set_journal(Database& database, const fs::path& dir) {
    std::string mode;
    try {
        mode = database.text(is_network(dir) ? "PRAGMA journal_mode = DELETE" : "PRAGMA journal_mode = WAL");
    } catch (const SqliteError& error) {
        if (error.damaged() || error.code() == SQLITE_FULL) throw;
    }
    if (mode != "wal" && mode != "delete") database.execute("PRAGMA journal_mode = DELETE");
    database.execute("PRAGMA synchronous = NORMAL");
}

std::string explain(const fs::path& dir, const std::string& what, const SqliteError& error) {
    std::string advice = "Check the disk, then resume the run.";
    if (error.code() == SQLITE_FULL || error.code() == SQLITE_IOERR)
        advice = "Free some space there, then resume the run.";
    if (error.damaged()) advice = "Fork the run at an earlier step, or restore it from a copy.";
    if (error.code() == SQLITE_READONLY || error.code() == SQLITE_CANTOPEN)
        advice = "Make the folder writable again, then resume the run.";
    if (error.code() == SQLITE_BUSY) advice = "Close the other program that uses the file, then resume the run.";
    return fmt::format("{} could not be stored in {}: {}. What was stored before is kept. {}", what,
                       database_path(dir).string(), error.what(), advice);
}

struct Truncation {
    std::int64_t step;
};
struct Note {
    std::string key, value;
};
struct Checkpoint {
    std::int64_t step;
    std::string file;
};
using Job = std::variant<StepRecord, std::vector<Attempt>, Truncation, Note, Checkpoint, Variant>;

struct JobName {
    std::string operator()(const StepRecord& record) const { return fmt::format("Step {}", record.summary.step); }
    std::string operator()(const std::vector<Attempt>& attempts) const {
        return fmt::format("{} attempts", attempts.size());
    }
    std::string operator()(const Truncation& job) const { return fmt::format("Going back to step {}", job.step); }
    std::string operator()(const Note& note) const { return fmt::format("The note {}", note.key); }
    std::string operator()(const Variant& variant) const { return fmt::format("The variant {}", variant.title); }
    std::string operator()(const Checkpoint& job) const { return fmt::format("The checkpoint of step {}", job.step); }
};

struct JobRunner {
    RecordRows& rows;
    void operator()(const StepRecord& record) const { rows.write_step(record); }
    void operator()(const std::vector<Attempt>& attempts) const { rows.write_attempts(attempts); }
    void operator()(const Truncation& job) const { rows.truncate_after(job.step); }
    void operator()(const Note& note) const { rows.write_note(note.key, note.value); }
    void operator()(const Variant& variant) const { rows.write_variant(variant); }
    void operator()(const Checkpoint& job) const { rows.write_checkpoint(job.step, job.file); }
};

class SqliteRunWriter final : public RunWriter {
public:
    SqliteRunWriter(fs::path dir, std::unique_ptr<Database> database)
        : dir_(std::move(dir)), database_(std::move(database)), rows_(*database_, dir_) {
        thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
    }
    ~SqliteRunWriter() override {
        thread_.request_stop();  // The queue is written first.
        thread_.join();
        if (!failure_.empty() && !told_) spdlog::error("{}", failure_);
    }

    void append(StepRecord record) override { queue(std::move(record)); }
    void append_attempts(std::vector<Attempt> attempts) override { queue(std::move(attempts)); }
    void put_variant(Variant variant) override { queue(std::move(variant), false); }
    void set_note(const std::string& key, const std::string& value) override { queue(Note{key, value}, false); }
    void add_checkpoint(std::int64_t step, const std::string& file) override { queue(Checkpoint{step, file}); }
    void truncate_after(std::int64_t step) override {
        queue(Truncation{step});
        flush();
    }

    void flush() override {
        std::unique_lock lock(mutex_);
        done_.wait(lock, [this] { return !failure_.empty() || (jobs_.empty() && !busy_); });
        throw_failure();
    }

    double seconds_since_commit() const override {
        const Clock::rep at = committed_.load();
        return at == 0 ? -1
                       : std::chrono::duration<double>(Clock::now().time_since_epoch() - Clock::duration(at)).count();
    }

private:
    void queue(Job job, bool wait_for_room = true) {
        std::unique_lock lock(mutex_);
        if (wait_for_room) done_.wait(lock, [this] { return !failure_.empty() || jobs_.size() < queue_limit(); });
        throw_failure();
        jobs_.push_back(std::move(job));
        lock.unlock();
        arrived_.notify_one();
    }

    void throw_failure() {
        if (failure_.empty()) return;
        told_ = true;
        throw RunError(failure_);
    }

    void work(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (arrived_.wait(lock, stop, [this] { return !jobs_.empty(); })) {
            const Job job = std::move(jobs_.front());
            jobs_.pop_front();
            busy_ = true;
            lock.unlock();
            std::string failure;
            try {
                std::visit(JobRunner{rows_}, job);
                committed_ = Clock::now().time_since_epoch().count();
            } catch (const SqliteError& error) {
                failure = explain(dir_, std::visit(JobName{}, job), error);
            } catch (const std::exception& error) {  // Out of memory.
                failure = fmt::format("{} could not be stored: {}", std::visit(JobName{}, job), error.what());
            }
            lock.lock();
            busy_ = false;
            failure_ = failure;
            if (!failure_.empty()) jobs_.clear();
            done_.notify_all();
            if (!failure_.empty()) return;
        }
    }

    const fs::path dir_;
    const std::unique_ptr<Database> database_;
    RecordRows rows_;
    std::mutex mutex_;
    std::condition_variable_any arrived_, done_;
    std::deque<Job> jobs_;
    bool busy_ = false, told_ = false;
    std::string failure_;
    std::atomic<Clock::rep> committed_ = 0;
    std::jthread thread_;  // Last: it uses everything above.
};

/// Folders made on the way to a run directory; taken away again unless kept.
class NewFolders {
public:
    explicit NewFolders(const fs::path& dir) {
        std::vector<fs::path> missing;
        for (fs::path at = fs::absolute(dir).lexically_normal(); !at.empty() && !fs::exists(at); at = at.parent_path())
            missing.push_back(at);
        for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
            std::error_code error;
            if (fs::create_directory(*at, error)) made_.push_back(*at);
            if (error) {
                remove();
                throw UserError(fmt::format("The folder {} cannot be made ({}). Choose another place for the run.",
                                            at->string(), error.message()));
            }
        }
    }
    ~NewFolders() { remove(); }
    NewFolders(const NewFolders&) = delete;
    NewFolders& operator=(const NewFolders&) = delete;
    void keep() { made_.clear(); }

private:
    void remove() {
        std::error_code ignored;  // Fails where somebody else has put something in: that stays.
        for (; !made_.empty(); made_.pop_back()) fs::remove(made_.back(), ignored);
    }
    std::vector<fs::path> made_;
};

void refuse_used_folder(const fs::path& dir) {
    std::error_code error;
    if (fs::exists(dir, error) && !fs::is_directory(dir, error))
        throw UserError(fmt::format("{} is a file. Choose another place for the run.", dir.string()));
    for (const auto& entry : fs::directory_iterator(dir, error))
        if (entry.path().filename() != "lock")
            throw UserError(
                fmt::format("The folder {} is not empty (it holds {}). Choose a new or an empty one for the run.",
                            dir.string(), entry.path().filename().string()));
    if (error && error != std::errc::no_such_file_or_directory)
        throw UserError(fmt::format("The folder {} cannot be read ({}). Choose another place for the run.",
                                    dir.string(), error.message()));
}

/// Throws filesystem_error.
void put_on_disk(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
    const std::error_code error(errno, std::generic_category());
    if (descriptor >= 0) ::close(descriptor);
    if (!done) throw fs::filesystem_error("sync", file, error);
}

void fill_folder(const fs::path& dir, const fs::path& making, const std::string& experiment_toml, const RunInfo& info) {
    save_text_file(dir / "experiment.toml", experiment_toml);
    fs::create_directory(dir / "checkpoints");
    {
        Database database(making, Database::Mode::create);
        // It is no run yet: waiting for the disk after each table would only cost time.
        database.text("PRAGMA journal_mode = MEMORY");
        database.execute("PRAGMA synchronous = OFF");
        make_tables(database);
        write_info(database, info);
    }
    put_on_disk(making);
    fs::rename(making, database_path(dir));
}

}  // namespace

std::unique_ptr<RunWriter> RunWriter::create(const fs::path& dir, const std::string& experiment_toml,
                                             const RunInfo& info) {
    refuse_used_folder(dir);
    NewFolders folders(dir);
    // run.sqlite makes a folder a run; it gets its name last.
    const fs::path making = dir / "run.sqlite.new";
    const auto clean = [&] {
        std::error_code ignored;
        for (const char* name :
             {"run.sqlite", "run.sqlite-wal", "run.sqlite-shm", "run.sqlite.new", "run.sqlite.new-wal",
              "run.sqlite.new-shm", "run.sqlite.new-journal", "experiment.toml", "checkpoints"})
            fs::remove(dir / name, ignored);
    };
    try {
        fill_folder(dir, making, experiment_toml, info);
        auto writer = open(dir);
        folders.keep();
        return writer;
    } catch (const SqliteError& error) {
        clean();
        const bool refused = error.code() == SQLITE_CANTOPEN || error.code() == SQLITE_READONLY;
        if (refused)
            throw UserError(fmt::format("A run cannot be stored in {} ({}). Choose a folder that you may write in.",
                                        dir.string(), error.what()));
        throw RunError(fmt::format("A run cannot be stored in {} ({}). Free some space there, or choose another place.",
                                   dir.string(), error.what()));
    } catch (const fs::filesystem_error& error) {
        clean();
        throw UserError(fmt::format("A run cannot be stored in {} ({}). Choose a folder that you may write in.",
                                    dir.string(), error.code().message()));
    } catch (...) {
        clean();
        throw;
    }
}

std::unique_ptr<RunWriter> RunWriter::open(const fs::path& dir) {
    auto database = open_database(dir, Database::Mode::write, true);
    try {
        read_info(*database, false);
        set_journal(*database, dir);
        upgrade_tables(*database);
        Transaction(*database).commit();  // Taking the write lock now tells what would fail later.
    } catch (const SqliteError& error) {
        throw_unreadable(dir, error);
    }
    std::error_code ignored;
    fs::create_directory(dir / "checkpoints", ignored);
    return std::make_unique<SqliteRunWriter>(dir, std::move(database));
}

}  // namespace foothold
