// SPDX-License-Identifier: GPL-3.0-or-later
// The trainer's thread and the doors to it.
#include "session/live_session.h"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/safetensors.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/step_phases.h"
#include "session/memory_plan.h"
#include "session/stored_run.h"
#include "tasks/corruption.h"

namespace foothold {
namespace {

const std::string note_prefix = "about/";  // keeps what people write apart from what the store itself notes
constexpr const char* device_note = "device";

}  // namespace

LiveSession::LiveSession(std::filesystem::path dir, Experiment initial, RunSetup setup, std::unique_ptr<RunReader> stored)
    : dir_(std::move(dir)), initial_(std::move(initial)), setup_(std::move(setup)), stored_(std::move(stored)) {
    effective_ = initial_;
    progress_.planned_steps = setup_.planned_steps;
    if (stored_) {
        info_ = stored_->info();
        for (StepSummary& step : stored_->summaries()) {
            for (const Intervention& change : step.applied) set_key(effective_, change.key, change.value);
            if (const double* tokens = step.metric("tokens_generated")) progress_.tokens_generated = static_cast<std::int64_t>(*tokens);
            if (const double* time = step.metric("step_time")) trained_seconds_ += *time;
            history_.push_back(std::make_shared<const StepSummary>(std::move(step)));
        }
        effective_.interventions = replayable_experiment(*stored_).interventions;
        variants_ = stored_->variants();
        notes_ = stored_->notes(note_prefix);
        progress_.step = stored_->last_step();
        progress_.seconds = trained_seconds_;
        progress_.device = stored_->note(device_note);
        progress_.state = progress_.step >= setup_.planned_steps || setup_.read_only ? TrainerState::finished : TrainerState::paused;
    } else {
        info_ = RunReader::open(dir_)->info();
    }
    if (setup_.read_only) return;
    try {
        auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>((dir_ / "log.txt").string());
        log_ = std::make_shared<spdlog::logger>("run", sink);
    } catch (const spdlog::spdlog_ex& error) {
        throw UserError(fmt::format("{}: the log cannot be written: {}", (dir_ / "log.txt").string(), error.what()));
    }
    log_->flush_on(spdlog::level::info);
    thread_ = std::jthread([this] { work(); });
}

LiveSession::~LiveSession() {
    command(Wish::quit);
    if (thread_.joinable()) thread_.join();
}

void LiveSession::command(Wish wish) {
    std::lock_guard lock(mutex_);
    if (wish_ == Wish::quit) return;
    if (setup_.read_only && wish != Wish::quit) return;
    wish_ = wish;
    pause_after_ = 0;
    if (wish == Wish::stop || wish == Wish::quit) {
        step_stop_.request_stop();
        if (wish == Wish::quit) job_stop_.request_stop();
        if (progress_.state == TrainerState::running) progress_.state = TrainerState::stopping;
    }
    changed_.notify_all();
}

void LiveSession::run_until(std::int64_t step) {
    command(Wish::run);
    std::lock_guard lock(mutex_);
    pause_after_ = step;
}

void LiveSession::set_state(TrainerState state) {
    std::lock_guard lock(mutex_);
    progress_.state = state;
    changed_.notify_all();
}

bool LiveSession::done() const {
    std::lock_guard lock(mutex_);
    return trainer_->last_step() >= progress_.planned_steps || (setup_.token_limit > 0 && trainer_->tokens_generated() >= setup_.token_limit);
}

void LiveSession::work() {
    try {
        if (!stored_) open_engine_and_model();
        for (;;) {
            Wish wish;
            {
                std::unique_lock lock(mutex_);
                if (progress_.state == TrainerState::loading) progress_.state = TrainerState::paused;
                changed_.notify_all();
                changed_.wait(lock, [&] { return (wish_ != Wish::none && wish_ != Wish::pause) || !jobs_.empty(); });
                wish = wish_;
                if (wish == Wish::step || wish == Wish::stop) wish_ = Wish::none;
                if (wish == Wish::run || wish == Wish::step) step_stop_ = std::stop_source();
            }
            if (wish == Wish::quit) {
                checkpoint_last();
                break;
            }
            try {
                if (wish != Wish::stop && one_slice()) {
                    // A job is finished before training goes on: what it samples belongs to one model.
                    std::lock_guard lock(mutex_);
                    if (wish == Wish::step && wish_ == Wish::none) wish_ = Wish::step;
                    continue;
                }
                if (wish == Wish::none || wish == Wish::pause) continue;
                if (wish == Wish::stop) {
                    checkpoint_last();
                    if (trainer_) conclude();
                    set_state(TrainerState::finished);
                    continue;
                }
                if (!trainer_) open_engine_and_model();
                if (done()) {
                    std::lock_guard lock(mutex_);
                    if (wish_ == Wish::run) wish_ = Wish::none;
                } else {
                    set_state(TrainerState::running);
                    one_step();
                }
                if (done()) {
                    conclude();
                    std::lock_guard lock(mutex_);
                    if (wish_ != Wish::quit) wish_ = Wish::none;
                    progress_.state = TrainerState::finished;
                    changed_.notify_all();
                } else {
                    std::unique_lock lock(mutex_);
                    if (wish_ != Wish::run) progress_.state = wish_ == Wish::stop || wish_ == Wish::quit ? TrainerState::stopping : TrainerState::paused;
                }
            } catch (const Stopped&) {
                {
                    std::lock_guard lock(mutex_);
                    drawing_ = 0;
                    for (Intervention& p : pending_) p.step = std::max<std::int64_t>(0, progress_.step) + 1;
                }
                log_->info("stopped in step {}; it was discarded", trainer_ ? trainer_->last_step() + 1 : 0);
            }
        }
    } catch (const std::exception& error) {
        if (log_) log_->error("{}", error.what());
        std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
        progress_.error = error.what();
        progress_.state = TrainerState::failed;
        changed_.notify_all();
    }
    give_up_jobs(progress().error);
    // The engine goes in its own thread, while the writer is still there.
    trainer_.reset();
    engine_.reset();
    try {
        if (setup_.writer) setup_.writer->flush();
    } catch (const std::exception& error) {
        if (log_) log_->error("{}", error.what());
        std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        progress_.error = error.what();
    }
}

void LiveSession::open_engine_and_model() {
    set_state(TrainerState::loading);
    engine_ = open_engine(engine_options(initial_, setup_.device));
    const PlanRequest request = plan_request(setup_.model, initial_, setup_.longest_row);
    const MemoryPlan plan = engine_->plan(request);
    const std::string words = describe(plan, request);
    {
        std::lock_guard lock(mutex_);
        progress_.device = engine_->device_name();
        progress_.planned_bytes = plan.need.total();
        progress_.plan = words;
    }
    log_->info("memory: {}", words);
    refuse_too_large(*engine_, request, initial_);
    engine_->load(open_model(setup_.model_path).state);
    trainer_ = std::make_unique<Trainer>(*engine_, *setup_.family, setup_.problems, initial_, setup_.match);
    setup_.writer->set_note(device_note, engine_->device_name());
    log_->info("{} problems, model {}, on {}", setup_.problems.pool_size, setup_.model_path.string(), engine_->device_name());
    if (stored_ && stored_->last_step() >= 0) {
        log_->info("going on after step {}", stored_->last_step());
        rewind(*trainer_, *stored_, dir_, stored_->last_step(), step_stop_.get_token());
        if (stored_->checkpoints().contains(stored_->last_step())) checkpointed_ = stored_->last_step();
        trainer_->set_plans(initial_.interventions);
    }
    stored_.reset();
}

void LiveSession::one_step() {
    const auto start = Clock::now();
    if (trainer_->last_step() < 0) {
        StepPorts ports{step_stop_.get_token(), [this](const Phase& phase) {
                            std::lock_guard lock(mutex_);
                            progress_.phase = phase.name;
                        }};
        record(trainer_->before_training(ports));
    }
    std::vector<Intervention> changes;
    {
        std::lock_guard lock(mutex_);
        changes = pending_;
        drawing_ = trainer_->last_step() + 1;
    }
    StepRecord step = trainer_->step({step_stop_.get_token(), [this](const Phase& phase) {
                                          std::lock_guard lock(mutex_);
                                          progress_.phase = phase.name;
                                          progress_.round = phase.round;
                                          progress_.groups_judged = phase.groups_judged;
                                          progress_.groups = phase.groups;
                                          progress_.step_tokens = phase.tokens;
                                      }},
                                     changes);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    trained_seconds_ += seconds;
    record(std::move(step));
    double pace;
    {
        std::lock_guard lock(mutex_);
        const double blend = progress_.steps_per_second == 0 ? 1 : 0.2;
        progress_.steps_per_second += blend * (1 / seconds - progress_.steps_per_second);
        progress_.tokens_per_second += blend * (static_cast<double>(progress_.step_tokens) / seconds - progress_.tokens_per_second);
        progress_.seconds = trained_seconds_ + waited_seconds_;
        progress_.phase.clear();
        pace = pace_;
    }
    if (pace > 0) {
        std::unique_lock lock(mutex_);
        const auto waits = Clock::now();
        changed_.wait_until(lock, start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / pace)),
                            [&] { return wish_ != Wish::run || pace_ != pace; });
        waited_seconds_ += std::chrono::duration<double>(Clock::now() - waits).count();
        progress_.seconds = trained_seconds_ + waited_seconds_;
    }
}

