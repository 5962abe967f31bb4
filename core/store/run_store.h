// SPDX-License-Identifier: GPL-3.0-or-later
// One run on disk: experiment.toml, run.sqlite, checkpoints/, log.txt.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "record/attempt.h"
#include "record/problem.h"
#include "record/variant.h"

namespace foothold {

/// What is fixed when a run begins.
struct RunInfo {
    std::string name;     ///< For people; the folder's name unless renamed.
    std::string created;  ///< UTC, ISO 8601.
    std::string version, device, host;
    std::string parent;   ///< Run directory it was forked from, else empty.
    std::int64_t parent_step = 0;
    std::int64_t planned_steps = 0;
    std::vector<std::string> vocabulary;  ///< Of symbolic families: id -> token text.
    std::vector<Problem> problems;        ///< Pool first (problems[0..pool_size)), then the held-out sets.
    std::size_t pool_size = 0;
};

/// Note: JSON object with `step` and the held-out metrics measured when a run ended after that step.
inline constexpr const char* outcome_note = "heldout.final";

/// Writes a run through a thread of its own; one transaction a step. For one producer; put_variant and set_note may
/// come from any thread and never wait. After a failure every call throws
/// RunError with the reason; what was committed before stays.
class RunWriter {
   public:
    /// Begins a run in `dir` (made if missing; an existing folder with anything but `lock` in it is a UserError). Nothing half-made
    /// stays if it fails. Throws RunError if the disk is full.
    static std::unique_ptr<RunWriter> create(const std::filesystem::path& dir, const std::string& experiment_toml, const RunInfo& info);
    /// Goes on with a run. Throws UserError if `dir` is not a run directory, or of a newer schema.
    static std::unique_ptr<RunWriter> open(const std::filesystem::path& dir);
    virtual ~RunWriter() = default;

    /// Queues a step; returns at once unless the queue is longer than `queue_limit()` steps.
    /// `record.checkpoint`: "checkpoints/step-5.safetensors", or the name alone; the file is there already.
    virtual void append(StepRecord record) = 0;
    /// Attempts outside steps (probes), stored at once with the step they belong to.
    virtual void append_attempts(std::vector<Attempt> attempts) = 0;
    /// An edited trace, stored at once; one that is there already takes the new title.
    virtual void put_variant(Variant variant) = 0;
    /// Waits until all that was queued is committed. Throws RunError if writing failed.
    virtual void flush() = 0;
    /// Deletes every record after `step` (used before a replay from a checkpoint).
    virtual void truncate_after(std::int64_t step) = 0;
    /// Small texts kept with the run, queued like the rest. The store itself knows three: `name` and `planned_steps` stand in for those
    /// of RunInfo wherever it is read; with `checkpoint.every` set, a step that names a checkpoint frees the superseded ones, rows
    /// and files: all but the first, the newest and those at multiples of it. Without that note all are kept.
    virtual void set_note(const std::string& key, const std::string& value) = 0;
    /// Names a checkpoint of a step that was appended before (one made when the run is stopped). Queued.
    virtual void add_checkpoint(std::int64_t step, const std::string& file) = 0;
    virtual double seconds_since_commit() const = 0;  ///< For the status bar; negative before the first commit.
    static constexpr std::size_t queue_limit() { return 16; }
};

/// Which attempts to read.
struct AttemptQuery {
    std::optional<std::int64_t> step;
    std::optional<std::uint32_t> problem;
    std::optional<std::uint16_t> occurrence;
    std::optional<Origin> origin;
    bool tokens = true;  ///< Also read the per-token records.
    std::size_t limit = 0;  ///< 0 = all.
    bool newest = false;    ///< The other way round, so that `limit` keeps the newest.
};

/// Reads a run, live or finished, from any one thread (one reader a thread). Throws UserError if the folder is not a run directory or
/// its database is damaged.
class RunReader {
   public:
    static std::unique_ptr<RunReader> open(const std::filesystem::path& dir);
    virtual ~RunReader() = default;
    virtual const RunInfo& info() const = 0;
    virtual std::string experiment_toml() const = 0;  ///< As it was at step 0.
    virtual std::int64_t last_step() const = 0;       ///< Newest committed step; -1 if none.
    virtual std::vector<StepSummary> summaries(std::int64_t from_step = 0, std::int64_t to_step = INT64_MAX) const = 0;
    virtual std::vector<Attempt> attempts(const AttemptQuery& query) const = 0;  ///< Ordered by step, origin, problem, occurrence, round, attempt.
    /// The same one by one, never all in memory; `use` must not call this reader.
    virtual void for_each_attempt(const AttemptQuery& query, const std::function<void(Attempt&&)>& use) const = 0;
    virtual std::vector<Intervention> interventions() const = 0;  ///< In the order in which they took effect.
    /// Checkpoints named in committed steps whose files are there: step -> path.
    virtual std::map<std::int64_t, std::filesystem::path> checkpoints() const = 0;
    virtual std::vector<Variant> variants() const = 0;  ///< In the order in which they were made.
    virtual std::string note(const std::string& key) const = 0;  ///< Empty if not set.
    virtual std::map<std::string, std::string> notes(const std::string& prefix) const = 0;  ///< Those whose key begins so.
};

/// Holds a run directory, or that of a comparison, for one process (flock). Throws UserError naming the process that holds it.
class RunLock {
   public:
    explicit RunLock(const std::filesystem::path& dir);
    /// The living process that holds it now; 0 if none.
    static std::int64_t holder(const std::filesystem::path& dir);
    RunLock(RunLock&&) noexcept;
    RunLock& operator=(RunLock&&) = delete;
    ~RunLock();

   private:
    int file_ = -1;
};

/// A run in a list, read cheaply. Folders that are not runs are left out.
struct RunListEntry {
    std::filesystem::path dir;
    std::string name, created, policy;
    std::int64_t steps = 0, planned_steps = 0;
};
std::vector<RunListEntry> list_runs(const std::filesystem::path& folder);

}  // namespace foothold
