// SPDX-License-Identifier: GPL-3.0-or-later
// A session without an engine, for tests of the window: invented but plausible groups, the same ones every time.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <numeric>

#include "record/error.h"
#include "record/experiment_keys.h"
#include "record/random.h"
#include "session/session.h"

namespace foothold::test {

/// Four tiers of twelve chain problems, 16 groups of 8 a step by epochs. Easy tiers are solved, hard ones are dead until the cold start of 20
/// steps ends, then hints rescue more and more of them. No thread: step() makes a step at once, and while running each call of progress()
/// makes one more.
class FakeSession : public Session {
   public:
    static Experiment example() {
        Experiment experiment;
        experiment.steps = 120;
        experiment.problems.tiers = {"+:4", "+:8", "*:8", "*:10"};
        experiment.problems.pool = 48;
        experiment.guidance.cold_start = 20;
        return experiment;
    }

    explicit FakeSession(Experiment experiment = example(), std::filesystem::path dir = "/nowhere/fake-run")
        : initial_(experiment), now_(std::move(experiment)), dir_(std::move(dir)) {
        info_.name = dir_.filename().string();
        info_.created = "2026-01-01T00:00:00Z";
        info_.device = "cpu";
        info_.planned_steps = now_.steps;
        const auto tiers = now_.problems.tiers;
        for (std::size_t tier = 0; tier < tiers.size(); ++tier)
            for (int i = 0; i < 12; ++i) info_.problems.push_back(make_problem(tiers[tier], i));
        info_.pool_size = info_.problems.size();
        progress_.state = TrainerState::paused;
        progress_.planned_steps = now_.steps;
        progress_.device = "cpu";
        progress_.memory_bytes = 180 << 20;
        StepSummary before;
        before.metrics = heldout(0);
        add_step(std::move(before));
    }

    /// Makes steps at once, whatever the state.
    void advance(int steps) {
        const std::scoped_lock lock(mutex_);
        for (int i = 0; i < steps && progress_.step < now_.steps; ++i) make_step();
    }
    /// Puts a problem of any family in place of one that was made; traces are checked by its family from then on.
    void put_problem(std::size_t index, Problem problem) {
        family_ = make_family(problem.family);
        info_.problems.at(index) = std::move(problem);
    }
    /// Ends the run as a failing trainer would.
    void fail(const std::string& reason) {
        const std::scoped_lock lock(mutex_);
        progress_.state = TrainerState::failed;
        progress_.error = reason;
    }
    void set_state(TrainerState state) {
        const std::scoped_lock lock(mutex_);
        progress_.state = state;
    }

    const std::filesystem::path& dir() const override { return dir_; }
    const RunInfo& info() const override { return info_; }
    const Experiment& initial_experiment() const override { return initial_; }
    Experiment experiment() const override {
        const std::scoped_lock lock(mutex_);
        return now_;
    }
    bool read_only() const override { return false; }

    void run() override { set_state(TrainerState::running); }
    void run_until(std::int64_t step) override {
        while (progress_.step < step) advance(1);
        set_state(TrainerState::paused);
    }
    void pause() override { set_state(TrainerState::paused); }
    void step() override {
        advance(1);
        const std::scoped_lock lock(mutex_);
        if (progress_.state != TrainerState::finished) progress_.state = TrainerState::paused;
    }
    void stop() override { set_state(TrainerState::finished); }
    void set_steps(std::int64_t steps) override {
        const std::scoped_lock lock(mutex_);
        now_.steps = progress_.planned_steps = steps;
    }
    void set_pace(double steps_per_second) override { pace = steps_per_second; }

