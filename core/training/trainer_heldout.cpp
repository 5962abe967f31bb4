// SPDX-License-Identifier: GPL-3.0-or-later
// How the held-out problems go, without hints.
#include "training/judged_attempt.h"
#include "training/step_metrics.h"
#include "training/trainer_group.h"

namespace foothold {

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
                requests.push_back({family_.encode_context(problem, {}, {}, Placement::answer), round == 0 ? samples : 1, family_.max_new_tokens(problem, 0),
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
                a.prompt = set_.problems[problems[i]].prompt;
                a.sampled_under = family_.context(set_.problems[problems[i]], {}, Placement::answer);
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

}  // namespace foothold
