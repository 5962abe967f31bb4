// SPDX-License-Identifier: GPL-3.0-or-later
// The training step.
#include "training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/variant.h"
#include "tasks/corruption.h"
#include "tasks/hint.h"
#include "training/advantages.h"
#include "training/judged_attempt.h"
#include "training/objective.h"
#include "training/step_metrics.h"

namespace foothold {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t word(std::int64_t x) { return static_cast<std::uint64_t>(x); }
std::uint64_t word(Stream s) { return static_cast<std::uint64_t>(s); }

std::vector<Intervention> due(const std::vector<Intervention>& all, std::int64_t step) {
    std::vector<Intervention> out;
    std::copy_if(all.begin(), all.end(), std::back_inserter(out), [step](const Intervention& x) { return x.step == step; });
    return out;
}

}  // namespace

/// One group on its way through the rounds of a step.
struct Trainer::Group {
    GroupView view;
    GroupSummary summary;
    Hint hint;
    std::int64_t variant = 0;       ///< Of the trace that the hint was cut from.
    std::vector<Attempt> attempts;  ///< Of the round that counts so far.
    std::vector<Attempt> earlier;   ///< Of the rounds before.
};

Trainer::Trainer(Engine& engine, const Family& family, const ProblemSet& problems, Experiment experiment, HintCounts match)
    : engine_(engine), family_(family), set_(problems), experiment_(std::move(experiment)) {
    if (engine.config().vocab_size != family.vocabulary().size())
        throw UserError(fmt::format("the model knows {} tokens, but family {} with these settings has {}: choose a model made for it, or set problems.modulus",
                                    engine.config().vocab_size, family.name(), family.vocabulary().size()));
    find_corruption(experiment_.corruption.operation);
    if (experiment_.loss.beta > 0) engine_.keep_reference();
    policy_.set_match(std::move(match));
    for (const Problem& p : set_.problems) longest_completion_ = std::max(longest_completion_, family_.max_new_tokens(p, 0));
}

DecodingRules Trainer::decoding(const Experiment& experiment) const {
    DecodingRules rules;
    rules.temperature = experiment.sampling.temperature;
    rules.top_p = experiment.sampling.top_p;
    return rules;
}

StepRecord Trainer::before_training(const StepPorts& ports) {
    StepRecord record;
    if (experiment_.heldout.n > 0) heldout(0, experiment_, ports, record);
    record.summary.hash = hash_record(record);
    last_step_ = 0;
    return record;
}

StepRecord Trainer::step(const StepPorts& ports, std::span<const Intervention> changes) {
    const auto start = Clock::now();
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

    std::vector<Group> groups = draw(step, experiment);
    std::vector<GroupView> views;
    for (const Group& g : groups) views.push_back(g.view);
    const std::vector<double> ratios = policy.plan(step, views, experiment);
    for (std::size_t i = 0; i < groups.size(); ++i) groups[i].view.ratio = ratios[i];

    std::vector<Group*> active;
    for (Group& g : groups) active.push_back(&g);
    Phase phase;
    phase.groups = static_cast<int>(groups.size());
    for (int round = 0; !active.empty(); ++round) {
        cut_hints(active, experiment);
        generate(step, round, active, experiment, ports, phase);
        std::vector<Group*> again;
        for (Group* g : active) {
            const auto next = policy.another_round(step, g->view, experiment);
            if (!next) continue;
            g->view.ratio = *next;
            again.push_back(g);
        }
        active = std::move(again);
    }
    const auto generated = Clock::now();

    phase.name = "update";
    ports.report(phase);
    update(step, groups, experiment, ports, record);
    const auto updated = Clock::now();

    views.clear();
    std::vector<const Attempt*> trained;
    for (Group& g : groups) {
        views.push_back(g.view);
        record.summary.groups.push_back(g.summary);
        for (const Attempt& a : g.attempts) trained.push_back(&a);
    }
    policy.learn(step, views, experiment);
    Metrics& metrics = record.summary.metrics;
    Metrics step_numbers;
    add_attempt_metrics(trained, static_cast<std::size_t>(experiment.sampling.attempts), step_numbers);
    add_group_metrics(record.summary.groups, step_numbers);
    metrics.insert(metrics.begin(), step_numbers.begin(), step_numbers.end());
    metrics.emplace_back("tokens_generated", static_cast<double>(tokens_generated_ + phase.tokens));
    std::int64_t seen = phase.tokens;
    for (Group& g : groups)
        for (auto* list : {&g.earlier, &g.attempts})
            for (Attempt& a : *list) {
                if (list == &g.attempts) seen += static_cast<std::int64_t>(split_words(a.sampled_under).size());
                record.attempts.push_back(std::move(a));
            }
    metrics.emplace_back("num_tokens", static_cast<double>(num_tokens_ + seen));

    // Nothing below throws Stopped: the step counts.
    experiment_ = std::move(experiment);
    policy_ = std::move(policy);
    last_step_ = step;
    tokens_generated_ += phase.tokens;
    num_tokens_ += seen;
    if (experiment_.heldout.n > 0 && experiment_.heldout.every > 0 && step % experiment_.heldout.every == 0) heldout(step, experiment_, {{}, ports.report}, record);
    metrics.emplace_back("tokens_heldout", static_cast<double>(tokens_heldout_));
    metrics.emplace_back("tokens_probe", 0.0);
    const auto seconds = [](auto from, auto to) { return std::chrono::duration<double>(to - from).count(); };
    const double whole = seconds(start, Clock::now());
    metrics.emplace_back("step_time", whole);
    metrics.emplace_back("tokens_per_second", static_cast<double>(phase.tokens) / whole);
    metrics.emplace_back("time/generate", seconds(start, generated));
    metrics.emplace_back("time/update", seconds(generated, updated));
    record.summary.hash = hash_record(record);
    return record;
}

