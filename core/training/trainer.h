// SPDX-License-Identifier: GPL-3.0-or-later
// The training step: draw, plan hints, generate, judge, another round?, advantages, update, records.
#pragma once
#include <functional>
#include <stop_token>
#include <string>

#include "engine/engine.h"
#include "engine/model_file.h"
#include "guidance/policy.h"
#include "record/attempt.h"
#include "tasks/problem_set.h"
#include "training/step_clock.h"

namespace foothold {

/// Where a step in progress is; told now and then through StepPorts::report.
struct Phase {
    const char* name = "";  ///< "generate", "judge", "update", "held-out".
    int round = 0, groups_judged = 0, groups = 0;
    std::int64_t tokens = 0;  ///< Sampled so far in this step.
};

/// What a step needs from outside: a way to be stopped and someone to tell.
struct StepPorts {
    std::stop_token stop;
    std::function<void(const Phase&)> report = [](const Phase&) {};
};

/// Runs steps of one experiment on one engine. A step is atomic: when it throws Stopped or RunError before its update, nothing has
/// changed; from the first optimiser step on it is not stopped any more.
class Trainer {
   public:
    /// The engine holds the base model; it becomes the reference if loss.beta > 0, and with model.lora_rank it gets a fresh adapter, which
    /// is trained in its place. Interventions of the experiment are applied when
    /// their step comes. Throws UserError (vocabulary and model do not fit, unknown corruption).
    Trainer(Engine& engine, const Family& family, const ProblemSet& problems, Experiment experiment, HintCounts match = {});

    /// Step 0: the held-out sets before training.
    StepRecord before_training(const StepPorts& ports);
    /// The next step (its time/checkpoint, time/jobs and tokens_probe are the session's to fill), with the changes of the experiment that are due and `changes` beside them (their keys checked by the caller).
    StepRecord step(const StepPorts& ports, std::span<const Intervention> changes = {});
    std::int64_t last_step() const { return last_step_; }

    /// The experiment as in effect after the last step; its interventions are those applied and those still to come.
    const Experiment& experiment() const { return experiment_; }

    /// Replaces the changes that are still to come (a run goes on with other plans than its checkpoint knew).
    void set_plans(std::span<const Intervention> all);

    std::int64_t tokens_generated() const { return tokens_generated_; }

    /// Held-out metrics now (keys `heldout/<tier>/...`), without a record.
    std::vector<std::pair<std::string, double>> evaluate(const StepPorts& ports);

    /// Everything needed to go on after the last step, and back.
    ModelFile checkpoint() const;
    void restore(const ModelFile& file);

   private:
    struct Group;
    Group group_of(std::uint32_t problem, const Experiment& experiment) const;
    std::vector<Group> draw(std::int64_t step, const Experiment& experiment) const;
    std::vector<Group> draw_others(std::int64_t step, std::int64_t time, std::size_t count, std::span<const Group> groups, const Experiment& experiment) const;
    /// Plans hints and samples until every group counts: rounds, other problems for those without spread, the groups as they are trained on.
    void sample(std::int64_t step, std::vector<Group>& groups, const Experiment& experiment, const GuidancePolicy& policy, const StepPorts& ports, Phase& phase);
    void rounds(std::int64_t step, std::span<Group> groups, const Experiment& experiment, const GuidancePolicy& policy, const StepPorts& ports, Phase& phase);
    /// Which rescues count where guidance.accept ranks them: their scores, and the policy's choice.
    void choose(std::int64_t step, std::span<Group> groups, const Experiment& experiment, const GuidancePolicy& policy) const;
    void cut_hints(std::vector<Group*>& groups, const Experiment& experiment) const;
    void generate(std::int64_t step, int round, std::vector<Group*>& groups, const Experiment& experiment, const StepPorts& ports, Phase& phase);
    void add_references(std::int64_t step, std::span<Group> groups, std::stop_token stop);
    void update(std::int64_t step, std::vector<Group>& groups, const Experiment& experiment, const StepPorts& ports, StepRecord& record);
    void learn_references(std::int64_t step, std::vector<Group>& groups, const Experiment& experiment, const StepPorts& ports, StepRecord& record);
    OptimizerSettings optimizer_of(std::int64_t step, const Experiment& experiment) const;
    void heldout(std::int64_t step, const Experiment& experiment, const StepPorts& ports, StepRecord& record);
    DecodingRules decoding(const Experiment& experiment) const;

    Engine& engine_;
    const Family& family_;
    const ProblemSet& set_;
    Experiment experiment_;
    GuidancePolicy policy_;
    StepClock clock_;  ///< Of the step in progress.
    std::int64_t last_step_ = -1;  ///< -1: not even step 0.
    std::int64_t tokens_generated_ = 0, num_tokens_ = 0, tokens_heldout_ = 0;
    int longest_completion_ = 0;  ///< Tokens; the constant that dr_grpo divides by.
};

}  // namespace foothold
