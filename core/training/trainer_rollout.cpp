// SPDX-License-Identifier: GPL-3.0-or-later
// From the pool to judged groups: draw, hints, attempts.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "record/variant.h"
#include "tasks/corruption.h"
#include "training/attempt_confidence.h"
#include "training/judged_attempt.h"
#include "training/trainer_group.h"

namespace foothold {
namespace {

/// Scaf-GRPO's group (arXiv 2510.19807, section 3.3): the attempts without a hint, one failure replaced by the first hinted success.
template <class Group>
void keep_one_hinted(Group& g, bool accepted) {
    if (g.plain.empty()) return;
    std::swap(g.plain, g.attempts);  // g.plain now holds the hinted ones.
    const auto found = std::find_if(g.plain.begin(), g.plain.end(), [](const Attempt& a) { return a.verdict == Verdict::correct; });
    g.view.correct = g.view.sound = 0;
    if (accepted && found != g.plain.end()) {
        g.view.correct = 1;
        g.view.sound = found->soundness == Soundness::sound;
        std::swap(*found, g.attempts.back());
    }
    g.summary.correct = static_cast<std::uint8_t>(g.view.correct);
    g.summary.sound = static_cast<std::uint8_t>(g.view.sound);
    std::move(g.plain.begin(), g.plain.end(), std::back_inserter(g.earlier));
    g.plain.clear();
}

}  // namespace

Trainer::Group Trainer::group_of(std::uint32_t problem, const Experiment& experiment) const {
    Group group;
    group.view.problem = group.summary.problem = problem;
    group.view.tier = set_.problems[problem].tier;
    group.view.attempts = static_cast<int>(experiment.sampling.attempts) - (experiment.guidance.assembly == "trace" ? 1 : 0);
    group.summary.attempts = static_cast<std::uint8_t>(group.view.attempts);
    group.summary.correct_before = GroupSummary::no_plain_round;
    return group;
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
        Group group = group_of(order[static_cast<std::size_t>(at % pool)], experiment);
        group.view.occurrence = group.summary.occurrence = seen[group.view.problem]++;
        groups.push_back(std::move(group));
    }
    return groups;
}

std::vector<Trainer::Group> Trainer::draw_others(std::int64_t step, std::int64_t time, std::size_t count, std::span<const Group> groups,
                                                 const Experiment& experiment) const {
    std::set<std::uint32_t> taken;
    for (const Group& g : groups) taken.insert(g.view.problem);
    std::vector<std::uint32_t> order(set_.pool_size);
    std::iota(order.begin(), order.end(), 0u);
    Random(random_key({word(experiment.seed), word(Stream::draw), word(step), word(time), 1})).shuffle(std::span(order));
    std::vector<Group> others;
    for (const std::uint32_t problem : order)
        if (others.size() < count && !taken.contains(problem)) others.push_back(group_of(problem, experiment));
    return others;
}

void Trainer::sample(std::int64_t step, std::vector<Group>& groups, const Experiment& experiment, const GuidancePolicy& policy, const StepPorts& ports, Phase& phase) {
    const std::size_t wanted = groups.size();
    rounds(step, groups, experiment, policy, ports, phase);
    for (std::int64_t time = 1; time <= experiment.sampling.resample; ++time) {
        const auto good = static_cast<std::size_t>(std::count_if(groups.begin(), groups.end(), [](const Group& g) { return g.has_spread(); }));
        if (good >= wanted) break;
        clock_.enter(StepPhase::draw);
        std::vector<Group> others = draw_others(step, time, wanted - good, groups, experiment);
        if (others.empty()) break;
        rounds(step, others, experiment, policy, ports, phase);
        std::move(others.begin(), others.end(), std::back_inserter(groups));
    }
    // As many are trained on as were wanted: those with spread first.
    std::size_t room = wanted;
    for (const bool spread : {true, false})
        for (Group& g : groups)
            if (g.has_spread() == spread) g.set_aside = room == 0 || (--room, false);
    if (experiment.guidance.assembly == "trace") add_references(step, groups, ports.stop);
}

void Trainer::rounds(std::int64_t step, std::span<Group> groups, const Experiment& experiment, const GuidancePolicy& policy, const StepPorts& ports, Phase& phase) {
    std::vector<GroupView> views;
    for (const Group& g : groups) views.push_back(g.view);
    const std::vector<double> ratios = policy.plan(step, views, experiment);
    std::vector<Group*> active;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        groups[i].view.ratio = ratios[i];
        active.push_back(&groups[i]);
    }
    for (int round = 0; !active.empty(); ++round) {
        clock_.enter(StepPhase::draw);
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
    choose(step, groups, experiment, policy);
    if (experiment.guidance.assembly == "one")
        for (Group& g : groups) keep_one_hinted(g, policy.accepted(g.view, experiment));
}