void Trainer::set_plans(std::span<const Intervention> all) {
    std::erase_if(experiment_.interventions, [this](const Intervention& x) { return x.step > last_step_; });
    for (const Intervention& change : all)
        if (change.step > last_step_) experiment_.interventions.push_back(change);
}

std::vector<Trainer::Group> Trainer::draw(std::int64_t step, const Experiment& experiment) const {
    // Epochs over the pool: each is a permutation of its own, so the problems of a step depend on the step alone.
    const auto pool = static_cast<std::int64_t>(set_.pool_size), count = experiment.sampling.problems;
    std::vector<Group> groups;
    std::map<std::uint32_t, std::uint16_t> seen;
    std::int64_t epoch = -1;
    std::vector<std::uint32_t> order(set_.pool_size);
    for (std::int64_t at = (step - 1) * count; at < step * count; ++at) {
        if (at / pool != epoch) {
            epoch = at / pool;
            std::iota(order.begin(), order.end(), 0u);
            Random(random_key({word(experiment.seed), word(Stream::draw), word(epoch)})).shuffle(std::span(order));
        }
        Group group;
        group.view.problem = order[static_cast<std::size_t>(at % pool)];
        group.view.occurrence = seen[group.view.problem]++;
        group.view.tier = set_.problems[group.view.problem].tier;
        group.view.attempts = static_cast<int>(experiment.sampling.attempts);
        group.summary.problem = group.view.problem;
        group.summary.occurrence = group.view.occurrence;
        group.summary.attempts = static_cast<std::uint8_t>(experiment.sampling.attempts);
        group.summary.correct_before = GroupSummary::no_plain_round;
        groups.push_back(std::move(group));
    }
    return groups;
}

void Trainer::cut_hints(std::vector<Group*>& groups, const Experiment& experiment) const {
    const CorruptionOperator& op = find_corruption(experiment.corruption.operation);
    const auto& tiers = experiment.corruption.tiers;
    const auto pool = std::span(set_.problems).first(set_.pool_size);
    for (Group* g : groups) {
        g->hint = {};
        g->variant = 0;
        if (g->view.ratio <= 0) continue;
        const Problem& problem = set_.problems[g->view.problem];
        std::vector<std::string> steps = problem.steps;
        if (const auto edited = experiment.guidance.traces.find(problem.id); edited != experiment.guidance.traces.end()) {
            steps = edited->second;
            g->variant = variant_id(problem.id, steps);
        } else if (tiers.empty() || std::find(tiers.begin(), tiers.end(), problem.tier) != tiers.end()) {
            steps = corrupt(op, problem, pool, experiment.corruption.dose, word(experiment.corruption.seed), family_).steps;
        }
        g->hint = cut_hint(steps, g->view.ratio, experiment.guidance.cut == "tokens");
        // Idle steps put between the problem's own take no step's place: the model has those left to write.
        g->hint.steps = family_.steps_done(problem, std::span(steps).first(static_cast<std::size_t>(g->hint.steps)));
    }
}