bool LiveSession::one_slice() {
    std::shared_ptr<EngineJob> job;
    {
        std::lock_guard lock(mutex_);
        while (!jobs_.empty() && jobs_.front()->done()) jobs_.pop_front();
        if (jobs_.empty()) return false;
        job = jobs_.front();
        progress_.phase = "probe";
    }
    if (!trainer_) {
        const TrainerState before = progress().state;
        open_engine_and_model();
        set_state(before);  // A run that has all its steps stays finished.
    }
    const auto start = Clock::now();
    try {
        const std::int64_t step = std::max<std::int64_t>(0, trainer_->last_step());
        auto attempts = job->slice({*engine_, *setup_.family, setup_.problems, trainer_->experiment(), step, job_stop_.get_token()});
        for (const Attempt& a : attempts) tokens_probe_ += static_cast<std::int64_t>(a.tokens.size());
        if (!attempts.empty()) setup_.writer->append_attempts(std::move(attempts));
    } catch (const Stopped&) {
        job->give_up("");
    } catch (const UserError& error) {
        job->give_up(error.what());
    } catch (const RunError& error) {  // A look at the model changes nothing in it: the run goes on.
        job->give_up(error.what());
    }
    job_seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
    std::lock_guard lock(mutex_);
    progress_.phase.clear();
    return true;
}

