// SPDX-License-Identifier: GPL-3.0-or-later
// Training one arm in memory.
#include "studies/training_cell.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "engine/model_file.h"
#include "record/paths.h"
#include "statistics/degeneration.h"
#include "statistics/intervals.h"
#include "tasks/problem_set.h"
#include "training/attempt_confidence.h"
#include "training/trainer.h"

namespace foothold {
namespace {

using Clock = std::chrono::steady_clock;

/// Means of step metrics since they were last asked for.
class Means {
   public:
    void add(const std::string& name, double value) {
        if (!std::isfinite(value)) return;
        auto& [sum, n] = sums_[name];
        sum += value;
        ++n;
    }
    double take(const std::string& name) {
        const auto found = sums_.find(name);
        if (found == sums_.end() || found->second.second == 0) return std::nan("");
        const double mean = found->second.first / found->second.second;
        found->second = {0, 0};
        return mean;
    }

   private:
    std::map<std::string, std::pair<double, int>> sums_;
};

double metric(const StepSummary& step, const std::string& name) {
    const double* value = step.metric(name);
    return value ? *value : std::nan("");
}

/// The hinted successes of a run: how sure, sound or lucky, trained on or not.
class Rescues {
   public:
    void add(const StepRecord& record, const Tokenizer& tokenizer) {
        std::set<std::pair<std::uint32_t, std::uint16_t>> groups;
        for (const Attempt& a : record.attempts) {
            if (a.hint_ratio <= 0 || a.verdict != Verdict::correct || a.soundness == Soundness::unknown) continue;
            const TraceConfidence confidence = confidence_of(a, tokenizer);
            for (const char* score : {"min-step", "mean"}) scores_[score].push_back(trace_score(confidence, score));
            sound_.push_back(a.soundness == Soundness::sound);
            if (!a.trained) continue;
            ++fed_;
            fed_sound_ += a.soundness == Soundness::sound;
            groups.emplace(a.problem, a.occurrence);
        }
        fed_groups_ += static_cast<double>(groups.size());
        ++steps_;
    }
    void keep(CellResult& out) {
        const double n = static_cast<double>(sound_.size());
        out.measures["rescues"] = n;
        out.measures["rescues/sound"] = static_cast<double>(std::count(sound_.begin(), sound_.end(), 1)) / n;
        for (const auto& [score, values] : scores_) out.measures["auroc/" + score] = auroc(values, sound_);
        out.measures["fed"] = fed_groups_ / steps_;
        out.measures["fed/sound"] = fed_sound_ / fed_;
    }

