// SPDX-License-Identifier: GPL-3.0-or-later
// Question 5: does confidence step by step beat the average over the whole trace?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/safetensors.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "statistics/intervals.h"
#include "studies/arm_table.h"
#include "studies/confidence_votes.h"
#include "studies/registry.h"
#include "studies/supervised_base.h"
#include "studies/training_cell.h"

namespace foothold {
namespace {

constexpr int problems_asked = 200, traces_each = 48;
const std::string leaps = "leaps", noise = "operator noise", voting_tier = "+-*:8";

/// Confidence as the choice of what is trained on: GHPO, and which of a step's rescues counts; one, so that the rules are fed alike.
const std::string feeding_leaps = "feeding, leaps", feeding_slips = "feeding, slips";
struct Feeding {
    const char *accept, *title;
};
constexpr Feeding feedings[] = {{"any", "every rescue"}, {"min-step", "the surest by least step"}, {"mean", "the surest by mean"}, {"random", "one, drawn"}, {"sound", "rescues with a sound success (upper bound)"}};
constexpr double feeding_tokens = 1.2e6;
// Shares of steps that the teacher leaps. Votes: a question about filters needs a majority that is right .3 to .8 of the time, and how far leaps bring it down
// depends on the base: each takes the share whose majority comes nearest to the middle on problems of its own. Feeding: with .35 hardly a group was all wrong,
// with .5 and .7 hardly a rescue sound (seed 101).
constexpr double leap_shares[] = {.1, .15, .2, .25, .3, .35, .4}, quick_leap = .25, feeding_leap = .42;
constexpr double least_majority = .3, most_majority = .8;
const std::string quick_base = "models/chain-steps.safetensors", fitted = "own, leaps fitted";

bool fit(const CellResult& result) { return result.measure("majority") >= least_majority && result.measure("majority") <= most_majority; }

bool feeds(const std::string& world) { return world == feeding_leaps || world == feeding_slips; }
std::string hard_tier(const std::string& world) { return world == feeding_leaps ? "+-*:8" : "*:10"; }

class StepConfidenceStudy final : public Study {
 public:
    std::string name() const override { return "step-confidence"; }
    std::string title() const override { return "Does step-level confidence beat global averaging?"; }
    std::string claim() const override {
        return "Filtering traces by their least sure stretch beats the average over the whole trace, and sampling can stop there early (Fu et al. 2025, arXiv 2508.15260). In its own tables filtering gives about +.9 points and local instead of global +.1 to +.7.";
    }
    std::string design() const override {
        return fmt::format("Chain arithmetic, one number as the answer. The teacher sometimes does two operations in one step, which the model can only guess: its traces differ in where it is unsure. Control: errors "
                           "by operator, which all traces of a problem share. The share of leaps is set for each base, on problems of its own, so that a majority of as many traces is right about .55 of the time; bases whose majority in the end is not "
                           "right .3 to .8 of the time are shown and left out of the verdict. {} problems of depth 8, {} traces each at temperature 1; confidence = minus the entropy of the next token. Primary measure: accuracy of the vote "
                           "of the surest tenth, least step minus mean, both over result tokens. Paired by problem (bootstrap) and by seed (t); bases made anew for each seed. And as the choice of what is trained on: GHPO to {:.1f} "
                           "million generated tokens where rescues may be luck (one number as the answer; a leap in two steps of five, or slips that all traces share), with one rescue a step, the surest by least step or by mean, or a drawn one; "
                           "beside them every rescue, and those with a sound success.",
                           problems_asked, traces_each, feeding_tokens / 1e6);
    }
    std::string budget() const override { return fmt::format("{} traces of each of {} problems, the same for every score; {:.1f} million generated tokens where rescues are fed", traces_each, problems_asked, feeding_tokens / 1e6); }
    std::string revision() const override { return "2"; }

    std::vector<StudyCell> cells(StudySetting setting) const override {
        std::vector<StudyCell> out;
        if (setting == StudySetting::quick) return {{"all scores", 1, quick_base, leaps, 1}};
        for (const std::int64_t seed : study_seeds(setting)) {
            out.push_back({"all scores", seed, fitted, leaps, 2.5});
            out.push_back({"all scores", seed, fitted, noise, .4});
        }
        for (const std::int64_t seed : study_seeds(setting))
            for (const std::string& world : {feeding_leaps, feeding_slips})
                for (const Feeding& f : feedings) out.push_back({f.accept, seed, world == feeding_leaps ? "own" : fmt::format("slips {}", (seed - 1) % 3 + 1), world, .5});
        return out;
    }