void LiveSession::give_up_jobs(const std::string& reason) {
    std::deque<std::shared_ptr<EngineJob>> jobs;
    {
        std::lock_guard lock(mutex_);
        jobs.swap(jobs_);
    }
    for (const auto& job : jobs) job->give_up(reason);
}

void LiveSession::record(StepRecord step) {
    const std::int64_t number = step.summary.step;
    const bool last = number == progress().planned_steps || (setup_.token_limit > 0 && trainer_->tokens_generated() >= setup_.token_limit);
    double checkpoint_seconds = 0;
    if (last || number % trainer_->experiment().checkpoint.every == 0) {
        const auto start = Clock::now();
        step.checkpoint = checkpoint(number);
        checkpointed_ = number;
        checkpoint_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    }
    for (auto& [name, value] : step.summary.metrics)
        if (name == "tokens_probe") value = static_cast<double>(tokens_probe_);
        else if (name == info_of(StepPhase::checkpoint).metric) value = checkpoint_seconds;
        else if (name == info_of(StepPhase::jobs).metric) value = std::exchange(job_seconds_, 0);
    auto summary = std::make_shared<const StepSummary>(step.summary);
    setup_.writer->append(std::move(step));
    const Memory memory = engine_->memory();
    std::lock_guard lock(mutex_);
    history_.push_back(std::move(summary));
    progress_.step = number;
    progress_.tokens_generated = trainer_->tokens_generated();
    progress_.memory_bytes = memory.total();
    progress_.seconds_since_commit = setup_.writer->seconds_since_commit();
    effective_ = trainer_->experiment();
    drawing_ = 0;
    if (pause_after_ > 0 && number >= pause_after_ && wish_ == Wish::run) wish_ = Wish::pause, pause_after_ = 0;
    std::erase_if(pending_, [&](const Intervention& p) { return p.step <= number; });
    changed_.notify_all();
}