void Trainer::generate(std::int64_t step, int round, std::vector<Group*>& groups, const Experiment& experiment, const StepPorts& ports, Phase& phase) {
    phase.name = "generate";
    phase.round = round;
    phase.groups_judged = 0;
    ports.report(phase);
    const Placement placement = placement_of(experiment, family_);
    std::vector<GenerateRequest> requests;
    std::vector<std::string> contexts;
    for (const Group* g : groups) {
        const Problem& problem = set_.problems[g->view.problem];
        contexts.push_back(family_.context(problem, g->hint.text, placement));
        const int given = placement == Placement::answer ? g->hint.steps : 0;
        const int limit = experiment.sampling.max_new_tokens > 0 ? static_cast<int>(experiment.sampling.max_new_tokens) : family_.max_new_tokens(problem, given);
        requests.push_back({family_.vocabulary().encode(contexts.back()), g->view.attempts, limit,
                            random_key({word(experiment.seed), word(Stream::rollout), word(step), g->view.problem, g->view.occurrence, word(round)})});
    }
    const std::int64_t before = phase.tokens;
    auto completions = engine_.generate(requests, decoding(experiment), family_.end_token(), ports.stop, [&](std::int64_t tokens) {
        phase.tokens = before + tokens;
        ports.report(phase);
    });
    phase.tokens = before;
    phase.name = "judge";
    for (std::size_t i = 0; i < groups.size(); ++i) {
        Group& g = *groups[i];
        const Problem& problem = set_.problems[g.view.problem];
        for (Attempt& a : g.attempts) g.earlier.push_back(std::move(a));
        g.attempts.clear();
        g.view.correct = g.view.sound = 0;
        for (std::size_t k = 0; k < completions[i].size(); ++k) {
            Attempt a;
            a.step = step;
            a.problem = g.view.problem;
            a.occurrence = g.view.occurrence;
            a.round = static_cast<std::uint16_t>(round);
            a.attempt = static_cast<std::uint16_t>(k);
            a.hint_ratio = static_cast<float>(g.view.ratio);
            a.prompt = problem.prompt;
            a.hint = g.hint.text;
            a.sampled_under = contexts[i];
            a.variant = g.variant;
            phase.tokens += static_cast<std::int64_t>(completions[i][k].tokens.size());
            judge_completion(a, std::move(completions[i][k]), family_, problem, placement);
            g.view.correct += a.verdict == Verdict::correct;
            g.view.sound += a.soundness == Soundness::sound;
            g.attempts.push_back(std::move(a));
        }
        if (g.view.ratio <= 0) g.summary.correct_before = static_cast<std::uint8_t>(g.view.correct);
        g.summary.correct = static_cast<std::uint8_t>(g.view.correct);
        g.summary.sound = static_cast<std::uint8_t>(g.view.sound);
        g.summary.hint_ratio = static_cast<float>(g.view.ratio);
        g.summary.rounds = static_cast<std::uint16_t>(round + 1);
        ++phase.groups_judged;
    }
    ports.report(phase);
}

