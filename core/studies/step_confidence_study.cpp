// SPDX-License-Identifier: GPL-3.0-or-later
// Question 5: does confidence step by step beat the average over the whole trace?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/safetensors.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "statistics/confidence_scores.h"
#include "statistics/intervals.h"
#include "studies/arm_table.h"
#include "studies/registry.h"
#include "studies/supervised_base.h"
#include "studies/training_cell.h"
#include "tasks/problem_set.h"

namespace foothold {
namespace {

constexpr int problems_asked = 200, traces_each = 48, warm_up = 16;
const std::string leaps = "leaps", noise = "operator noise";

/// Confidence as the choice of what is trained on: GHPO, and which of a step's rescues count.
const std::string feeding_leaps = "feeding, leaps", feeding_slips = "feeding, slips";
struct Feeding {
    const char *accept, *title;
};
constexpr Feeding feedings[] = {{"any", "every rescue"}, {"min-step", "the surest half by least step"}, {"mean", "the surest half by mean"}, {"random", "half, drawn"}, {"sound", "rescues with a sound success (upper bound)"}};
constexpr std::int64_t feeding_steps = 150;
// Shares of steps that the teacher leaps. Votes: so that a majority of 48 is right .3 to .8 of the time (seeds 101 and 102: .95, .79, .51 with .2, .25, .3; with
// .35, tried first, two of five bases were at chance). Feeding: with .35 hardly a group was all wrong, with .5 and .7 hardly a rescue sound (seed 101).
constexpr double voting_leap = .3, feeding_leap = .42;

bool feeds(const std::string& world) { return world == feeding_leaps || world == feeding_slips; }
std::string hard_tier(const std::string& world) { return world == feeding_leaps ? "+-*:8" : "*:10"; }

struct Score {
    std::string name, title;
    bool result_only;    ///< Only the number after "=" counts.
    std::string of;      ///< As trace_score has it; empty = random.
};

const std::vector<Score>& scores() {
    static const std::vector<Score> list = [] {
        std::vector<Score> out;
        for (const bool result : {true, false})
            for (const std::string& s : trace_scores())
                out.push_back({s + (result ? ", results" : ", all tokens"), s + (result ? " over result tokens" : " over all tokens"), result, s});
        out.push_back({"random", "random order", true, ""});
        return out;
    }();
    return list;
}

class StepConfidenceStudy final : public Study {
 public:
    std::string name() const override { return "step-confidence"; }
    std::string title() const override { return "Does step-level confidence beat global averaging?"; }
    std::string claim() const override {
        return "Filtering traces by their least sure stretch beats the average over the whole trace, and sampling can stop there early (Fu et al. 2025, arXiv 2508.15260). In its own tables filtering gives about +.9 points and local instead of global +.1 to +.7.";
    }
    std::string design() const override {
        return fmt::format("Chain arithmetic, one number as the answer. The teacher sometimes does two operations in one step, which the model can only guess: its traces differ in where it is unsure. Control: errors "
                           "by operator, which all traces of a problem share. (With more leaps, in a first full run, two of five bases answered at chance; their share was then set anew on seeds 101 and 102.) {} problems of depth 8, {} traces each at temperature 1; confidence = minus the entropy of the next token. Primary measure: accuracy of the vote "
                           "of the surest tenth, least step minus mean, both over result tokens. Paired by problem (bootstrap) and by seed (t); bases made anew for each seed. And as the choice of what is trained on: GHPO for {} "
                           "steps where rescues may be luck (one number as the answer; a leap in two steps of five, or slips that all traces share), with every rescue, the surest half of a step's by least step or by mean, half drawn, or those with a "
                           "sound success.",
                           problems_asked, traces_each, feeding_steps);
    }
    std::string revision() const override { return "1"; }