    CellResult run(const StudyCell& cell, const StudyPorts& ports) const override {
        CellResult out;
        const auto family = make_family("chain", {1, 13});
        if (feeds(cell.world)) {
            if (cell.world == feeding_leaps) teach_leaps(feeding_leap, *family, cell, ports, out);
            else teach_slips(*family, cell, ports, out);
            feed(cell, ports, out);
            return out;
        }
        if (cell.world == noise) teach_noise(*family, cell, ports, out);
        else teach_leaps(out.measures["leaps"] = cell.base == quick_base ? quick_leap : fitting_share(*family, cell, ports, out), *family, cell, ports, out);
        const auto seed = static_cast<std::uint64_t>(cell.seed);
        measure_votes(sample_votes(*family, voting_tier, problems_asked, traces_each, seed, ports), seed, out);
        return out;
    }

    StudyReport report(StudySetting setting, const std::vector<StoredCell>& cells) const override {
        StudyReport out;
        // One cell holds every score: taken apart, each is an arm.
        std::vector<StoredCell> arms, judged, fed, voted;  // judged, voted: what counts for the verdict.
        int left_out = 0;
        for (const StoredCell& c : cells) {
            if (feeds(c.cell.world)) {
                fed.push_back(c);
                continue;
            }
            const bool counts = c.cell.world != leaps || fit(c.result);
            left_out += !counts;
            if (counts) voted.push_back(c);
            for (const VoteScore& s : vote_scores()) {
                StoredCell arm = c;
                arm.cell.arm = s.name;
                arm.result.measures.clear();
                for (const char* what : {"vote 10%", "vote 50%", "weighted", "minus majority", "auroc within", "auroc pooled"}) arm.result.measures[what] = c.result.measure(fmt::format("{}/{}", what, s.name));
                for (const char* what : {"majority", "correct"}) arm.result.measures[what] = c.result.measure(what);
                arms.push_back(std::move(arm));
                if (counts) judged.push_back(arms.back());
            }
        }
        ArmTable table;
        table.baseline = "mean, results";
        table.primary = "vote 10%";
        table.shown = {{"vote 10%", "vote of the surest 10%"}, {"vote 50%", "50%"}, {"weighted", "weighted vote"}, {"majority", "majority"}, {"minus majority", "10% minus majority"}, {"auroc within", "AUROC within"}, {"auroc pooled", "AUROC pooled"}, {"correct", "p(correct)"}};
        for (const VoteScore& s : vote_scores()) table.arms.emplace_back(s.name, s.title);
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
            for (const VoteScore& s : vote_scores()) {
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
            std::vector<std::vector<double>> bases;  // Problems of one base are no more independent of each other than the base makes them.
            double sum = 0;
            std::size_t problems = 0;
            for (const StoredCell& c : voted) {
                if (c.cell.world != world) continue;
                const auto votes = [&](const std::string& of) { return c.result.lists.find(of == "majority" ? of : "vote/" + of); };
                const auto x = votes(a), y = votes(b);
                if (x == c.result.lists.end() || y == c.result.lists.end() || x->second.empty()) continue;
                std::vector<double>& differences = bases.emplace_back();
                for (std::size_t i = 0; i < x->second.size(); ++i) differences.push_back(x->second[i] - y->second[i]);
                sum += mean_estimate(differences).mean;
                problems += differences.size();
            }
            if (bases.empty()) return std::string("not measured yet");
            const auto interval = bootstrap_groups(bases);
            return fmt::format("{} [{}, {}] over {} problems of {} bases", short_number(sum / static_cast<double>(bases.size())), short_number(interval.first), short_number(interval.second), problems, bases.size());
        };
        const ArmDifference step = table.difference(judged, leaps, "min-step, results", "mean, results", "vote 10%");
        out.verdict = !step.estimate.interval ? "not testable" : step.estimate.excludes_zero() ? step.estimate.mean > 0 ? "supported" : "against" : "no clear difference";
        // The paper averages log-probs of the likeliest tokens, where each token that is sure has a few that are surely not it.
        const ArmDifference likeliest = table.difference(judged, leaps, "min-step, results, top five", "mean, results, top five", "vote 10%");
        const auto level = [&](const std::string& arm) { return mean_of(judged, leaps, arm, "vote 10%").mean; };
        out.sentence = fmt::format("{}Least step minus mean, both over result tokens, confidence = minus entropy: {}; paired by problem {}. As weights in a vote of all traces: {}. By the paper's own confidence, log-probs of the five likeliest tokens: {}{}.",
                                   step.estimate.interval ? "" : "A demonstration, no interval. ", step.words("accuracy of the surest tenth's vote"), pooled(leaps, "min-step, results", "mean, results"),
                                   estimate_words(table.difference(judged, leaps, "min-step, results", "mean, results", "weighted").estimate), estimate_words(likeliest.estimate),
                                   level("mean, results, top five") < level("mean, results") ? ", where the mean is the worse score" : "");
        for (const std::string& world : {leaps, noise}) {
            const auto put = [&](const char* arm, const char* other, const char* measure, const char* label) { table.contrast(judged, world, arm, other, measure, label, out, "votes, " + world); };
            put("min-step, results", "mean, results", "vote 10%", "least step - mean, vote of the surest tenth");
            put("min-step, results", "mean, results", "auroc within", "least step - mean, AUROC within a problem");
            put("min-step, results, top five", "mean, results, top five", "vote 10%", "the same by log-probs of the five likeliest");
            put("min-step, all tokens", "mean, all tokens", "vote 10%", "the same over all tokens, forms included");
            put("min-step, results", "random", "vote 10%", "least step - a random tenth");
            put("mean, results", "random", "vote 10%", "mean - a random tenth");
            put("min-step, results", "mean, results", "weighted", "least step - mean, as weights of all votes");
            const std::pair<const char*, const char*> votes[] = {{"vote 10%/min-step, results", "least step's tenth"}, {"vote 50%/min-step, results", "least step's half"}, {"weighted/min-step, results", "weighted by least step"}, {"weighted/mean, results", "weighted by mean"}};
            for (const auto& [measure, label] : votes) {
                std::vector<double> over;
                for (const StoredCell& c : voted)
                    if (c.cell.world == world) over.push_back(c.result.measure(measure) - c.result.measure("majority"));
                if (!over.empty()) out.contrasts.push_back({"votes, " + world, fmt::format("{} - majority of all", label), mean_estimate(over), 1});
            }
        }
        for (const std::string& world : {feeding_leaps, feeding_slips}) {
            const auto put = [&](const char* arm, const char* other, const char* label) { choice.contrast(fed, world, arm, other, "held-out", label, out); };
            put("min-step", "random", "surest by least step - drawn, held out");
            put("min-step", "mean", "by least step - by mean, held out");
            put("any", "random", "every rescue - one drawn, held out");
            put("sound", "random", "sound rescues alone - one drawn, held out");
        }
        out.findings = {fmt::format("Paired by problem (bootstrap over problems, bases as blocks), vote of the surest tenth where leaps differ between traces: least step minus mean, both over all tokens, {}; least step minus the majority of all {}; mean minus that {}. In the control, where all traces share their errors, least step minus a random tenth {}.",
                                    pooled(leaps, "min-step, all tokens", "mean, all tokens"), pooled(leaps, "min-step, results", "majority"), pooled(leaps, "mean, results", "majority"), pooled(noise, "min-step, results", "random"))};
        if (!likeliest.values.empty())
            out.findings.push_back(fmt::format("The votes themselves by the five likeliest tokens: least step {}, mean {}; by entropy {} and {}. Over all tokens, forms included, by entropy: least step {}, mean {}.",
                                               short_number(level("min-step, results, top five")), short_number(level("mean, results, top five")), short_number(level("min-step, results")), short_number(level("mean, results")), short_number(level("min-step, all tokens")), short_number(level("mean, all tokens"))));
        for (const std::string& world : {feeding_leaps, feeding_slips}) {
            std::vector<double> least, mean;
            for (const StoredCell& c : fed)  // Where every rescue was lucky, or every one sound, there is nothing to tell apart.
                if (c.cell.world == world && c.cell.arm == "any" && std::isfinite(c.result.measure("auroc/min-step")))
                    least.push_back(c.result.measure("auroc/min-step")), mean.push_back(c.result.measure("auroc/mean"));
            if (std::none_of(fed.begin(), fed.end(), [&](const StoredCell& c) { return c.cell.world == world; })) continue;
            out.findings.push_back(fmt::format("As the choice of which rescues are trained on ({}): sound against lucky AUROC least step {}, mean {}.", world, short_number(mean_estimate(least).mean), short_number(mean_estimate(mean).mean)));
            // Runs take off or they do not: a mean over seeds hides that.
            std::string learned;
            for (const Feeding& f : feedings) {
                int runs = 0, off = 0;
                for (const StoredCell& c : fed)
                    if (c.cell.world == world && c.cell.arm == f.accept) ++runs, off += c.result.measure("held-out") > .5;
                if (runs > 0) learned += fmt::format("{}{} {} of {} ({} groups fed a step)", learned.empty() ? "" : ", ", f.title, off, runs, short_number(mean_of(fed, world, f.accept, "fed").mean));
            }
            const auto against_drawn = [&](const char* arm) { return choice.difference(fed, world, arm, "random", "held-out").words("held-out accuracy"); };
            out.findings.push_back(fmt::format("Runs that end above .5 held out ({}): {}. Against one drawn, the surest by least step: {}; rescues that are checked step by step: {}.", world, learned, against_drawn("min-step"), against_drawn("sound")));
        }
        for (const std::string& world : {leaps, noise}) {
            std::vector<double> saved, changed;
            for (const StoredCell& c : voted)
                if (c.cell.world == world) saved.push_back(c.result.measure("online saved")), changed.push_back(c.result.measure("online minus majority"));
            if (saved.empty()) continue;
            out.findings.push_back(fmt::format("Stopping a trace early at its first step below what 16 warm-up traces lead to expect ({}), as strictly as costs no vote on one half of the problems: on the other half it saves {} of the tokens and "
                                               "changes the vote by {}.",
                                               world, estimate_words(mean_estimate(saved)), estimate_words(mean_estimate(changed))));
        }
        if (left_out > 0)
            out.findings.push_back(fmt::format("{} of the bases with leaps {} left out of the verdict: a majority was not right .3 to .8 of the time on the problems reported on.", left_out, left_out == 1 ? "is" : "are"));
        out.against = {"The leaps are planted: where errors do not differ between traces of one problem (the control), no confidence helps, and AUROC pooled over problems pretends that it does.",
                       "In the paper's own tables (arXiv 2508.15260) filtering does the most and local instead of global adds .1 to .7 points; a tenth of the traces can hurt where the model is surely wrong.",
                       "Feeding: rescues that are checked step by step are not limited to one a step, so that their row is quality and number together; and whether a run takes off at all hangs on its seed more than on the rule.",
                       "Reinforcement learning sharpens distributions (arXiv 2504.13837) and may spoil the signal; these bases are supervised only."};
        (void)setting;
        return out;
    }