void Trainer::update(std::int64_t step, std::vector<Group>& groups, const Experiment& experiment, const StepPorts& ports, StepRecord& record) {
    const auto& loss = experiment.loss;
    const auto size = static_cast<std::size_t>(experiment.sampling.attempts);
    const bool trains_hints = experiment.guidance.hint_gradient == "policy" && placement_of(experiment, family_) == Placement::answer;
    std::vector<double> rewards;
    for (const Group& g : groups)
        for (const Attempt& a : g.attempts) rewards.push_back(a.reward);
    const std::vector<double> advantages = group_advantages(rewards, size, parse_reward_scale(loss.scale_rewards));

    // One row an attempt; those without a gradient stay out of the engine but in the denominators.
    struct Row {
        Attempt* attempt;
        ScoredSequence sequence;
        std::vector<float> old, reference;
        double gap_sum = 0, gap_max = 0;
        RowResult result;
    };
    std::vector<Row> rows;
    const auto minibatches = std::min(static_cast<std::size_t>(loss.minibatches), groups.size());
    std::vector<StepTotals> totals(minibatches);
    std::vector<std::vector<std::size_t>> members(minibatches);
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const std::size_t batch = i * minibatches / groups.size();
        const bool counts = policy_.accepted(groups[i].view, experiment);
        for (std::size_t k = 0; k < size; ++k) {
            Attempt& a = groups[i].attempts[k];
            a.advantage = counts ? advantages[i * size + k] : 0;
            const bool whole = trains_hints && a.reward > 0 && !a.hint.empty();
            a.trained_under = whole ? a.prompt : a.sampled_under;
            ScoredSequence s;
            s.tokens = family_.vocabulary().encode(a.sampled_under);
            s.first = whole ? family_.vocabulary().encode(a.prompt).size() : s.tokens.size();
            s.tokens.insert(s.tokens.end(), a.tokens.begin(), a.tokens.end());
            totals[batch].rows += 1;
            totals[batch].tokens += static_cast<double>(s.scored());
            a.trained = a.advantage != 0 || loss.beta > 0;
            if (!a.trained || a.tokens.empty()) {
                a.trained = false;
                a.trained_under.clear();
                continue;
            }
            members[batch].push_back(rows.size());
            rows.push_back({&a, std::move(s), {}, {}, 0, 0, {}});
        }
    }

    const ObjectiveSettings settings{parse_loss_type(loss.type), loss.epsilon, loss.epsilon_high, loss.beta,
                                     experiment.sampling.max_new_tokens > 0 ? static_cast<int>(experiment.sampling.max_new_tokens) : longest_completion_};
    OptimizerSettings optimizer;
    const double progress = static_cast<double>(step - 1) / static_cast<double>(std::max<std::int64_t>(1, experiment.steps));
    const std::string& schedule = experiment.optimizer.schedule;
    const double left = std::clamp(1 - progress, 0.0, 1.0);
    optimizer.lr = experiment.optimizer.lr * (schedule == "linear" ? left : schedule == "cosine" ? 0.5 * (1 - std::cos(std::numbers::pi * left)) : 1.0);
    optimizer.beta1 = experiment.optimizer.betas[0];
    optimizer.beta2 = experiment.optimizer.betas[1];
    optimizer.weight_decay = experiment.optimizer.weight_decay;
    optimizer.max_grad_norm = experiment.optimizer.max_grad_norm;

    const bool off_policy = loss.num_iterations * static_cast<std::int64_t>(minibatches) > 1;
    if (off_policy || loss.beta > 0) {
        std::vector<ScoredSequence> sequences;
        for (const Row& row : rows) sequences.push_back(row.sequence);
        if (off_policy) {
            auto old = engine_.score(sequences, false, ports.stop);
            for (std::size_t r = 0; r < rows.size(); ++r) rows[r].old = std::move(old[r]);
        }
        if (loss.beta > 0) {
            auto reference = engine_.score(sequences, true, ports.stop);
            for (std::size_t r = 0; r < rows.size(); ++r) rows[r].reference = std::move(reference[r]);
        }
    }

    double loss_sum = 0, norm_sum = 0, kl = 0, low = 0, high = 0, tokens = 0, gap = 0, gap_max = 0, gap_tokens = 0;
    std::int64_t updates = 0;
    for (std::int64_t iteration = 0; iteration < loss.num_iterations; ++iteration)
        for (std::size_t batch = 0; batch < minibatches; ++batch) {
            if (members[batch].empty()) continue;
            std::vector<ScoredSequence> sequences;
            for (std::size_t r : members[batch]) sequences.push_back(rows[r].sequence);
            const auto gradient = [&](std::size_t index, std::span<const float> logprobs, std::span<float> out) {
                Row& row = rows[members[batch][index]];
                const std::vector<std::uint8_t> mask(logprobs.size(), 1);
                row.result = objective_row<float>(logprobs, row.old, row.reference, mask, row.attempt->advantage, 1.0, settings, totals[batch], out);
                if (iteration == 0 && batch == 0) {  // Only here trainer and sampler have the same weights.
                    const std::size_t offset = logprobs.size() - row.attempt->logprobs.size();
                    for (std::size_t t = offset; t < logprobs.size(); ++t) {
                        const double difference = std::abs(static_cast<double>(logprobs[t]) - row.attempt->logprobs[t - offset]);
                        row.gap_sum += difference;
                        row.gap_max = std::max(row.gap_max, difference);
                    }
                }
            };
            const bool first = updates == 0;
            const UpdateResult result = engine_.update(sequences, gradient, optimizer, first ? ports.stop : std::stop_token{});
            ++updates;
            norm_sum += result.grad_norm;
            for (std::size_t r : members[batch]) {
                const Row& row = rows[r];
                loss_sum += row.result.loss;
                kl += row.result.kl_sum;
                low += row.result.clipped_low;
                high += row.result.clipped_high;
                tokens += static_cast<double>(row.sequence.scored());
                if (first) {
                    gap += row.gap_sum;
                    gap_max = std::max(gap_max, row.gap_max);
                    gap_tokens += static_cast<double>(row.attempt->logprobs.size());
                }
            }
        }
    const double n = std::max(1.0, tokens), count = static_cast<double>(std::max<std::int64_t>(1, updates));
    record.summary.metrics = {{"loss", loss_sum / count},
                              {"grad_norm", norm_sum / count},
                              {"learning_rate", optimizer.lr},
                              {"clip_ratio/low_mean", low / n},
                              {"clip_ratio/high_mean", high / n},
                              {"clip_ratio/region_mean", (low + high) / n},
                              {"sampling/sampling_logp_difference/mean", gap / std::max(1.0, gap_tokens)},
                              {"sampling/sampling_logp_difference/max", gap_max}};
    if (loss.beta > 0) record.summary.metrics.emplace_back("kl", kl / n);
}