    std::vector<StudyCell> cells(StudySetting setting) const override {
        std::vector<StudyCell> out;
        if (setting == StudySetting::quick) return {{"all scores", 1, "own", leaps, 2.5}};
        const bool tune = setting == StudySetting::tune;
        for (std::int64_t seed = tune ? 101 : 1; seed <= (tune ? 101 : 5); ++seed) {
            out.push_back({"all scores", seed, "own", leaps, 3});
            out.push_back({"all scores", seed, "own", noise, 1});
        }
        for (std::int64_t seed = tune ? 101 : 1; seed <= (tune ? 101 : 5); ++seed)
            for (const std::string& world : {feeding_leaps, feeding_slips})
                for (const Feeding& f : feedings) out.push_back({f.accept, seed, world == feeding_leaps ? "own" : "models/chain-width-1.safetensors", world, world == feeding_leaps && f.accept == std::string("any") ? 3.5 : .6});
        return out;
    }

    CellResult run(const StudyCell& cell, const StudyPorts& ports) const override {
        CellResult out;
        const auto family = make_family("chain", {1, 13});
        if (cell.world == feeding_slips) {
            ports.engine.load(read_model(find_file(cell.base)).state);
            feed(cell, ports, out);
            return out;
        }
        BaseRecipe recipe;
        recipe.width = 1;
        recipe.depth_high = 8;
        recipe.seed = cell.seed;
        recipe.steps = 6000;
        recipe.until_greedy = .97;  // First the arithmetic, step by step: with leaps from the start it may never be learned.
        teach(fmt::format("steps {}", cell.seed), recipe, *family, ports, out);
        BaseRecipe second = recipe;
        second.seed = cell.seed + 5000;
        second.lr = 1e-3;
        second.until_greedy = 0;
        second.steps = 500;
        if (cell.world == noise) {
            second.demonstrator.leap = 0;
            second.demonstrator.slips = {{"+", .05}, {"-", .05}, {"*", .4}};
        } else {
            second.demonstrator.leap = cell.world == feeding_leaps ? feeding_leap : voting_leap;
        }
        teach_more(fmt::format("{} {}", cell.world, cell.seed), second, *family, ports, out);
        if (cell.world == feeding_leaps) feed(cell, ports, out);
        else measure(*family, cell, ports, out);
        return out;
    }