    void intervene(const std::string& key, const Value& value) override {
        if (!find_key(key).live) throw UserError(key + " needs a new run");
        const std::scoped_lock lock(mutex_);
        Experiment trial = now_;
        set_key(trial, key, value);
        std::erase_if(pending_, [&](const Intervention& other) { return other.key == key; });
        pending_.push_back({progress_.step + 1, key, value});
    }
    std::vector<Intervention> pending() const override {
        const std::scoped_lock lock(mutex_);
        return pending_;
    }
    void cancel_pending() override {
        const std::scoped_lock lock(mutex_);
        pending_.clear();
    }

    void submit(std::shared_ptr<EngineJob> job) override { job->give_up("a fake session has no engine"); }
    std::optional<std::string> refuse_trace(std::uint32_t problem, const std::vector<std::string>& steps) const override {
        return family_->refuse_trace(info_.problems.at(problem), steps);
    }
    bool state_holds(std::uint32_t problem, const std::vector<std::string>& given) const override {
        return family_->state_holds(info_.problems.at(problem), given);
    }
    CorruptedTrace corrupted(std::uint32_t problem, const std::vector<std::string>& steps, const std::string& operation, double dose, std::int64_t seed) const override {
        Problem from = info_.problems.at(problem);
        from.steps = steps;
        return corrupt(find_corruption(operation), from, info_.problems, dose, static_cast<std::uint64_t>(seed), *family_);
    }
    void put_variant(const Variant& variant) override {
        const std::scoped_lock lock(mutex_);
        if (std::none_of(variants_.begin(), variants_.end(), [&](const Variant& v) { return v.id == variant.id; })) variants_.push_back(variant);
    }
    std::vector<Variant> variants() const override {
        const std::scoped_lock lock(mutex_);
        return variants_;
    }
    void set_note(const std::string& key, const std::string& text) override { notes_[key] = text; }
    std::string note(const std::string& key) const override {
        const auto found = notes_.find(key);
        return found == notes_.end() ? std::string() : found->second;
    }

    Progress progress() const override {
        const std::scoped_lock lock(mutex_);
        if (progress_.state == TrainerState::running) const_cast<FakeSession*>(this)->make_step();
        return progress_;
    }
    std::vector<std::shared_ptr<const StepSummary>> history_since(std::size_t cursor) const override {
        const std::scoped_lock lock(mutex_);
        if (cursor >= history_.size()) return {};
        return {history_.begin() + static_cast<std::ptrdiff_t>(cursor), history_.end()};
    }
    std::vector<Attempt> attempts(const AttemptQuery& query) const override {
        const std::scoped_lock lock(mutex_);
        std::vector<Attempt> found;
        for (const auto& summary : history_) {
            if (query.step && summary->step != *query.step) continue;
            for (const GroupSummary& group : summary->groups)
                if (!query.problem || group.problem == *query.problem) add_attempts(*summary, group, found);
        }
        if (query.newest) std::reverse(found.begin(), found.end());
        if (query.limit > 0 && found.size() > query.limit) found.resize(query.limit);
        return found;
    }
    RunOutcome finish(std::stop_token) override {
        return {progress_.step, progress_.seconds, progress_.tokens_generated, {}};
    }

    bool record_times = false;  ///< Steps say where their time went.
    double pace = 0;  ///< As last set.

   private:
    static std::string number(int n) { return "n" + std::to_string(n); }
    /// "*:10" -> ten multiplications of residues modulo 13.
    Problem make_problem(const std::string& tier, int index) const {
        const char op = tier.front();
        const int depth = std::stoi(tier.substr(tier.find(':') + 1));
        Random random(random_key({7, static_cast<std::uint64_t>(op), static_cast<std::uint64_t>(depth), static_cast<std::uint64_t>(index)}));
        Problem problem{"chain/" + tier + "/" + std::to_string(index), "chain", tier, {}, {}, {}};
        int value = random.between(1, 12);
        problem.prompt = number(value);
        for (int step = 1; step <= depth; ++step) {
            const int operand = random.between(1, 12), before = value;
            value = op == '*' ? value * operand % 13 : (value + operand) % 13;
            problem.prompt += std::string(" ") + op + " " + number(operand);
            problem.steps.push_back(number(before) + " " + op + " " + number(operand) + " = " + number(value) + " ;");
            for (int j = 1; j <= 4; ++j)
                if (step == (depth * j + 3) / 4) problem.answer += (problem.answer.empty() ? "" : " ") + number(value);
        }
        problem.prompt += " ?";
        return problem;
    }

