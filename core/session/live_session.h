// SPDX-License-Identifier: GPL-3.0-or-later
// The one implementation of Session: a thread that owns engine and trainer, and what the other threads see of it.
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <thread>

#include "session/session.h"
#include "tasks/problem_set.h"
#include "training/trainer.h"

namespace spdlog {
class logger;
}

namespace foothold {

/// What a session is made of, checked and complete before its thread starts.
struct RunSetup {
    std::unique_ptr<Family> family;
    ProblemSet problems;
    std::filesystem::path model_path;
    ModelConfig model;
    std::int64_t longest_row = 0;  ///< Most tokens of a context and its completion.
    HintCounts match;
    std::int64_t planned_steps = 0, token_limit = 0;
    std::string device = "auto";
    bool read_only = false;
    std::unique_ptr<RunLock> lock;  ///< Before the writer: it is let go after the writer has written its last.
    std::unique_ptr<RunWriter> writer;
};

/// Why steps cannot be a trace of a problem under this set-up; none if they can.
std::optional<std::string> why_not_a_trace(const RunSetup& setup, const Experiment& experiment, const Problem& problem, const std::vector<std::string>& steps);
/// Throws UserError naming the first problem that is not there or whose trace cannot be used, and the first one for which the model has no
/// room: as it is, or with the longest hint that guidance and corruption may give. Returns the most tokens that any of them may need.
std::int64_t check_traces(const RunSetup& setup, const Experiment& experiment);

class LiveSession final : public Session {
   public:
    /// With a reader, the run is a stored one: its history is read and the engine is opened only when it goes on.
    LiveSession(std::filesystem::path dir, Experiment initial, RunSetup setup, std::unique_ptr<RunReader> stored = nullptr);
    ~LiveSession() override;

    const std::filesystem::path& dir() const override { return dir_; }
    const RunInfo& info() const override { return info_; }
    const Experiment& initial_experiment() const override { return initial_; }
    Experiment experiment() const override;
    bool read_only() const override { return setup_.read_only; }

    void run() override { command(Wish::run); }
    void pause() override { command(Wish::pause); }
    void step() override { command(Wish::step); }
    void run_until(std::int64_t step) override;
    void stop() override { command(Wish::stop); }
    void set_steps(std::int64_t steps) override;
    void set_pace(double steps_per_second) override;

    void intervene(const std::string& key, const Value& value) override;
    std::vector<Intervention> pending() const override;
    void cancel_pending() override;

    void submit(std::shared_ptr<EngineJob> job) override;
    std::optional<std::string> refuse_trace(std::uint32_t problem, const std::vector<std::string>& steps) const override;
    std::optional<bool> state_holds(std::uint32_t problem, const std::vector<std::string>& given) const override;
    CorruptedTrace corrupted(std::uint32_t problem, const std::vector<std::string>& steps, const std::string& operation, double dose, std::int64_t seed) const override;
    void put_variant(const Variant& variant) override;
    std::vector<Variant> variants() const override;
    void set_note(const std::string& key, const std::string& text) override;
    std::string note(const std::string& key) const override;

    Progress progress() const override;
    std::vector<std::shared_ptr<const StepSummary>> history_since(std::size_t cursor) const override;
    std::vector<Attempt> attempts(const AttemptQuery& query) const override;
    RunOutcome finish(std::stop_token stop) override;

   private:
    enum class Wish { none, run, pause, step, stop, quit };
    using Clock = std::chrono::steady_clock;

    void command(Wish wish);
    void work();  ///< The trainer's thread.
    void open_engine_and_model();
    void one_step();
    bool one_slice();  ///< Of the first job; false if there is none.
    void give_up_jobs(const std::string& reason);
    void record(StepRecord record);
    void conclude();
    bool done() const;  ///< All steps or tokens done. Trainer thread.
    void set_state(TrainerState state);
    std::string checkpoint(std::int64_t step);
    void checkpoint_last();  ///< So that a run which is stopped or closed goes on without replaying the steps since its last checkpoint.

    const std::filesystem::path dir_;
    const Experiment initial_;
    RunSetup setup_;
    RunInfo info_;
    std::shared_ptr<spdlog::logger> log_;
    std::unique_ptr<RunReader> stored_;  ///< Until the engine is opened.

    // The trainer thread's own.
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Trainer> trainer_;
    double trained_seconds_ = 0;
    double waited_seconds_ = 0;  ///< For a pace limit: the person's clock goes on.
    std::int64_t tokens_probe_ = 0;
    double job_seconds_ = 0;  ///< Since the last step was recorded.

    mutable std::mutex mutex_;
    mutable std::condition_variable_any changed_;
    Wish wish_ = Wish::none;
    std::stop_source step_stop_, job_stop_;
    std::deque<std::shared_ptr<EngineJob>> jobs_;
    std::vector<Variant> variants_;
    std::map<std::string, std::string> notes_;  ///< What people wrote; the store may lag behind.
    Progress progress_;
    std::vector<std::shared_ptr<const StepSummary>> history_;
    std::vector<Intervention> pending_;
    std::int64_t pause_after_ = 0;  ///< Step; 0 = none.
    std::int64_t drawing_ = 0;  ///< The step in progress; 0 = none. Changes asked for now wait for the one after it.
    Experiment effective_;
    double pace_ = 0;
    std::int64_t checkpointed_ = -1;  ///< Newest step with a checkpoint. Trainer thread.
    RunOutcome outcome_;
    std::exception_ptr failure_;

    mutable std::mutex reader_mutex_;
    mutable std::unique_ptr<RunReader> reader_;

    std::jthread thread_;  ///< Last, so that it ends before what it uses.
};

}  // namespace foothold