    StudyReport report(StudySetting setting, const std::vector<StoredCell>& cells) const override {
        StudyReport out;
        // One cell holds every score: taken apart, each is an arm.
        std::vector<StoredCell> arms, fed;
        for (const StoredCell& c : cells)
            if (feeds(c.cell.world)) fed.push_back(c);
            else for (const Score& s : scores()) {
                StoredCell arm = c;
                arm.cell.arm = s.name;
                arm.result.measures.clear();
                for (const char* what : {"vote 10%", "vote 50%", "weighted", "minus majority", "auroc within", "auroc pooled"}) arm.result.measures[what] = c.result.measure(fmt::format("{}/{}", what, s.name));
                for (const char* what : {"majority", "correct"}) arm.result.measures[what] = c.result.measure(what);
                arms.push_back(std::move(arm));
            }
        ArmTable table;
        table.baseline = "mean, results";
        table.primary = "vote 10%";
        table.shown = {{"vote 10%", "vote of the surest 10%"}, {"vote 50%", "50%"}, {"weighted", "weighted vote"}, {"majority", "majority"}, {"minus majority", "10% minus majority"}, {"auroc within", "AUROC within"}, {"auroc pooled", "AUROC pooled"}, {"correct", "p(correct)"}};
        for (const Score& s : scores()) table.arms.emplace_back(s.name, s.title);
        table.fill(arms, out);
        ArmTable choice;
        choice.baseline = "random";
        choice.primary = "held-out";
        choice.shown = {{"held-out", "held-out accuracy"}, {"held-out sound", "held-out sound"}, {"area", "area"}, {"rescues/sound", "rescues sound"}, {"auroc/min-step", "AUROC least step"}, {"auroc/mean", "AUROC mean"}, {"fed", "groups fed a step"}, {"fed/sound", "fed sound"}};
        for (const Feeding& f : feedings) choice.arms.emplace_back(f.accept, f.title);
        choice.fill(fed, out);
        for (const char* what : {"held-out", "held-out sound"})
            choice.plot(fed, what, fmt::format("Which rescues are fed: {}", what == std::string("held-out") ? "held-out accuracy" : "sound held-out accuracy"), "generated tokens", "share", {"any", "min-step", "mean", "random", "sound"}, out);
        for (const std::string& world : {leaps, noise}) {
            StudyPlot plot{"Vote of the surest tenth, " + world, "score", "accuracy", {}, {}};
            StudyPlot::Series bars{world, {}, true};
            for (const Score& s : scores()) {
                std::vector<double> values;
                for (const StoredCell& c : arms)
                    if (c.cell.world == world && c.cell.arm == s.name) values.push_back(c.result.measure("vote 10%"));
                if (values.empty()) continue;
                const Estimate e = mean_estimate(values);
                bars.points.push_back({static_cast<double>(plot.categories.size()), e.mean, e.interval ? e.interval->first : e.mean, e.interval ? e.interval->second : e.mean});
                plot.categories.push_back(s.name);
            }
            plot.series.push_back(std::move(bars));
            if (!plot.categories.empty()) out.plots.push_back(std::move(plot));
        }
        const auto pooled = [&](const std::string& world, const std::string& a, const std::string& b) {
            std::vector<double> differences;
            for (const StoredCell& c : cells) {
                if (c.cell.world != world) continue;
                const auto x = c.result.lists.find("vote/" + a), y = c.result.lists.find("vote/" + b);
                if (x == c.result.lists.end() || y == c.result.lists.end()) continue;
                for (std::size_t i = 0; i < x->second.size(); ++i) differences.push_back(x->second[i] - y->second[i]);
            }
            if (differences.empty()) return std::string("not measured yet");
            const auto interval = bootstrap_mean(differences);
            return fmt::format("{} [{}, {}] over {} problems", short_number(mean_estimate(differences).mean), short_number(interval.first), short_number(interval.second), differences.size());
        };
        const ArmDifference step = table.difference(arms, leaps, "min-step, results", "mean, results", "vote 10%"), all = table.difference(arms, leaps, "min-step, all tokens", "mean, all tokens", "vote 10%"),
                            control = table.difference(arms, noise, "min-step, results", "mean, results", "vote 10%");
        std::vector<double> saved, gained;
        for (const StoredCell& c : cells)
            if (c.cell.world == leaps) saved.push_back(1 - c.result.measure("online tokens")), gained.push_back(c.result.measure("online minus majority"));
        out.verdict = !step.estimate.interval ? "not testable" : step.estimate.excludes_zero() ? step.estimate.mean > 0 ? "supported" : "against" : "no clear difference";
        out.sentence = fmt::format("{}Least step minus mean, both over result tokens: {}; paired by problem {}.", step.estimate.interval ? "" : "A demonstration, no interval. ", step.words("accuracy of the surest tenth's vote"),
                                   pooled(leaps, "min-step, results", "mean, results"));
        out.findings = {"The same over all tokens, forms and copies included: " + all.words("accuracy") + "; paired by problem " + pooled(leaps, "min-step, all tokens", "mean, all tokens") + ".",
                        "Control, where all traces of a problem meet the same unsure step: " + control.words("accuracy") + "; least step minus a random tenth " + pooled(noise, "min-step, results", "random") + "."};
        for (const std::string& world : {feeding_leaps, feeding_slips}) {
            std::vector<double> least, mean;
            for (const StoredCell& c : fed)  // Where every rescue was lucky, or every one sound, there is nothing to tell apart.
                if (c.cell.world == world && c.cell.arm == "any" && std::isfinite(c.result.measure("auroc/min-step")))
                    least.push_back(c.result.measure("auroc/min-step")), mean.push_back(c.result.measure("auroc/mean"));
            if (std::none_of(fed.begin(), fed.end(), [&](const StoredCell& c) { return c.cell.world == world; })) continue;
            out.findings.push_back(fmt::format("As the choice of which rescues are trained on ({}), half of them each: sound against lucky AUROC least step {}, mean {}; held out, least step against as many drawn: {}; against mean: {}; every rescue against half drawn: {}.",
                                               world, short_number(mean_estimate(least).mean), short_number(mean_estimate(mean).mean), choice.difference(fed, world, "min-step", "random", "held-out").words("accuracy"),
                                               choice.difference(fed, world, "min-step", "mean", "held-out").words("accuracy"), choice.difference(fed, world, "any", "random", "held-out").words("accuracy")));
        }
        if (!saved.empty())
            out.findings.push_back(fmt::format("Stopping a trace at a step below what keeps the surest tenth of 16 warm-up traces saves {} of the tokens and changes the vote by {} against the majority of all.",
                                               short_number(mean_estimate(saved).mean), short_number(mean_estimate(gained).mean)));
        out.against = {"The leaps are planted: where errors do not differ between traces of one problem (the control), no confidence helps, and AUROC pooled over problems pretends that it does.",
                       "In the paper's own tables filtering does the most and local instead of global adds .1 to .7 points; a tenth of the traces can hurt where the model is surely wrong.",
                       "Which tokens are averaged matters more than how: over all tokens both scores are weak.",
                       "Reinforcement learning sharpens distributions and may spoil the signal; these bases are supervised only."};
        (void)setting;
        return out;
    }

