// SPDX-License-Identifier: GPL-3.0-or-later
// The training step.
#include "training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/lora.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "tasks/corruption.h"
#include "training/step_metrics.h"
#include "training/trainer_group.h"

namespace foothold {
namespace {

std::vector<Intervention> due(const std::vector<Intervention>& all, std::int64_t step) {
    std::vector<Intervention> out;
    std::copy_if(all.begin(), all.end(), std::back_inserter(out), [step](const Intervention& x) { return x.step == step; });
    return out;
}

}  // namespace

Trainer::Trainer(Engine& engine, const Family& family, const ProblemSet& problems, Experiment experiment, HintCounts match)
    : engine_(engine), family_(family), set_(problems), experiment_(std::move(experiment)) {
    if (!family.fits(engine.config().vocab_size))
        throw UserError(fmt::format("the model knows {} tokens, but family {} with these settings has {}: choose a model made for it, or set problems.modulus",
                                    engine.config().vocab_size, family.name(), family.tokenizer().size()));
    find_corruption(experiment_.corruption.operation);
    if (experiment_.loss.beta > 0) engine_.keep_reference();
    if (const LoraConfig lora = lora_of(experiment_); lora.rank > 0)
        engine_.load(initial_adapter(engine_.config(), lora, static_cast<std::uint64_t>(experiment_.seed)));
    policy_.set_match(std::move(match));
    for (const Problem& p : set_.problems) longest_completion_ = std::max(longest_completion_, family_.max_new_tokens(p, 0));
}

StepRecord Trainer::before_training(const StepPorts& ports) {
    StepRecord record;
    clock_ = StepClock(StepPhase::heldout);
    if (experiment_.heldout.n > 0) heldout(0, experiment_, ports, record);
    clock_.stop();
    clock_.add_metrics(StepPhase::heldout, record.summary.metrics);
    record.summary.hash = hash_record(record);
    last_step_ = 0;
    return record;
}

StepRecord Trainer::step(const StepPorts& ports, std::span<const Intervention> changes) {
    clock_ = StepClock(StepPhase::draw);
    const std::int64_t step = last_step_ + 1;
    StepRecord record;
    record.summary.step = step;
    Experiment experiment = experiment_;
    auto& known = experiment.interventions;
    for (Intervention change : changes) {
        change.step = step;
        if (std::find(known.begin(), known.end(), change) != known.end()) continue;
        known.insert(std::upper_bound(known.begin(), known.end(), step, [](std::int64_t s, const Intervention& x) { return s < x.step; }), change);
    }
    for (const Intervention& change : due(known, step)) {
        set_key(experiment, change.key, change.value);
        record.summary.applied.push_back(change);
    }
    GuidancePolicy policy = policy_;

    Phase phase;
    const bool supervised = step <= experiment.guidance.supervised;
    std::vector<Group> groups = draw(step, experiment);
    phase.groups = static_cast<int>(groups.size());
    if (!supervised) sample(step, groups, experiment, policy, ports, phase);

    clock_.enter(StepPhase::update);
    phase.name = "update";
    ports.report(phase);
    if (supervised) learn_references(step, groups, experiment, ports, record);
    else update(step, groups, experiment, ports, record);

    Metrics& metrics = record.summary.metrics;
    if (!supervised) {
        std::vector<GroupView> views;
        std::vector<GroupSummary> trained_on;
        std::vector<const Attempt*> trained;
        std::vector<std::vector<const Attempt*>> plain;
        for (Group& g : groups) {
            plain.emplace_back();
            for (const auto* list : {&g.earlier, &g.attempts})
                for (const Attempt& a : *list)
                    if (a.hint_ratio <= 0 && a.origin == Origin::train) plain.back().push_back(&a);
            views.push_back(g.view);
            record.summary.groups.push_back(g.summary);
            if (g.set_aside) continue;
            trained_on.push_back(g.summary);
            for (const Attempt& a : g.attempts) trained.push_back(&a);
        }
        policy.learn(step, views, experiment);
        Metrics step_numbers;
        add_attempt_metrics(trained, static_cast<std::size_t>(experiment.sampling.attempts), step_numbers);
        add_group_metrics(trained_on, record.summary.groups, step_numbers);
        add_vote_metrics(plain, family_.tokenizer(), step_numbers);
        metrics.insert(metrics.begin(), step_numbers.begin(), step_numbers.end());
    }
    metrics.emplace_back("tokens_generated", static_cast<double>(tokens_generated_ + phase.tokens));
    std::int64_t seen = phase.tokens;
    for (Group& g : groups)
        for (auto* list : {&g.earlier, &g.attempts})
            for (Attempt& a : *list) {
                if (list == &g.attempts) seen += static_cast<std::int64_t>(a.context.size());
                if (a.origin == Origin::given) seen += static_cast<std::int64_t>(a.tokens.size());
                record.attempts.push_back(std::move(a));
            }
    metrics.emplace_back("num_tokens", static_cast<double>(num_tokens_ + seen));

    // Nothing below throws Stopped: the step counts.
    experiment_ = std::move(experiment);
    policy_ = std::move(policy);
    last_step_ = step;
    tokens_generated_ += phase.tokens;
    num_tokens_ += seen;
    if (experiment_.heldout.n > 0 && experiment_.heldout.every > 0 && step % experiment_.heldout.every == 0) {
        clock_.enter(StepPhase::heldout);
        heldout(step, experiment_, {{}, ports.report}, record);
    }
    clock_.stop();
    metrics.emplace_back("tokens_heldout", static_cast<double>(tokens_heldout_));
    metrics.emplace_back("tokens_probe", 0.0);
    metrics.emplace_back("step_time", clock_.seconds());
    metrics.emplace_back("tokens_per_second", static_cast<double>(phase.tokens) / clock_.seconds());
    clock_.add_metrics(StepPhase::draw, metrics);
    record.summary.hash = hash_record(record);
    return record;
}

void Trainer::set_plans(std::span<const Intervention> all) {
    std::erase_if(experiment_.interventions, [this](const Intervention& x) { return x.step > last_step_; });
    for (const Intervention& change : all)
        if (change.step > last_step_) experiment_.interventions.push_back(change);
}

ModelFile Trainer::checkpoint() const {
    ModelFile file;
    file.state = engine_.state();
    const nlohmann::json json = {{"step", last_step_}, {"tokens_generated", tokens_generated_}, {"num_tokens", num_tokens_}, {"tokens_heldout", tokens_heldout_}};
    file.metadata["trainer"] = json.dump();
    if (file.state.lora.rank > 0) file.metadata[base_model_key] = experiment_.model.path;
    file.metadata["memory"] = policy_.memory();
    file.metadata["experiment"] = write_experiment(experiment_);
    return file;
}

void Trainer::restore(const ModelFile& file) {
    if (!file.metadata.contains("trainer")) throw UserError("this model file is no checkpoint of a run");
    const auto json = nlohmann::json::parse(file.metadata.at("trainer"));
    last_step_ = json.at("step");
    tokens_generated_ = json.at("tokens_generated");
    num_tokens_ = json.at("num_tokens");
    tokens_heldout_ = json.at("tokens_heldout");
    policy_.restore(file.metadata.at("memory"));
    experiment_ = parse_experiment(file.metadata.at("experiment"), "checkpoint");
    engine_.load(file.state);
}

}  // namespace foothold
