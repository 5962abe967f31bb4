// SPDX-License-Identifier: GPL-3.0-or-later
// A stored run, brought back to any of its steps.
#pragma once
#include <filesystem>
#include <memory>
#include <stop_token>

#include "record/experiment.h"
#include "store/run_store.h"
#include "training/trainer.h"

namespace foothold {

/// The file of model.path, looked for beside the experiment too. Throws UserError if it is not there, does not fit the family or cannot have
/// the adapter that the experiment asks for.
std::filesystem::path model_for(const Experiment& experiment, const Family& family, const std::filesystem::path& beside);

/// The experiment that repeats a stored run: as at step 0, with every change made while it ran.
Experiment replayable_experiment(const RunReader& run);

/// Brings a fresh trainer to the state after `step`: the nearest checkpoint before it, then every step trained again and checked against
/// its stored hash. Throws UserError (no such step, no checkpoint left), RunError (a step does not repeat: another build or machine made
/// it), Stopped.
void rewind(Trainer& trainer, const RunReader& run, const std::filesystem::path& dir, std::int64_t step, std::stop_token stop);

/// A stored run as it was after one of its steps, for studies: everything that a job needs.
class RunAtStep {
   public:
    /// With step -1, the last one. Throws as rewind() does.
    RunAtStep(const std::filesystem::path& dir, std::int64_t step, const std::string& device);
    /// A base before any training.
    RunAtStep(const Experiment& experiment, const std::filesystem::path& beside, const std::string& device);

    const Experiment& experiment() const { return trainer_->experiment(); }
    const Family& family() const { return *family_; }
    const ProblemSet& problems() const { return problems_; }
    Engine& engine() { return *engine_; }
    std::int64_t step() const { return step_; }
    const RunReader* run() const { return run_.get(); }  ///< Null for a base.

   private:
    void open(const Experiment& experiment, const std::filesystem::path& beside, const std::string& device);
    std::unique_ptr<RunReader> run_;
    std::unique_ptr<Family> family_;
    ProblemSet problems_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Trainer> trainer_;
    std::int64_t step_ = 0;
};

}  // namespace foothold