 private:
    /// GHPO from the model in the engine.
    static void feed(const StudyCell& cell, const StudyPorts& ports, CellResult& out) {
        const std::string tier = hard_tier(cell.world);
        TrainingCell training;
        training.keep_model = true;
        Experiment& e = training.experiment;
        e.seed = e.problems.seed = cell.seed;
        e.threads = 1;
        e.problems.width = 1;
        e.problems.tiers = {tier};
        e.problems.pool = 64;
        e.heldout.every = 10;
        e.heldout.n = 64;
        set_key(e, "guidance.policy", std::string("ghpo"));
        set_key(e, "guidance.accept", cell.arm);
        training.steps = feeding_steps;
        const double before = out.seconds;
        std::map<std::string, double> base = std::move(out.measures);
        out = train_cell(training, ports);
        out.seconds += before;
        out.measures.merge(base);
        out.measures["held-out"] = out.measure("accuracy/" + tier);
        out.measures["held-out sound"] = out.measure("sound/" + tier);
        out.measures["area"] = out.measure("auc/" + tier);
        out.curves["held-out"] = out.curves["accuracy/" + tier];
        out.curves["held-out sound"] = out.curves["sound/" + tier];
    }

    static void measure(const Family& family, const StudyCell& cell, const StudyPorts& ports, CellResult& out) {
        std::vector<std::string> taken;
        const auto problems = make_problems(family, "+-*:8", problems_asked, 800 + static_cast<std::uint64_t>(cell.seed), "c", taken);
        std::vector<GenerateRequest> requests;
        for (std::size_t i = 0; i < problems.size(); ++i)
            requests.push_back({family.tokenizer().encode(problems[i].prompt), traces_each, family.max_new_tokens(problems[i], 0), random_key({static_cast<std::uint64_t>(cell.seed), static_cast<std::uint64_t>(Stream::probe), i})});
        std::vector<std::vector<TraceConfidence>> traces(problems.size());
        double right = 0;
        const Token step_end = family.tokenizer().find(";").value(), equals = family.tokenizer().find("=").value();
        constexpr std::size_t at_once = 40;  // Bounds the cache.
        for (std::size_t from = 0; from < problems.size(); from += at_once) {
            const auto part = std::span(requests).subspan(from, std::min(at_once, problems.size() - from));
            const auto made = ports.engine.generate(part, {}, family.end_token(), ports.stop, [](std::int64_t) {});
            for (std::size_t i = 0; i < part.size(); ++i)
                for (const Completion& c : made[i]) {
                    TraceConfidence t;
                    const Judgement j = family.judge(problems[from + i], "", Placement::answer, family.tokenizer().decode(c.tokens, family.end_token()), c.ended);
                    t.answer = j.extracted;
                    t.correct = j.verdict == Verdict::correct;
                    right += t.correct;
                    std::size_t begin = 0;
                    for (std::size_t k = 0; k < c.tokens.size(); ++k) {
                        t.confidence.push_back(-c.entropies[k]);
                        t.counts.push_back(k > 0 && c.tokens[k - 1] == equals);
                        if (c.tokens[k] == step_end) t.steps.emplace_back(begin, k + 1), begin = k + 1;
                    }
                    traces[from + i].push_back(std::move(t));
                }
        }
        out.measures["correct"] = right / (problems_asked * traces_each);
        const std::vector<double> equal(traces_each, 0);
        std::vector<double> majority;
        for (std::size_t i = 0; i < problems.size(); ++i) majority.push_back(vote_credit(traces[i], equal, 1, {}, problems[i].answer));
        out.measures["majority"] = mean_estimate(majority).mean;
        out.lists["majority"] = majority;
        for (const Score& s : scores()) {
            std::vector<double> tenth, half, weighted, within, all;
            std::vector<std::uint8_t> all_correct;
            for (std::size_t i = 0; i < problems.size(); ++i) {
                auto list = traces[i];
                if (!s.result_only)
                    for (TraceConfidence& t : list) std::fill(t.counts.begin(), t.counts.end(), 1);
                std::vector<double> values;
                std::vector<std::uint8_t> correct;
                for (std::size_t k = 0; k < list.size(); ++k) {
                    values.push_back(s.of.empty() ? uniform_at(random_key({static_cast<std::uint64_t>(cell.seed), 77, i}), k) : trace_score(list[k], s.of));
                    correct.push_back(list[k].correct);
                }
                tenth.push_back(vote_credit(list, values, .1, {}, problems[i].answer));
                half.push_back(vote_credit(list, values, .5, {}, problems[i].answer));
                std::vector<double> weights = values;
                const double least = *std::min_element(weights.begin(), weights.end());
                for (double& w : weights) w -= least;
                weighted.push_back(vote_credit(list, values, 1, weights, problems[i].answer));
                if (const double a = auroc(values, correct); std::isfinite(a)) within.push_back(a);
                all.insert(all.end(), values.begin(), values.end());
                all_correct.insert(all_correct.end(), correct.begin(), correct.end());
            }
            out.measures["vote 10%/" + s.name] = mean_estimate(tenth).mean;
            out.measures["vote 50%/" + s.name] = mean_estimate(half).mean;
            out.measures["weighted/" + s.name] = mean_estimate(weighted).mean;
            out.measures["minus majority/" + s.name] = mean_estimate(tenth).mean - out.measures["majority"];
            out.measures["auroc within/" + s.name] = mean_estimate(within).mean;
            out.measures["auroc pooled/" + s.name] = auroc(all, all_correct);
            out.lists["vote/" + s.name] = tenth;
        }
        double tokens = 0, full = 0, credit = 0;
        for (std::size_t i = 0; i < problems.size(); ++i) {
            const EarlyStop stop = stop_early(traces[i], warm_up, .1, problems[i].answer);
            tokens += stop.tokens;
            full += stop.full;
            credit += stop.credit / problems_asked;
        }
        out.measures["online tokens"] = tokens / full;
        out.measures["online minus majority"] = credit - out.measures["majority"];
    }
};

}  // namespace

std::unique_ptr<Study> make_step_confidence_study() { return std::make_unique<StepConfidenceStudy>(); }

}  // namespace foothold
