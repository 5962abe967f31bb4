// SPDX-License-Identifier: GPL-3.0-or-later
// Sampling one group beside training.
#include "studies/group_probe.h"

#include "record/error.h"
#include "tasks/hint.h"
#include "training/advantages.h"
#include "training/judged_attempt.h"

namespace foothold {

GroupProbe::GroupProbe(GroupProbeSettings settings) : settings_(std::move(settings)) {
    if (settings_.attempts < 1) throw UserError("a probe needs at least one attempt");
}

std::vector<Attempt> GroupProbe::slice(const JobPorts& ports) {
    const auto word = [](std::int64_t x) { return static_cast<std::uint64_t>(x); };
    const GroupProbeSettings& s = settings_;
    if (s.problem >= ports.problems.problems.size()) throw UserError("there is no such problem in this run");
    const Problem& problem = ports.problems.problems[s.problem];
    const Placement placement = placement_of(ports.experiment, ports.family);
    const Hint hint = first_steps(s.steps, s.given);
    const auto given = std::span(s.steps).first(static_cast<std::size_t>(hint.steps));
    const std::string context = ports.family.context(problem, hint.text, placement);
    const bool branch = !s.forced.empty();
    std::uint64_t forced_key = 0;
    for (Token token : s.forced) forced_key = random_key({forced_key, word(token)});
    const GenerateRequest request{ports.family.encode_context(problem, hint.text, hint.rest, placement), s.attempts,
                                  ports.family.max_new_tokens(problem, placement == Placement::answer ? ports.family.steps_done(problem, given) : 0),
                                  random_key({word(s.seed), static_cast<std::uint64_t>(branch ? Stream::branch : Stream::probe), word(ports.step),
                                              text_key(problem.prompt), word(s.variant), word(s.given), forced_key})};
    DecodingRules rules;
    rules.temperature = ports.experiment.sampling.temperature;
    rules.top_p = ports.experiment.sampling.top_p;
    rules.forced_prefix = s.forced;
    auto completions = ports.engine.generate(std::span(&request, 1), rules, ports.family.end_token(), ports.stop, [](std::int64_t) {}).front();

    std::vector<Attempt> attempts;
    std::vector<double> rewards;
    for (std::size_t k = 0; k < completions.size(); ++k) {
        Attempt a;
        a.step = ports.step;
        a.problem = s.problem;
        a.occurrence = static_cast<std::uint16_t>(s.given);
        a.attempt = static_cast<std::uint16_t>(k);
        a.origin = branch ? Origin::branch : Origin::probe;
        a.variant = s.variant;
        a.hint_ratio = s.steps.empty() ? 0 : static_cast<float>(s.given) / static_cast<float>(s.steps.size());
        a.prompt = problem.prompt;
        a.hint = hint.text;
        a.sampled_under = context;
        judge_completion(a, std::move(completions[k]), ports.family, problem, placement);
        rewards.push_back(a.reward);
        attempts.push_back(std::move(a));
    }
    const auto advantages = group_advantages(rewards, rewards.size(), parse_reward_scale(ports.experiment.loss.scale_rewards));
    for (std::size_t k = 0; k < attempts.size(); ++k) attempts[k].advantage = advantages[k];
    std::lock_guard lock(mutex_);
    attempts_ = attempts;
    step_ = ports.step;
    done_ = true;
    return attempts;
}

bool GroupProbe::done() const {
    std::lock_guard lock(mutex_);
    return done_;
}

void GroupProbe::give_up(const std::string& reason) {
    std::lock_guard lock(mutex_);
    done_ = true;
    failure_ = reason;
}

std::vector<Attempt> GroupProbe::attempts() const {
    std::lock_guard lock(mutex_);
    return attempts_;
}

std::int64_t GroupProbe::step() const {
    std::lock_guard lock(mutex_);
    return step_;
}

std::string GroupProbe::failure() const {
    std::lock_guard lock(mutex_);
    return failure_;
}

}  // namespace foothold