 private:
    /// The arithmetic first, step by step: with leaps from the start it may never be learned. Then `second` on top.
    static void teach_both(const std::string& name, const std::function<void(BaseRecipe&)>& second, const Family& family, const StudyCell& cell, const StudyPorts& ports, CellResult& out) {
        BaseRecipe recipe;
        recipe.width = 1;
        recipe.depth_high = 8;
        recipe.seed = cell.seed;
        recipe.steps = 6000;
        recipe.until_greedy = .97;
        if (cell.base == quick_base) ports.engine.load(read_model(find_file(cell.base)).state);
        else teach(fmt::format("steps {}", cell.seed), recipe, family, ports, out);
        recipe.seed += 5000;
        recipe.lr = 1e-3;
        recipe.until_greedy = 0;
        recipe.steps = 500;
        second(recipe);
        teach_more(fmt::format("{} {} {}", name, cell.base, cell.seed), recipe, family, ports, out);
    }
    static void teach_leaps(double share, const Family& family, const StudyCell& cell, const StudyPorts& ports, CellResult& out) {
        teach_both(fmt::format("leaps {}", share), [&](BaseRecipe& r) { r.demonstrator.leap = share; }, family, cell, ports, out);
    }
    static void teach_noise(const Family& family, const StudyCell& cell, const StudyPorts& ports, CellResult& out) {
        teach_both(noise, [](BaseRecipe& r) { r.demonstrator.slips = {{"+", .05}, {"-", .05}, {"*", .4}}; }, family, cell, ports, out);
    }