    int tier_of(std::uint32_t problem) const { return static_cast<int>(problem / 12); }
    /// Probability of a success: grows with time, hard tiers only once hints have begun; hints leave less to do.
    double skill(std::uint32_t problem, std::int64_t step, double ratio) const {
        const int tier = tier_of(problem);
        const double since = std::max<double>(0, static_cast<double>(step - now_.guidance.cold_start));
        const double grown = now_.guidance.policy == "grpo" ? 0 : since;
        static constexpr std::array<double, 4> start = {.82, .55, .004, .0005}, limit = {.99, .97, .9, .7}, pace = {60, 60, 90, 130};
        const auto t = static_cast<std::size_t>(std::min(tier, 3));
        const double time = tier < 2 ? static_cast<double>(step) : grown;
        const double spread = .35 * uniform_at(random_key({11, problem}), 0);
        const double rise = 1 / (1 + std::exp(-(time / pace[t] * 6 - (tier < 2 ? 2 : 3.6) - spread * 4)));
        const double plain = start[t] + (limit[t] - start[t]) * rise;
        const double left = 1 - ratio;
        return std::clamp(std::pow(std::max(plain, .0015 + .002 * since / 20), std::max(left, .15) * (ratio > 0 ? .8 : 1)), 0., .995);
    }

    struct Round {
        double ratio;
        int correct, sound;
    };
    std::vector<Round> rounds(std::int64_t step, std::uint32_t problem) const {
        Random random(random_key({3, static_cast<std::uint64_t>(now_.seed), static_cast<std::uint64_t>(step), problem}));
        std::vector<Round> made;
        const std::string& tier = info_.problems[problem].tier;
        const auto own = now_.guidance.ratios.find(tier);
        const double largest = own == now_.guidance.ratios.end() ? now_.guidance.ratio : own->second;
        for (double ratio : {0., .25, .5, .75, 1.}) {
            if (ratio > 0 && (step <= now_.guidance.cold_start || now_.guidance.policy == "grpo" || ratio > largest)) break;
            Round round{ratio, 0, 0};
            for (int attempt = 0; attempt < 8; ++attempt) {
                const bool right = random.uniform() < skill(problem, step, ratio) * (now_.corruption.operation == "none" || ratio == 0 ? 1 : .03);
                round.correct += right;
                round.sound += right && random.uniform() < .93;
            }
            made.push_back(round);
            if (round.correct > 0) break;
        }
        return made;
    }

    void make_step() {
        if (progress_.step >= now_.steps) {
            progress_.state = TrainerState::finished;
            return;
        }
        StepSummary summary;
        summary.step = progress_.step + 1;
        summary.applied = std::exchange(pending_, {});
        for (Intervention& change : summary.applied) {
            change.step = summary.step;
            set_key(now_, change.key, change.value);
        }
        std::vector<std::uint32_t> order(info_.pool_size);
        std::iota(order.begin(), order.end(), 0);
        const auto epoch = static_cast<std::uint64_t>((summary.step - 1) / 3);
        Random(random_key({5, epoch})).shuffle(std::span(order));
        const std::size_t first = static_cast<std::size_t>((summary.step - 1) % 3) * 16;
        for (std::size_t i = first; i < first + 16 && i < order.size(); ++i) {
            const std::vector<Round> made = rounds(summary.step, order[i]);
            const Round& last = made.back();
            summary.groups.push_back({.problem = order[i],
                                      .rounds = static_cast<std::uint16_t>(made.size()),
                                      .hint_ratio = static_cast<float>(last.ratio),
                                      .attempts = 8,
                                      .correct_before = static_cast<std::uint8_t>(made.front().correct),
                                      .correct = static_cast<std::uint8_t>(last.correct),
                                      .sound = static_cast<std::uint8_t>(last.sound)});
        }
        summary.metrics = metrics(summary);
        progress_.step = summary.step;
        progress_.seconds += .2;
        progress_.steps_per_second = 5;
        progress_.tokens_per_second = 52400;
        progress_.tokens_generated += 10480;
        progress_.step_tokens = 0;
        progress_.groups_judged = progress_.groups = 16;
        progress_.seconds_since_commit = .2;
        add_step(std::move(summary));
        if (progress_.step >= now_.steps) progress_.state = TrainerState::finished;
    }

