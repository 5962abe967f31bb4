// SPDX-License-Identifier: GPL-3.0-or-later
// Making a run from the demonstrator's traces.
#include "made_run.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <vector>

#include "common.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "session/fork.h"
#include "store/run_store.h"
#include "tasks/hint.h"
#include "tasks/problem_set.h"
#include "training/advantages.h"
#include "training/judged_attempt.h"
#include "training/step_metrics.h"

namespace foothold::cli {
namespace {

constexpr int attempts = 8, skills = 8, samples = 12, heldout_every = 20;
constexpr double level = .5;

/// Judged attempts of one problem at each level of skill, to draw groups from.
struct Samples {
    std::array<std::vector<Attempt>, skills> plain, hinted;
};

class Maker {
   public:
    Maker(const Experiment& experiment, const Family& family, const ProblemSet& problems)
        : family_(family), problems_(problems), placement_(placement_of(experiment, family)) {
        for (std::uint32_t i = 0; i < problems.pool_size; ++i) samples_.push_back(sample(i));
    }

    StepRecord step(std::int64_t step, std::int64_t steps) const {
        StepRecord record;
        record.summary.step = step;
        const int skill = static_cast<int>(step * skills / (steps + 1));
        std::vector<const Attempt*> counted;
        for (std::uint32_t problem = 0; step > 0 && problem < samples_.size(); ++problem) {
            Random random(random_key({7, static_cast<std::uint64_t>(step), problem}));
            const bool hinted = problem % 4 == 3;
            std::vector<Attempt> group;
            for (int i = 0; i < attempts; ++i) {
                const auto& from = (hinted ? samples_[problem].hinted : samples_[problem].plain)[static_cast<std::size_t>(skill)];
                Attempt a = from[random.below(from.size())];
                a.step = step;
                a.attempt = static_cast<std::uint16_t>(i);
                group.push_back(std::move(a));
            }
            record.summary.groups.push_back(close(group, problem, hinted));
            for (Attempt& a : group) record.attempts.push_back(std::move(a));
        }
        for (const Attempt& a : record.attempts) counted.push_back(&a);
        add_group_metrics(record.summary.groups, record.summary.groups, record.summary.metrics);
        add_attempt_metrics(counted, attempts, record.summary.metrics);
        record.summary.metrics.emplace_back("tokens_generated", static_cast<double>(step) * 1000);
        record.summary.metrics.emplace_back("step_time", 1.);
        if (step % heldout_every == 0)
            for (std::size_t tier = 0; tier < problems_.tiers.size(); ++tier) {
                std::vector<Attempt> tried;
                for (std::uint32_t problem = 0; problem < samples_.size(); ++problem)
                    if (problems_.problems[problem].tier == problems_.tiers[tier]) tried.push_back(samples_[problem].plain[static_cast<std::size_t>(skill)].front());
                add_heldout_metrics(problems_.tiers[tier], tried, record.summary.metrics);
            }
        return record;
    }

   private:
    Samples sample(std::uint32_t index) const {
        const Problem& problem = problems_.problems[index];
        Samples made;
        for (int skill = 0; skill < skills; ++skill) {
            const double slip = .6 * (skills - skill) / skills;
            const Demonstrator demonstrator{{{"+", slip / 20}, {"-", slip / 6}, {"*", slip}}, true, 0};
            for (int i = 0; i < samples; ++i) {
                Random random(random_key({index, static_cast<std::uint64_t>(skill), static_cast<std::uint64_t>(i)}));
                const std::string whole = family_.demonstrate(problem, demonstrator, random);
                made.plain[static_cast<std::size_t>(skill)].push_back(judged(index, "", whole, random));
                // What is left of a right trace after the hint, with an error of its own now and then.
                const Hint hint = cut_hint(problem.steps, level, false);
                std::vector<std::string> rest(problem.steps.begin() + hint.steps, problem.steps.end());
                if (random.uniform() < slip) rest.back() = family_.misstate(rest.back(), random);
                made.hinted[static_cast<std::size_t>(skill)].push_back(judged(index, hint.text, join_words(rest) + " # " + problem.answer, random));
            }
        }
        return made;
    }

    Attempt judged(std::uint32_t index, const std::string& hint, const std::string& text, Random& random) const {
        const Problem& problem = problems_.problems[index];
        Attempt a;
        a.problem = index;
        a.hint = hint;
        a.hint_ratio = hint.empty() ? 0.f : static_cast<float>(level);
        a.prompt = problem.prompt;
        a.sampled_under = a.trained_under = family_.context(problem, hint, placement_);
        a.trained = true;
        Completion completion;
        completion.tokens = family_.tokenizer().encode(text);
        completion.tokens.push_back(family_.end_token());
        completion.ended = true;
        for (std::size_t i = 0; i < completion.tokens.size(); ++i) {
            const auto sure = static_cast<float>(std::sqrt(random.uniform()));
            completion.logprobs.push_back(std::log(sure + 1e-3f));
            completion.entropies.push_back(1 - sure);
            completion.confidence.push_back(2 + 8 * sure);
        }
        judge_completion(a, std::move(completion), family_, problem, placement_);
        return a;
    }

    static GroupSummary close(std::vector<Attempt>& group, std::uint32_t problem, bool hinted) {
        GroupSummary summary;
        summary.problem = problem;
        summary.attempts = attempts;
        summary.hint_ratio = hinted ? static_cast<float>(level) : 0.f;
        if (hinted) summary.correct_before = GroupSummary::no_plain_round;
        std::vector<double> rewards;
        for (const Attempt& a : group) {
            rewards.push_back(a.reward);
            summary.correct += a.verdict == Verdict::correct;
            summary.sound += a.verdict == Verdict::correct && a.soundness == Soundness::sound;
        }
        if (!hinted) summary.correct_before = summary.correct;
        const auto advantages = group_advantages(rewards, attempts, RewardScale::Group);
        for (std::size_t i = 0; i < group.size(); ++i) group[i].advantage = advantages[i];
        return summary;
    }

    const Family& family_;
    const ProblemSet& problems_;
    const Placement placement_;
    std::vector<Samples> samples_;
};

}  // namespace

void make_run(const std::filesystem::path& dir, std::int64_t steps, std::int64_t problems) {
    Experiment experiment = read_experiment(resource_dir() / "experiments" / "dead-groups.toml");
    experiment.steps = steps;
    experiment.problems.pool = experiment.sampling.problems = problems;
    experiment.sampling.attempts = attempts;
    check_experiment(experiment);
    const auto family = family_of(experiment);
    const ProblemSet set = make_problem_set(experiment, *family);
    RunInfo info;
    info.name = dir.filename().string();
    info.created = timestamp();
    info.version = FOOTHOLD_VERSION;
    info.device = "none: made for a benchmark";
    info.planned_steps = steps;
    info.vocabulary = family->tokenizer().words();
    info.problems = set.problems;
    info.pool_size = set.pool_size;
    const auto writer = RunWriter::create(dir, write_experiment(experiment), info);
    const Maker maker(experiment, *family, set);
    ProgressBar bar;
    for (std::int64_t step = 0; step <= steps; ++step) {
        writer->append(maker.step(step, steps));
        bar.show(static_cast<double>(step) / static_cast<double>(steps), fmt::format("step {}", step));
    }
    writer->flush();
}

}  // namespace foothold::cli