void Trainer::choose(std::int64_t step, std::span<Group> groups, const Experiment& experiment, const GuidancePolicy& policy) const {
    const std::string& rule = experiment.guidance.accept;
    const auto& scores = trace_scores();
    const bool confident = std::find(scores.begin(), scores.end(), rule) != scores.end();
    std::vector<GroupView*> views;
    for (Group& g : groups) {
        views.push_back(&g.view);
        if (!confident || g.view.ratio <= 0 || g.view.correct == 0) continue;
        g.view.score = 0;  // All its successes are trained on if it counts, so their mean.
        for (const Attempt& a : g.attempts)
            if (a.verdict == Verdict::correct) g.view.score += trace_score(confidence_of(a, family_.tokenizer()), rule) / g.view.correct;
    }
    policy.choose(step, views, experiment);
}

DecodingRules Trainer::decoding(const Experiment& experiment) const {
    DecodingRules rules;
    rules.temperature = experiment.sampling.temperature;
    rules.top_p = experiment.sampling.top_p;
    return rules;
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
    clock_.enter(StepPhase::generate);
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
        requests.push_back({family_.encode_context(problem, g->hint.text, g->hint.rest, placement), g->view.attempts, limit,
                            random_key({word(experiment.seed), word(Stream::rollout), word(step), g->view.problem, g->view.occurrence, word(round)})});
    }
    const std::int64_t before = phase.tokens;
    auto completions = engine_.generate(requests, decoding(experiment), family_.end_token(), ports.stop, [&](std::int64_t tokens) {
        phase.tokens = before + tokens;
        ports.report(phase);
    });
    clock_.enter(StepPhase::judge);
    phase.tokens = before;
    phase.name = "judge";
    for (std::size_t i = 0; i < groups.size(); ++i) {
        Group& g = *groups[i];
        const Problem& problem = set_.problems[g.view.problem];
        const bool may_return = g.view.ratio > 0 && experiment.guidance.assembly == "one" && g.plain.empty() && !g.attempts.empty();
        for (Attempt& a : g.attempts) (may_return ? g.plain : g.earlier).push_back(std::move(a));
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
            a.context = requests[i].context;
            a.variant = g.variant;
            phase.tokens += static_cast<std::int64_t>(completions[i][k].tokens.size());
            judge_completion(a, std::move(completions[i][k]), family_, problem, placement);
            if (experiment.reward.kind == "random") a.reward = uniform_at(random_key({requests[i].random_key, word(Stream::reward)}), k) < 0.5 ? 1 : 0;
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

void Trainer::add_references(std::int64_t step, std::span<Group> groups, std::stop_token stop) {
    std::vector<ScoredSequence> sequences;
    for (Group& g : groups) {
        const Problem& problem = set_.problems[g.view.problem];
        Attempt a;
        a.step = step;
        a.problem = g.view.problem;
        a.occurrence = g.view.occurrence;
        a.round = static_cast<std::uint16_t>(std::max(1, static_cast<int>(g.summary.rounds)) - 1);
        a.attempt = static_cast<std::uint16_t>(g.attempts.size());
        a.origin = Origin::given;
        a.prompt = problem.prompt;
        a.sampled_under = family_.context(problem, {}, Placement::answer);
        auto [ids, first] = family_.encode_solution(problem);
        ids.push_back(family_.end_token());
        const auto completion = ids.begin() + static_cast<std::ptrdiff_t>(first);
        a.context.assign(ids.begin(), completion);
        Completion reference;
        reference.tokens.assign(completion, ids.end());
        reference.ended = true;
        sequences.push_back({std::move(ids), first});
        reference.entropies.assign(reference.tokens.size(), 0);  // Nothing was sampled.
        reference.confidence.assign(reference.tokens.size(), 0);
        judge_completion(a, std::move(reference), family_, problem, Placement::answer);
        g.attempts.push_back(std::move(a));
        g.view.attempts = static_cast<int>(g.attempts.size());
        g.view.correct += 1;
        g.view.sound += 1;
        g.summary.attempts = static_cast<std::uint8_t>(g.view.attempts);
        g.summary.correct = static_cast<std::uint8_t>(g.view.correct);
        g.summary.sound = static_cast<std::uint8_t>(g.view.sound);
    }
    auto scores = engine_.score(sequences, false, stop);
    for (std::size_t i = 0; i < groups.size(); ++i) groups[i].attempts.back().logprobs = std::move(scores[i]);
}

}  // namespace foothold