    std::vector<std::pair<std::string, double>> metrics(const StepSummary& summary) const {
        std::vector<std::pair<std::string, double>> all;
        const double n = static_cast<double>(summary.groups.size());
        double wrong = 0, right = 0, wrong_before = 0, right_before = 0, sound = 0, lucky = 0, mixed = 0, ratio = 0;
        std::array<double, 4> levels{};
        for (const GroupSummary& g : summary.groups) {
            wrong += g.correct == 0;
            right += g.correct == g.attempts;
            wrong_before += g.correct_before == 0;
            right_before += g.correct_before == g.attempts;
            ratio += g.hint_ratio;
            if (g.hint_ratio <= 0) continue;
            levels[static_cast<std::size_t>(std::lround(g.hint_ratio * 4)) - 1] += 1;
            if (g.correct > 0) (g.sound == g.correct ? sound : g.sound == 0 ? lucky : mixed) += 1;
        }
        all = {{"frac_reward_zero_std", (wrong + right) / n},
               {"frac_all_wrong", wrong / n},
               {"frac_all_right", right / n},
               {"frac_reward_zero_std/before_hints", (wrong_before + right_before) / n},
               {"frac_all_wrong/before_hints", wrong_before / n},
               {"frac_all_right/before_hints", right_before / n},
               {"frac_rescued/sound", sound / n},
               {"frac_rescued/lucky", lucky / n},
               {"frac_rescued/mixed", mixed / n},
               {"hint_ratio/mean", ratio / n}};
        static constexpr std::array names = {"hint_level/0.25", "hint_level/0.5", "hint_level/0.75", "hint_level/1"};
        for (std::size_t i = 0; i < names.size(); ++i) all.emplace_back(names[i], levels[i] / n);
        all.emplace_back("step_time", .2);
        if (record_times)
            for (const auto& [phase, seconds] : {std::pair("draw", .01), std::pair("generate", .1), std::pair("judge", .02), std::pair("update", .05), std::pair("jobs", .3)}) all.emplace_back(std::string("time/") + phase, seconds);
        all.emplace_back("tokens_per_second", 52400);
        if (summary.step % 10 == 0)
            for (auto& one : heldout(summary.step)) all.push_back(std::move(one));
        return all;
    }
    std::vector<std::pair<std::string, double>> heldout(std::int64_t step) const {
        std::vector<std::pair<std::string, double>> all;
        for (std::size_t tier = 0; tier < now_.problems.tiers.size(); ++tier) {
            double mean = 0;
            for (std::uint32_t i = 0; i < 12; ++i) mean += skill(static_cast<std::uint32_t>(tier) * 12 + i, step, 0) / 12;
            const std::string prefix = "heldout/" + now_.problems.tiers[tier];
            all.emplace_back(prefix + "/accuracy", mean);
            all.emplace_back(prefix + "/sound", mean * .95);
            all.emplace_back(prefix + "/greedy", std::min(1., mean * 1.3));
        }
        return all;
    }