   private:
    std::map<std::string, std::vector<double>> scores_;
    std::vector<std::uint8_t> sound_;
    double fed_ = 0, fed_sound_ = 0, fed_groups_ = 0, steps_ = 0;
};

/// Held-out scores of a record as points of the curves.
void add_points(const StepSummary& step, const std::vector<std::string>& tiers, double tokens, CellResult& out) {
    if (tiers.empty() || !step.metric("heldout/" + tiers.front() + "/accuracy")) return;
    double sum = 0;
    for (const std::string& tier : tiers) {
        for (const char* what : {"accuracy", "sound", "greedy", "skipping"})
            out.curves[std::string(what) + "/" + tier].emplace_back(tokens, metric(step, "heldout/" + tier + "/" + what));
        sum += metric(step, "heldout/" + tier + "/accuracy");
    }
    out.curves["accuracy"].emplace_back(tokens, sum / static_cast<double>(tiers.size()));
}

/// Samples the held-out problems as often as pass@k needs.
void measure_end(const TrainingCell& cell, const Family& family, const ProblemSet& set, Engine& engine, std::stop_token stop, CellResult& out) {
    for (std::size_t t = 0; t < set.tiers.size(); ++t) {
        std::vector<GenerateRequest> requests;
        for (const std::uint32_t index : set.heldout[t]) {
            const Problem& p = set.problems[index];
            requests.push_back({family.encode_context(p, {}, {}, Placement::answer), cell.final_attempts, family.max_new_tokens(p, 0),
                                random_key({static_cast<std::uint64_t>(cell.experiment.seed), static_cast<std::uint64_t>(Stream::probe), index})});
        }
        const auto completions = engine.generate(requests, {}, family.end_token(), stop, [](std::int64_t) {});
        double right = 0, sound = 0, skipping = 0, length = 0, pass = 0;
        std::vector<std::string> answers;
        const double n = static_cast<double>(requests.size()) * cell.final_attempts;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            int correct = 0;
            for (const Completion& c : completions[i]) {
                const Judgement j = family.judge(set.problems[set.heldout[t][i]], "", Placement::answer, family.tokenizer().decode(c.tokens, family.end_token()), c.ended);
                correct += j.verdict == Verdict::correct;
                sound += j.soundness == Soundness::sound;
                skipping += j.skipping;
                length += static_cast<double>(c.tokens.size());
                answers.push_back(j.extracted);
            }
            right += correct;
            pass += pass_at_k(cell.final_attempts, correct, std::min(8, cell.final_attempts)) / static_cast<double>(requests.size());
        }
        const std::string& tier = set.tiers[t];
        out.measures["accuracy/" + tier] = right / n;
        out.measures["sound/" + tier] = sound / n;
        out.measures["skipping/" + tier] = skipping / n;
        out.measures["length/" + tier] = length / n;
        out.measures["pass@8/" + tier] = pass;
        out.measures["repeat/" + tier] = repeated_share(answers);
        out.measures["greedy/" + tier] = out.curves["greedy/" + tier].empty() ? std::nan("") : out.curves["greedy/" + tier].back().second;
    }
}

}  // namespace

double value_at(const std::vector<std::pair<double, double>>& curve, double x) {
    if (curve.empty()) return std::nan("");
    // Of several values at one place the last counts: a supervised start is measured again and again before any token is generated.
    const auto after = std::ranges::upper_bound(curve, x, {}, &std::pair<double, double>::first);
    if (after == curve.begin()) return curve.front().second;
    const auto& [x0, y0] = *(after - 1);
    return after == curve.end() ? y0 : y0 + (after->second - y0) * (x - x0) / (after->first - x0);
}

double mean_height(const std::vector<std::pair<double, double>>& curve, double to) {
    if (curve.empty() || to <= 0) return std::nan("");
    double area = 0, x = 0, y = value_at(curve, 0);
    for (const auto& [px, py] : curve) {
        if (px <= x) continue;
        const double end = std::min(px, to), height = value_at(curve, end);
        area += (end - x) * (y + height) / 2;
        x = end;
        y = height;
        if (px >= to) break;
    }
    return (area + std::max(0.0, to - x) * y) / to;
}

HintCounts read_hints(const CellResult& result, const std::vector<std::string>& tiers) {
    HintCounts out;
    const auto found = result.lists.find("hints");
    if (found == result.lists.end()) return out;
    for (std::size_t i = 0; i + 2 < found->second.size(); i += 3)
        out[static_cast<std::int64_t>(found->second[i])][tiers.at(static_cast<std::size_t>(found->second[i + 1]))].push_back(found->second[i + 2]);
    return out;
}

