// SPDX-License-Identifier: GPL-3.0-or-later
// One run: opened, locked, run and closed. The one object behind the window and the command line.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "record/attempt.h"
#include "record/experiment.h"
#include "store/run_store.h"
#include "studies/engine_job.h"
#include "tasks/corruption.h"

namespace foothold {

enum class TrainerState { loading, paused, running, stopping, finished, failed };
const char* to_string(TrainerState state);

/// What the trainer is doing now; latest wins.
struct Progress {
    TrainerState state = TrainerState::loading;
    std::int64_t step = 0;        ///< Last finished step.
    std::int64_t planned_steps = 0;
    std::string phase;            ///< "generate", "judge", "update", "held-out", "checkpoint" or empty.
    int round = 0;
    int groups_judged = 0, groups = 0;
    std::int64_t step_tokens = 0;       ///< Sampled so far in the step in progress.
    std::int64_t tokens_generated = 0;  ///< In finished steps, held-out not counted.
    double seconds = 0;                 ///< Spent training, pauses not counted.
    double steps_per_second = 0;   ///< Over the last few steps, and no more than the pace that is set.
    double tokens_per_second = 0;  ///< Over the last few steps, while they were at work.
    std::string device;
    std::int64_t memory_bytes = 0;
    std::int64_t planned_bytes = 0;  ///< What the run will need, known before the model is loaded; 0 = not yet.
    std::string plan;                ///< The same in words, with its parts and what is free.
    double seconds_since_commit = -1;
    std::string error;  ///< Why it failed, for people.
};

struct SessionOptions {
    std::filesystem::path dir;  ///< Run directory; empty = a new one under runs_dir().
    std::string device = "auto";
    std::int64_t steps = 0;        ///< 0 = the experiment's.
    std::int64_t token_limit = 0;  ///< Stop after the step in which this many training tokens were generated; 0 = no limit.
    std::filesystem::path experiment_path;  ///< Where the experiment came from: model paths are looked up beside it too.
};

/// What a finished run comes to (`run`, `resume` print it).
struct RunOutcome {
    std::int64_t steps = 0;
    double seconds = 0;
    std::int64_t tokens_generated = 0;
    std::vector<std::pair<std::string, double>> heldout;  ///< After the last step: heldout/<tier>/accuracy|sound|greedy|skipping.
};

/// Thread-safe: every method may be called from any thread; none of them waits for the trainer except finish() and the destructor.
class Session {
   public:
    /// A new run: makes its directory, locks it, starts the trainer's thread (which opens the engine and waits, paused).
    /// Throws UserError (bad experiment, folder not empty, not writable).
    static std::unique_ptr<Session> create(const Experiment& experiment, const SessionOptions& options);
    /// A stored run, to look at or to go on with: nothing is trained until run() or step(). Throws UserError. Opened without the lock
    /// (read_only) when another process holds it and `allow_read_only` is set.
    static std::unique_ptr<Session> open(const SessionOptions& options, bool allow_read_only = false);
    virtual ~Session() = default;  ///< Stops at once (the step in progress is discarded), joins, closes.

    virtual const std::filesystem::path& dir() const = 0;
    virtual const RunInfo& info() const = 0;
    virtual const Experiment& initial_experiment() const = 0;  ///< As at step 0.
    virtual Experiment experiment() const = 0;                 ///< As in effect now.
    virtual bool read_only() const = 0;

    virtual void run() = 0;
    virtual void pause() = 0;      ///< After the step in progress.
    virtual void step() = 0;       ///< One step, then paused.
    virtual void run_until(std::int64_t step) = 0;  ///< Like run(), paused once this step is done. Any other command forgets it.
    virtual void stop() = 0;       ///< Discards the step in progress, then `finished`; run() goes on from there.
    virtual void set_steps(std::int64_t steps) = 0;
    virtual void set_pace(double steps_per_second) = 0;  ///< 0 = as fast as it goes.

    /// Asks for a change from the next step on. Throws UserError if the key needs a new run or the value is refused.
    virtual void intervene(const std::string& key, const Value& value) = 0;
    virtual std::vector<Intervention> pending() const = 0;  ///< Asked for, not yet in effect (step = the step it will apply from).
    virtual void cancel_pending() = 0;

    /// Work beside training, one job after the other: from the next step boundary on, slice by slice, and training waits until it is done,
    /// so that what a job samples belongs to one model. It is given up with a reason where the run cannot do it (open for reading only,
    /// failed).
    virtual void submit(std::shared_ptr<EngineJob> job) = 0;
    /// Why these steps cannot be a trace of a problem (index in info().problems), in the user's words; none if they can.
    virtual std::optional<std::string> refuse_trace(std::uint32_t problem, const std::vector<std::string>& steps) const = 0;
    /// Does the value that these steps reveal last still hold? None where they reveal no value.
    virtual std::optional<bool> state_holds(std::uint32_t problem, const std::vector<std::string>& given) const = 0;
    /// Corrupts a trace of a problem (its own or an edited one) as the run would: donors are the pool's. Throws UserError.
    virtual CorruptedTrace corrupted(std::uint32_t problem, const std::vector<std::string>& steps, const std::string& operation, double dose,
                                     std::int64_t seed) const = 0;
    /// Keeps an edited trace with the run, at once. Throws UserError if the run is open for reading only.
    virtual void put_variant(const Variant& variant) = 0;
    virtual std::vector<Variant> variants() const = 0;  ///< In the order in which they were made.
    /// Small texts kept with the run (what a person wrote about a problem). set_note throws UserError if it is open for reading only.
    virtual void set_note(const std::string& key, const std::string& text) = 0;
    virtual std::string note(const std::string& key) const = 0;

    virtual Progress progress() const = 0;
    /// Steps in order, from index `cursor` on; never dropped. Index i is step i (step 0 = before training).
    virtual std::vector<std::shared_ptr<const StepSummary>> history_since(std::size_t cursor) const = 0;
    /// Reads from the store (blocking: call it from a reader thread). Steps not committed yet give an empty list.
    virtual std::vector<Attempt> attempts(const AttemptQuery& query) const = 0;

    /// Waits until the run is finished or failed; when `stop` is requested, stops it first. Throws what the trainer failed with.
    virtual RunOutcome finish(std::stop_token stop) = 0;
};

}  // namespace foothold