    void add_attempts(const StepSummary& summary, const GroupSummary& group, std::vector<Attempt>& out) const {
        const Problem& problem = info_.problems[group.problem];
        for (std::uint16_t round = 0; round < group.rounds; ++round) {
            const bool last = round + 1 == group.rounds;
            const double ratio = round == 0 ? 0 : round * .25;
            const int correct = last ? group.correct : 0, sound = last ? group.sound : 0;
            const auto given = static_cast<std::size_t>(std::ceil(ratio * static_cast<double>(problem.steps.size())));
            Random random(random_key({13, static_cast<std::uint64_t>(summary.step), group.problem, round}));
            std::array<int, 8> place = {0, 1, 2, 3, 4, 5, 6, 7};
            random.shuffle(std::span<int>(place));
            for (std::uint16_t i = 0; i < 8; ++i) {
                Attempt a;
                a.id = summary.step * 100000 + group.problem * 100 + round * 10 + i + 1;
                a.step = summary.step;
                a.problem = group.problem;
                a.round = round;
                a.attempt = i;
                a.hint_ratio = static_cast<float>(ratio);
                a.prompt = problem.prompt;
                for (std::size_t s = 0; s < given; ++s) a.hint += (s ? " " : "") + problem.steps[s];
                a.sampled_under = a.hint.empty() ? a.prompt : a.prompt + " " + a.hint;
                const bool right = place[i] < correct, is_sound = place[i] < sound;
                a.trained = last && correct > 0 && correct < 8;
                if (a.trained) a.trained_under = a.sampled_under;
                const double mean = correct / 8., spread = std::sqrt(std::max(1e-9, mean * (1 - mean) * 8 / 7));
                a.reward = right;
                a.advantage = a.trained ? (a.reward - mean) / (spread + 1e-4) : 0;
                a.verdict = right ? Verdict::correct : Verdict::wrong;
                a.soundness = !right ? Soundness::unknown : is_sound ? Soundness::sound : Soundness::lucky;
                write_completion(problem, given, right, is_sound, random, a);
                a.ended = true;
                a.tokens.resize(6 * (problem.steps.size() - given) + 6);
                out.push_back(std::move(a));
            }
        }
    }
    /// The reference steps with a slip at a random place where the attempt is not sound; a wrong one carries the slip on.
    static void write_completion(const Problem& problem, std::size_t given, bool right, bool sound, Random& random, Attempt& a) {
        const std::size_t depth = problem.steps.size();
        const std::size_t slip = right && sound ? depth : std::min(depth - 1, given + random.below(depth - given));
        int shift = 0;
        for (std::size_t s = 0; s < depth; ++s) {
            if (right && s == slip + 1) shift = 0;
            if (s == slip) {
                shift = random.between(1, 12);
                a.first_wrong_step = static_cast<std::int32_t>(s);
            }
            std::string step = problem.steps[s];
            const std::size_t at = step.rfind('n');
            const int value = (std::stoi(step.substr(at + 1)) + shift) % 13;
            const std::string written = number(value);
            step = step.substr(0, at) + written + " ;";
            if (s >= given) a.completion += (a.completion.empty() ? "" : " ") + step;
            for (std::size_t j = 1; j <= 4; ++j)
                if (s + 1 == (depth * j + 3) / 4) a.extracted += (a.extracted.empty() ? "" : " ") + written;
        }
        if (right) a.extracted = problem.answer;
        a.completion += (a.completion.empty() ? "# " : " # ") + a.extracted + " <eos>";
    }

    void add_step(StepSummary summary) { history_.push_back(std::make_shared<const StepSummary>(std::move(summary))); }

    mutable std::mutex mutex_;
    Experiment initial_, now_;
    std::filesystem::path dir_;
    RunInfo info_;
    std::unique_ptr<Family> family_ = make_chain({});
    std::vector<Variant> variants_;
    std::map<std::string, std::string> notes_;
    Progress progress_;
    std::vector<Intervention> pending_;
    std::vector<std::shared_ptr<const StepSummary>> history_;
};

}  // namespace foothold::test