std::string LiveSession::checkpoint(std::int64_t step) {
    const std::string name = fmt::format("step-{}.safetensors", step);
    write_model(dir_ / "checkpoints" / name, trainer_->checkpoint());
    return name;
}

void LiveSession::checkpoint_last() {
    if (!trainer_ || trainer_->last_step() < 0 || trainer_->last_step() == checkpointed_) return;
    try {
        setup_.writer->add_checkpoint(trainer_->last_step(), checkpoint(trainer_->last_step()));
        checkpointed_ = trainer_->last_step();
    } catch (const std::exception& error) {  // The steps since the last one can be trained again.
        log_->error("no checkpoint of step {}: {}", trainer_->last_step(), error.what());
    }
}

void LiveSession::conclude() {
    if (trainer_->last_step() < 0) return;
    RunOutcome outcome;
    outcome.steps = trainer_->last_step();
    outcome.seconds = trained_seconds_;
    outcome.tokens_generated = trainer_->tokens_generated();
    const auto newest = history_since(0).back();
    for (const auto& [name, value] : newest->metrics)
        if (name.starts_with("heldout/")) outcome.heldout.emplace_back(name, value);
    if (outcome.heldout.empty()) outcome.heldout = trainer_->evaluate({});
    nlohmann::json json = {{"step", outcome.steps}};
    for (const auto& [name, value] : outcome.heldout) json[name] = value;
    setup_.writer->set_note(outcome_note, json.dump());
    setup_.writer->flush();
    log_->info("finished at step {}: {} tokens generated in {:.1f} s", outcome.steps, outcome.tokens_generated, outcome.seconds);
    std::lock_guard lock(mutex_);
    progress_.seconds_since_commit = setup_.writer->seconds_since_commit();
    outcome_ = std::move(outcome);
}

Experiment LiveSession::experiment() const {
    std::lock_guard lock(mutex_);
    return effective_;
}

void LiveSession::set_steps(std::int64_t steps) {
    std::lock_guard lock(mutex_);
    progress_.planned_steps = steps;
}

void LiveSession::set_pace(double steps_per_second) {
    std::lock_guard lock(mutex_);
    pace_ = steps_per_second;
    changed_.notify_all();
}

void LiveSession::intervene(const std::string& key, const Value& value) {
    if (setup_.read_only) throw UserError("this run is open for reading only: another process holds it");
    if (!find_key(key).live) throw UserError(key + " needs a new run");
    std::lock_guard lock(mutex_);
    Experiment trial = effective_;
    for (const Intervention& change : pending_) set_key(trial, change.key, change.value);
    set_key(trial, key, value);
    check_experiment(trial);
    find_corruption(trial.corruption.operation);
    check_traces(setup_, trial);
    // A second change of the same key before the step replaces the first.
    const std::int64_t step = std::max({std::int64_t{0}, progress_.step, drawing_}) + 1;
    std::erase_if(pending_, [&](const Intervention& p) { return p.key == key && p.step == step; });
    pending_.push_back({step, key, value});
}

std::vector<Intervention> LiveSession::pending() const {
    std::lock_guard lock(mutex_);
    return pending_;
}