void Trainer::heldout(std::int64_t step, const Experiment& experiment, const StepPorts& ports, StepRecord& record) {
    Phase phase;
    phase.name = "held-out";
    ports.report(phase);
    const auto samples = static_cast<int>(experiment.heldout.attempts);
    for (std::uint16_t round : {0, 1}) {  // 0: sampled at temperature 1; 1: greedy.
        std::vector<GenerateRequest> requests;
        std::vector<std::uint32_t> problems;
        for (const auto& tier : set_.heldout)
            for (std::uint32_t index : tier) {
                const Problem& problem = set_.problems[index];
                problems.push_back(index);
                requests.push_back({family_.vocabulary().encode(problem.prompt), round == 0 ? samples : 1, family_.max_new_tokens(problem, 0),
                                    random_key({word(experiment.seed), word(Stream::heldout), word(step), index})});
            }
        DecodingRules rules;
        rules.temperature = round == 0 ? 1 : 0;
        auto completions = engine_.generate(requests, rules, family_.end_token(), ports.stop, [](std::int64_t) {});
        for (std::size_t i = 0; i < requests.size(); ++i)
            for (std::size_t k = 0; k < completions[i].size(); ++k) {
                Attempt a;
                a.step = step;
                a.problem = problems[i];
                a.round = round;
                a.attempt = static_cast<std::uint16_t>(k);
                a.origin = Origin::eval;
                a.prompt = a.sampled_under = set_.problems[problems[i]].prompt;
                tokens_heldout_ += static_cast<std::int64_t>(completions[i][k].tokens.size());
                judge_completion(a, std::move(completions[i][k]), family_, set_.problems[problems[i]], Placement::answer);
                record.attempts.push_back(std::move(a));
            }
    }
    for (const std::string& tier : set_.tiers) {
        std::vector<Attempt> of_tier;
        for (const Attempt& a : record.attempts)
            if (a.origin == Origin::eval && set_.problems[a.problem].tier == tier) of_tier.push_back(a);
        add_heldout_metrics(tier, of_tier, record.summary.metrics);
    }
}

Metrics Trainer::evaluate(const StepPorts& ports) {
    StepRecord scratch;
    const std::int64_t tokens = tokens_heldout_;
    if (experiment_.heldout.n > 0) heldout(std::max<std::int64_t>(0, last_step_), experiment_, ports, scratch);
    tokens_heldout_ = tokens;
    return scratch.summary.metrics;
}

ModelFile Trainer::checkpoint() const {
    ModelFile file;
    file.state = engine_.state();
    const nlohmann::json json = {{"step", last_step_}, {"tokens_generated", tokens_generated_}, {"num_tokens", num_tokens_}, {"tokens_heldout", tokens_heldout_}};
    file.metadata["trainer"] = json.dump();
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