CellResult train_cell(const TrainingCell& cell, const StudyPorts& ports) {
    CellResult out;
    const Experiment& experiment = cell.experiment;
    const auto family = family_of(experiment);
    ProblemSet set = make_problem_set(experiment, *family);
    for (const std::string& tier : cell.watched) {
        if (std::find(set.tiers.begin(), set.tiers.end(), tier) != set.tiers.end()) continue;
        std::vector<std::string> taken;
        for (const Problem& p : set.problems) taken.push_back(p.prompt);
        auto others = make_problems(*family, tier, static_cast<std::size_t>(experiment.heldout.n), heldout_seed(static_cast<std::uint64_t>(experiment.problems.seed)), "held-", taken);
        std::vector<std::uint32_t> indices;
        for (Problem& p : others) {
            indices.push_back(static_cast<std::uint32_t>(set.problems.size()));
            set.problems.push_back(std::move(p));
        }
        set.tiers.push_back(tier);
        set.heldout.push_back(std::move(indices));
    }
    if (!cell.keep_model) ports.engine.load(open_model(find_file(experiment.model.path)).state);
    Trainer trainer(ports.engine, *family, set, experiment, cell.match);
    const StepPorts step_ports{ports.stop, [](const Phase&) {}};
    add_points(trainer.before_training(step_ports).summary, set.tiers, 0, out);
    Means since, all;
    Rescues rescues;
    std::int64_t step = 0;
    double visits = 0;
    while (cell.train && (cell.tokens <= 0 || out.tokens < cell.tokens) && (cell.steps == 0 || step < cell.steps)) {
        const StepRecord record = trainer.step(step_ports);
        const StepSummary& s = record.summary;
        ++step;
        out.tokens = static_cast<double>(trainer.tokens_generated());
        rescues.add(record, family->tokenizer());
        const double heldout = metric(s, "time/held-out");
        out.seconds += metric(s, "step_time") - (std::isfinite(heldout) ? heldout : 0);
        const std::pair<const char*, const char*> names[] = {{"reward", "reward"}, {"dead", "frac_all_wrong/before_hints"}, {"no gradient", "frac_reward_zero_std"}, {"lucky", "advantage_share/lucky"},
                                                             {"rescued/sound", "frac_rescued/sound"}, {"rescued/lucky", "frac_rescued/lucky"}, {"grad_norm", "grad_norm"}};
        for (const auto& [name, of] : names) {
            since.add(name, metric(s, of));
            all.add(name, metric(s, of));
        }
        visits += static_cast<double>(s.groups.empty() ? experiment.sampling.problems : static_cast<std::int64_t>(s.groups.size()));
        for (const GroupSummary& g : s.groups) {
            if (!cell.keep_hints || g.hint_ratio <= 0) continue;
            const auto tier = std::find(set.tiers.begin(), set.tiers.end(), set.problems[g.problem].tier) - set.tiers.begin();
            for (const double x : {static_cast<double>(s.step), static_cast<double>(tier), static_cast<double>(g.hint_ratio)}) out.lists["hints"].push_back(x);
        }
        if (s.metric("heldout/" + set.tiers.front() + "/accuracy")) {
            add_points(s, set.tiers, out.tokens, out);
            for (const char* name : {"reward", "dead", "lucky"})
                if (const double mean = since.take(name); std::isfinite(mean)) out.curves[name].emplace_back(out.tokens, mean);
            out.curves["seconds"].emplace_back(out.tokens, out.seconds);
        }
        // Nothing sampled means that no tokens will ever be reached (supervised steps end by themselves).
        ports.progress(cell.tokens > 0 ? out.tokens / cell.tokens : static_cast<double>(step) / static_cast<double>(cell.steps), out.tokens);
    }
    if (out.curves["accuracy"].back().first < out.tokens) {
        StepSummary end;
        end.metrics = trainer.evaluate(step_ports);
        add_points(end, set.tiers, out.tokens, out);
    }
    const double to = cell.tokens > 0 ? cell.tokens : out.tokens;
    out.measures["auc"] = mean_height(out.curves["accuracy"], to);
    for (const std::string& tier : set.tiers) out.measures["auc/" + tier] = mean_height(out.curves["accuracy/" + tier], to);
    for (const char* name : {"reward", "dead", "no gradient", "lucky", "rescued/sound", "rescued/lucky", "grad_norm"}) out.measures[name] = all.take(name);
    rescues.keep(out);
    out.measures["visits"] = visits / static_cast<double>(set.pool_size);
    out.measures["steps"] = static_cast<double>(step);
    measure_end(cell, *family, set, ports.engine, ports.stop, out);
    return out;
}

}  // namespace foothold