    /// The base of resources/models/chain-width-1.toml, from a seed of its own for each third of the seeds.
    static void teach_slips(const Family& family, const StudyCell& cell, const StudyPorts& ports, CellResult& out) {
        BaseRecipe recipe = read_base_recipe(find_file("models/chain-width-1.toml"));
        recipe.seed += 1000 * (cell.seed % 3);
        recipe.threads = 1;
        teach(cell.base, recipe, family, ports, out);
    }

    /// The share of leaps at which a majority comes nearest to the middle of what a filter can be judged on.
    static double fitting_share(const Family& family, const StudyCell& cell, const StudyPorts& ports, CellResult& out) {
        double best = 1, chosen = 0;
        for (const double share : leap_shares) {
            teach_leaps(share, family, cell, ports, out);
            const VoteTraces traces = sample_votes(family, voting_tier, 80, traces_each, static_cast<std::uint64_t>(cell.seed) + 10000, ports);  // None of the problems reported on.
            out.seconds += traces.seconds;
            const double off = std::abs(traces.majority() - (least_majority + most_majority) / 2);
            out.curves["majority by leaps"].emplace_back(share, traces.majority());
            if (off < best) best = off, chosen = share;
        }
        return chosen;
    }

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
        e.guidance.accept_share = 0;  // One a step.
        training.tokens = feeding_tokens;
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
};

}  // namespace

std::unique_ptr<Study> make_step_confidence_study() { return std::make_unique<StepConfidenceStudy>(); }

}  // namespace foothold