void LiveSession::cancel_pending() {
    std::lock_guard lock(mutex_);
    std::erase_if(pending_, [&](const Intervention& p) { return p.step > drawing_; });
}

void LiveSession::submit(std::shared_ptr<EngineJob> job) {
    {
        std::lock_guard lock(mutex_);
        if (!setup_.read_only && progress_.state != TrainerState::failed && wish_ != Wish::quit) {
            jobs_.push_back(std::move(job));
            changed_.notify_all();
            return;
        }
    }
    job->give_up(setup_.read_only ? "this run is open for reading only: open it where it can be written, or start a new one" : "this run has ended with an error");
}

std::optional<std::string> LiveSession::refuse_trace(std::uint32_t problem, const std::vector<std::string>& steps) const {
    if (problem >= info_.problems.size()) return "this run has no such problem";
    return why_not_a_trace(setup_, experiment(), info_.problems[problem], steps);
}

std::optional<bool> LiveSession::state_holds(std::uint32_t problem, const std::vector<std::string>& given) const {
    if (!setup_.family->reveals(info_.problems.at(problem), given)) return std::nullopt;
    return setup_.family->state_holds(info_.problems.at(problem), given);
}

CorruptedTrace LiveSession::corrupted(std::uint32_t problem, const std::vector<std::string>& steps, const std::string& operation, double dose, std::int64_t seed) const {
    Problem from = info_.problems.at(problem);
    from.steps = steps;
    const auto pool = std::span(info_.problems).first(info_.pool_size);
    return corrupt(find_corruption(operation), from, pool, dose, static_cast<std::uint64_t>(seed), *setup_.family);
}

void LiveSession::put_variant(const Variant& variant) {
    if (setup_.read_only) throw UserError("this run is open for reading only: a variant cannot be kept in it");
    std::lock_guard lock(mutex_);
    setup_.writer->put_variant(variant);
    const auto same = std::find_if(variants_.begin(), variants_.end(), [&](const Variant& v) { return v.id == variant.id; });
    if (same == variants_.end()) variants_.push_back(variant);
    else same->title = variant.title;
}

std::vector<Variant> LiveSession::variants() const {
    std::lock_guard lock(mutex_);
    return variants_;
}

void LiveSession::set_note(const std::string& key, const std::string& text) {
    if (setup_.read_only) throw UserError("this run is open for reading only: a note cannot be kept in it");
    std::lock_guard lock(mutex_);
    setup_.writer->set_note(note_prefix + key, text);
    notes_[note_prefix + key] = text;
}

std::string LiveSession::note(const std::string& key) const {
    std::lock_guard lock(mutex_);
    const auto found = notes_.find(note_prefix + key);
    return found == notes_.end() ? std::string() : found->second;
}

Progress LiveSession::progress() const {
    std::lock_guard lock(mutex_);
    Progress copy = progress_;
    if (pace_ > 0) copy.steps_per_second = std::min(copy.steps_per_second, pace_);
    if (setup_.writer) copy.seconds_since_commit = setup_.writer->seconds_since_commit();
    return copy;
}

std::vector<std::shared_ptr<const StepSummary>> LiveSession::history_since(std::size_t cursor) const {
    std::lock_guard lock(mutex_);
    if (cursor >= history_.size()) return {};
    return {history_.begin() + static_cast<std::ptrdiff_t>(cursor), history_.end()};
}

std::vector<Attempt> LiveSession::attempts(const AttemptQuery& query) const {
    std::lock_guard lock(reader_mutex_);
    if (!reader_) reader_ = RunReader::open(dir_);
    return reader_->attempts(query);
}

RunOutcome LiveSession::finish(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    const auto over = [&] { return progress_.state == TrainerState::failed || (progress_.state == TrainerState::finished && wish_ == Wish::none); };
    if (!changed_.wait(lock, stop, over)) {
        lock.unlock();
        command(Wish::stop);
        lock.lock();
        changed_.wait(lock, over);
    }
    if (failure_) std::rethrow_exception(failure_);
    return outcome_;
}

}  // namespace foothold
