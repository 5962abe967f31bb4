// SPDX-License-Identifier: GPL-3.0-or-later
// Question 1: does adaptive guidance by trace prefixes reduce reward sparsity?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "record/error.h"
#include "record/experiment_keys.h"
#include "statistics/paired.h"
#include "studies/arm_table.h"
#include "studies/registry.h"
#include "studies/supervised_base.h"
#include "studies/training_cell.h"

namespace foothold {
namespace {

using Changes = std::vector<std::pair<std::string, Value>>;

/// An arm: a preset and what differs from it.
struct GuidanceArm {
    const char *name, *title, *policy;
    Changes changes;
};

const std::vector<GuidanceArm>& arms() {
    static const std::vector<GuidanceArm> list = {
        {"ghpo", "GHPO as published", "ghpo", {}},
        {"grpo", "GRPO", "grpo", {}},
        {"foothold", "ours: memory a problem, hints learned", "foothold", {}},
        {"grpo-resample", "GRPO with resampling (DAPO)", "grpo-resample", {}},
        {"fixed", "one retry at .5", "fixed", {}},
        {"always", "half the trace for everyone", "always", {}},
        {"random", "random hints, GHPO's counts", "random", {}},
        {"ghpo-released", "GHPO as released", "ghpo-released", {}},
        {"problem-target", "memory a problem (AdaBack-like)", "problem-target", {}},
        {"tier-target", "50% controller (SEELE-like)", "tier-target", {}},
        {"one-hinted", "one hinted success in a plain group (Scaf-GRPO-like)", "one-hinted", {}},
        {"off-context", "hinted sampling, un-hinted loss (Guide-like)", "off-context", {}},
        {"trace-in-group", "full trace in the group (LUFFY-like)", "trace-in-group", {}},
        {"supervised-first", "supervised on the traces, then GRPO", "supervised-first", {}},
        {"grpo-waits", "GRPO, four times the tokens", "grpo", {}},
        {"ghpo-hints-learned", "GHPO, hints learned with the success", "ghpo", {{"guidance.hint_gradient", std::string("policy")}}},
    };
    return list;
}

// Frozen after the trials below: the rate that was best for GHPO in both families (ours: best on chain, .01 below 3e-4 on doors), and for the supervised
// start the length that was best in each family.
constexpr double frozen_lr = 6e-4;

// What settings were chosen on: the same number of trials for GHPO and for ours, on seeds 101 and 102.
const std::vector<GuidanceArm>& trials() {
    static const std::vector<GuidanceArm> list = {
        {"ghpo lr 2e-4", "", "ghpo", {{"optimizer.lr", 2e-4}}},
        {"ghpo lr 3e-4", "", "ghpo", {{"optimizer.lr", 3e-4}}},
        {"ghpo lr 6e-4", "", "ghpo", {{"optimizer.lr", 6e-4}}},
        {"ghpo cap 1", "", "ghpo", {{"guidance.ratio", 1.0}}},
        {"ghpo cap .5", "", "ghpo", {{"guidance.ratio", 0.5}}},
        {"ghpo two", "", "ghpo", {{"guidance.accept", std::string("two")}}},
        {"ours lr 2e-4", "", "foothold", {{"optimizer.lr", 2e-4}}},
        {"ours lr 3e-4", "", "foothold", {{"optimizer.lr", 3e-4}}},
        {"ours lr 6e-4", "", "foothold", {{"optimizer.lr", 6e-4}}},
        {"ours start 0", "", "foothold", {{"guidance.start", 0.0}}},
        {"ours start .75", "", "foothold", {{"guidance.start", 0.75}}},
        {"ours two", "", "foothold", {{"guidance.accept", std::string("two")}}},
        {"supervised 25", "", "supervised-first", {{"guidance.supervised", std::int64_t{25}}}},
        {"supervised 50", "", "supervised-first", {}},
        {"supervised 100", "", "supervised-first", {{"guidance.supervised", std::int64_t{100}}}},
        {"supervised 200", "", "supervised-first", {{"guidance.supervised", std::int64_t{200}}}},
    };
    return list;
}

/// A setting: problems, and the training tokens of every arm: about what GHPO generates in 150 steps (measured on seeds 101 and 102).
struct World {
    const char *name, *family;
    std::vector<std::string> tiers;  ///< The last one is the hard one.
    std::int64_t pool;
    double tokens;
    std::int64_t supervised;  ///< Steps of the supervised start.
};

const std::vector<World>& worlds() {
    static const std::vector<World> list = {{"pool 64", "chain", {"+:4", "*:10"}, 64, 1.0e6, 200}, {"pool 512", "chain", {"+:4", "*:10"}, 512, 1.0e6, 200}, {"doors", "doors", {"4x7-8"}, 64, .4e6, 100}};
    return list;
}
const World& world_of(const StudyCell& cell) {
    return *std::find_if(worlds().begin(), worlds().end(), [&](const World& w) { return w.name == cell.world; });
}

constexpr double quick_tokens = 0.45e6, quick_minutes = .4;  ///< By its minutes a demonstration's cell is known.
constexpr double waiting = 4;  ///< Budgets that the arm gets which asks what GRPO does if one just waits. Its area is over one budget like the others'.
constexpr double early = .9;  ///< Chance a node at which the bases of doors leave any corridor: of 7 or 8 nodes in a row they never see the end.

/// Arms whose problems may get a hint before anything was tried without one: how many groups would be all wrong is not seen there
/// (cells that come with the program count the hinted groups).
constexpr std::string_view hint_at_once[] = {"foothold", "always", "random", "problem-target", "tier-target"};

/// Areas over the same tokens for all; what was measured on a world's hard tier under one name, so that worlds share columns and plots.
std::vector<StoredCell> comparable(std::vector<StoredCell> cells) {
    for (StoredCell& c : cells) {
        const World& world = world_of(c.cell);
        const double budget = c.cell.minutes == quick_minutes ? quick_tokens : world.tokens;
        for (const auto& [name, curve] : c.result.curves)
            if (name.starts_with("accuracy")) c.result.measures["auc" + name.substr(8)] = mean_height(curve, budget);
        if (std::ranges::find(hint_at_once, c.cell.arm) != std::end(hint_at_once)) c.result.measures.erase("dead"), c.result.curves.erase("dead");
        const std::string tier = world.tiers.back();
        for (const char* what : {"auc/", "accuracy/", "greedy/", "sound/", "pass@8/"})
            if (const double x = c.result.measure(what + tier); std::isfinite(x)) c.result.measures[what + std::string("hard")] = x;
        if (const auto curve = c.result.curves.find("accuracy/" + tier); curve != c.result.curves.end()) c.result.curves["accuracy/hard"] = std::vector(curve->second);
    }
    return cells;
}

class GuidanceStudy final : public Study {
 public:
    std::string name() const override { return "guidance"; }
    std::string title() const override { return "Does adaptive guidance reduce reward sparsity?"; }
    std::string claim() const override {
        return "GHPO: groups that are all wrong are retried with a prefix of the reference trace; this balances imitation and exploration and gains about 5% (Liu et al. 2025, arXiv 2507.10628).";
    }
    std::string design() const override {
        return fmt::format("Chain arithmetic on three independently made bases whose greedy accuracy on *:10 is 0; pool half +:4, half *:10; 16 problems x 8 attempts a step; every arm "
                           "generates {:.1f} million training tokens, as many as GHPO does in 150 steps. A second family, doors: the goal at the end of a corridor of 7 or 8 nodes, on three bases that read hints in prompts and leave "
                           "any corridor early with chance {} a node; {:.1f} million tokens, also as many as GHPO's. Primary measure, fixed beforehand: area under the un-hinted held-out accuracy (mean of "
                           "the tiers) from 0 to those tokens. Paired by seed, base as block, 95% t intervals, Holm over arms.",
                           worlds()[0].tokens / 1e6, early, worlds()[2].tokens / 1e6);
    }
    std::string budget() const override { return fmt::format("{:.1f} million generated tokens on chain, {:.1f} million on doors, as many as GHPO generates in 150 steps", worlds()[0].tokens / 1e6, worlds()[2].tokens / 1e6); }
    std::string revision() const override { return "1"; }

    std::vector<StudyCell> cells(StudySetting setting) const override {
        std::vector<StudyCell> out;
        const auto add = [&](const std::string& world, const std::string& arm, std::int64_t seed, double minutes) {
            // The bases of doors are taught by the cells: three, and others for tuning.
            out.push_back({arm, seed, world == "doors" ? fmt::format("taught with hints {}", seed >= 100 ? seed : (seed - 1) % 3 + 1) : fmt::format("models/chain-hints-{}.safetensors", (seed - 1) % 3 + 1), world, minutes});
        };
        if (setting == StudySetting::quick) {
            for (const char* arm : {"ghpo", "grpo", "foothold"}) add("pool 64", arm, 1, quick_minutes);
        } else if (setting == StudySetting::tune) {
            for (const char* world : {"pool 64", "doors"})
                for (const std::int64_t seed : {101, 102})
                    for (const GuidanceArm& trial : trials()) add(world, trial.name, seed, .3);
        } else {
            for (const World& world : worlds())
                for (std::int64_t seed = 1; seed <= 10; ++seed)
                    for (const GuidanceArm& arm : arms())
                        if (arm.name != std::string("grpo-waits") || world.pool == 64) add(world.name, arm.name, seed, world.family == std::string("doors") ? .15 : .35);
        }
        return out;
    }

    CellResult run(const StudyCell& cell, const StudyPorts& ports) const override {
        const bool tuning = cell.seed >= 100;
        const auto& list = tuning ? trials() : arms();
        const GuidanceArm& arm = *std::find_if(list.begin(), list.end(), [&](const GuidanceArm& a) { return a.name == cell.arm; });
        TrainingCell training;
        Experiment& e = training.experiment;
        e.seed = e.problems.seed = cell.seed;
        e.threads = 1;
        const World& world = world_of(cell);
        e.problems.family = world.family;
        e.problems.tiers = world.tiers;
        e.problems.pool = world.pool;
        e.heldout.every = 10;
        e.heldout.n = 64;
        e.optimizer.lr = tuning ? 3e-4 : frozen_lr;
        set_key(e, "guidance.policy", std::string(arm.policy));
        if (cell.arm == "supervised-first") e.guidance.supervised = world.supervised;
        for (const auto& [key, value] : arm.changes) set_key(e, key, value);
        training.tokens = cell.minutes == quick_minutes ? quick_tokens : world.tokens;
        training.keep_hints = cell.arm == "ghpo";
        if (cell.arm == "random") {
            StudyCell yoked = cell;
            yoked.arm = "ghpo";
            const auto ghpo = ports.stored(yoked);
            if (!ghpo) throw UserError("the arm random repeats the hints of ghpo under the same seed, which is not stored: run that cell first");
            training.match = read_hints(*ghpo, e.problems.tiers);
            e.guidance.match = "ghpo";
        }
        if (cell.arm == "grpo-waits") training.tokens *= waiting;
        if (world.family == std::string("chain")) {
            e.model.path = cell.base;
        } else {
            CellResult base;  // Bases that came with the program count no seconds either.
            teach_doors(cell.base, ports, base);
            training.keep_model = true;
        }
        return train_cell(training, ports);
    }

    /// Clean search first, then leaving early on top: learning both at once may never leave the plateau.
    static void teach_doors(const std::string& name, const StudyPorts& ports, CellResult& out) {
        BaseRecipe recipe;
        recipe.family = "doors";
        recipe.tiers = {"4x8"};
        recipe.model.max_position_embeddings = 256;
        recipe.seed = std::stoll(name.substr(name.rfind(' ') + 1));
        recipe.steps = 4000;
        recipe.until_greedy = .97;
        recipe.prompt_hints = .2;  // As the bases of chain: two of the arms put hints into the prompt.
        const auto family = make_family("doors");
        teach("doors search " + name, recipe, *family, ports, out);
        recipe.demonstrator.early = early;
        recipe.until_greedy = 0;
        recipe.steps = 250;
        recipe.lr = 1e-3;
        recipe.seed += 5000;
        teach_more("doors early " + name, recipe, *family, ports, out);
    }

    StudyReport report(StudySetting setting, const std::vector<StoredCell>& stored) const override {
        StudyReport out;
        const std::vector<StoredCell> cells = comparable(stored);
        ArmTable table;
        table.baseline = setting == StudySetting::tune ? "ghpo lr 3e-4" : "ghpo";
        table.primary = "auc";
        table.shown = {{"auc", "area"}, {"auc/hard", "area, hard"}, {"accuracy/hard", "hard"}, {"greedy/hard", "greedy, hard"}, {"sound/hard", "sound, hard"}, {"pass@8/hard", "pass@8, hard"},
                       {"accuracy/+:4", "+:4"}, {"dead", "all wrong"}, {"visits", "visits a problem"}};
        for (const GuidanceArm& arm : setting == StudySetting::tune ? trials() : arms()) table.arms.emplace_back(arm.name, setting == StudySetting::tune ? arm.name : arm.title);
        table.fill(cells, out);
        table.plot(cells, "accuracy/hard", "Held-out accuracy on the hard tier, no hints", "generated tokens", "share right", {"grpo", "ghpo", "foothold", "supervised-first", "problem-target"}, out);
        table.plot(cells, "dead", "All-wrong groups before hints", "generated tokens", "share of groups", {"grpo", "ghpo", "fixed", "one-hinted"}, out);
        if (setting == StudySetting::tune) {
            out.verdict = "not testable";
            out.sentence = fmt::format("Settings were chosen here: {} variants on seeds 101 and 102, six each for GHPO and for ours. Nothing of this is reported as a result.", trials().size());
            return out;
        }
        const std::string world = worlds().front().name;
        const ArmDifference sparsity = table.difference(cells, world, "ghpo", "grpo", "dead");
        const ArmDifference learned = table.difference(cells, world, "ghpo", "grpo", "auc");
        const ArmDifference chosen = table.difference(cells, world, "ghpo", "random", "auc");
        const bool fewer = sparsity.estimate.excludes_zero() && sparsity.estimate.mean < 0, better = learned.estimate.excludes_zero() && learned.estimate.mean > 0,
                   adaptive = chosen.estimate.excludes_zero() && chosen.estimate.mean > 0;
        if (!learned.estimate.interval) {
            out.verdict = "not testable";
            out.sentence = "A demonstration, no interval: " + learned.words("area under held-out accuracy");
        } else {
            out.verdict = fewer && better ? adaptive ? "supported" : "supported in part" : learned.estimate.excludes_zero() && learned.estimate.mean < 0 ? "against" : "no clear difference";
            out.sentence = fmt::format("GHPO against GRPO at {:.1f} million generated tokens each: {}; all-wrong groups before hints: {}. {} against as many hints on random problems, GHPO's {}.", worlds().front().tokens / 1e6, learned.words("area under held-out accuracy"),
                                       sparsity.words("share"), adaptive ? "It matters which problems get them:" : "Hints help; that it matters which problems get them does not show:", chosen.words("area"));
        }
        const auto holm_p = [&](const std::string& where, const char* arm) {
            for (std::size_t i = 0; i < out.texts.size(); ++i)
                if (const auto p = out.numbers[i].find("p (Holm)"); out.texts[i].at("world") == where && out.texts[i].at("arm") == arm && p != out.numbers[i].end())
                    return fmt::format("; p {} after Holm over all arms", p->second < .001 ? "below .001" : short_number(p->second));
            return std::string();
        };
        // An area says who is sooner and who comes further in one number; at the end of the budget only the second is left.
        const std::pair<const char*, const char*> at_the_end[] = {{"accuracy/hard", "hard tier"}, {"greedy/hard", "hard tier greedily"}, {"sound/hard", "hard tier sound"}, {"pass@8/hard", "hard tier pass@8"}, {"accuracy/+:4", "+:4"}};
        for (const World& w : worlds()) {
            const auto put = [&](const char* arm, const char* other, const char* measure, const char* label) { table.contrast(cells, w.name, arm, other, measure, label, out); };
            put("ghpo", "grpo", "dead", "GHPO - GRPO, all-wrong groups");
            put("ghpo", "grpo", "auc", "GHPO - GRPO, area");
            put("ghpo", "random", "auc", "GHPO - as many hints at random, area");
            put("foothold", "ghpo", "auc", "ours - GHPO, area");
            put("foothold", "random", "auc", "ours - as many hints at random, area");
            put("foothold", "ghpo-hints-learned", "auc", "ours - GHPO that learns its hints, area");
            put("foothold", "trace-in-group", "auc", "ours - a full trace in the group, area");
            put("foothold", "supervised-first", "auc", "ours - supervised, then GRPO, area");
            put("grpo-waits", "ghpo", "accuracy/hard", "GRPO with four times the tokens - GHPO, hard tier");
            for (const auto& [measure, label] : at_the_end) put("foothold", "ghpo", measure, fmt::format("ours - GHPO at the end, {}", label).c_str());
        }
        for (const World& w : worlds())
            if (const ArmDifference ours = table.difference(cells, w.name, "foothold", "ghpo", "auc"); !ours.values.empty())
                out.findings.push_back(fmt::format("Ours against GHPO on {}: {}{}; ahead under {} of {} seeds.", w.name, ours.words("area"), holm_p(w.name, "foothold"), std::ranges::count_if(ours.values, [](double x) { return x > 0; }), ours.values.size()));
        for (const World& w : worlds()) {
            const ArmDifference hard = table.difference(cells, w.name, "foothold", "ghpo", "accuracy/hard");
            if (!hard.estimate.interval) continue;
            std::string words;
            for (const auto& [measure, label] : at_the_end)
                if (const ArmDifference d = table.difference(cells, w.name, "foothold", "ghpo", measure); !d.values.empty()) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", label, estimate_words(d.estimate));
            const auto worst = std::ranges::min_element(hard.values);
            out.findings.push_back(fmt::format("At the end of the budget, ours minus GHPO on {}: {}.{}{}", w.name, words, hard.estimate.excludes_zero() ? "" : " Ours learns sooner; that it comes further does not show.",
                                               *worst < -.3 ? fmt::format(" Under one seed it comes out {} on the hard tier.", short_number(*worst)) : ""));
        }
        for (const World& w : worlds()) {
            const auto ours = [&](const char* other) { return table.difference(cells, w.name, "foothold", other, "auc"); };
            if (const ArmDifference random = ours("random"); random.estimate.interval)
                out.findings.push_back(fmt::format("Ours against its controls on {}: as many hints as GHPO's at random {}, a full trace in the group {}, supervised training on the same traces and then GRPO {}.", w.name, estimate_words(random.estimate),
                                                   estimate_words(ours("trace-in-group").estimate), estimate_words(ours("supervised-first").estimate)));
        }
        for (const World& w : worlds())
            if (const ArmDifference d = table.difference(cells, w.name, "ghpo", "random", "auc"); d.estimate.excludes_zero() && d.estimate.mean < 0)
                out.findings.push_back(fmt::format("On {} as many hints on random problems do better than GHPO's own choice, {}; they make {:.0f}% more steps of the same tokens.", w.name, estimate_words(d.estimate), 100 * (mean_of(cells, w.name, "random", "steps").mean / mean_of(cells, w.name, "ghpo", "steps").mean - 1)));
        for (const World& w : worlds())
            if (const std::string words = by_base(cells, w.name, "grpo", "accuracy/hard"); !words.empty()) out.findings.push_back(fmt::format("GRPO alone depends on the base on {}: its hard tier ends at {}.", w.name, words));
        if (const std::string words = right_by_wrong_steps(cells); !words.empty()) out.findings.push_back(words);
        out.findings.push_back(fmt::format("{} variants were tried on seeds 101 and 102 before these settings were frozen, six each for GHPO and for ours, in both families.", trials().size()));
        out.against = {"GHPO's paper was withdrawn from ICLR 2026; its gains are 3 to 4 points on one seed, without baselines that guide or resample (arXiv 2507.10628).",
                       "A supervised start that is free of two common bugs beat every mixed-policy method tested (arXiv 2604.23747): read the row of supervised training first.",
                       "Hints cost extra rounds: arms are compared at equal generated tokens, and seconds stand beside. The traces themselves are information that GRPO does not get, and what a supervised start reads of them is not among the generated tokens.",
                       "Seconds are of a machine that was shared at times; by the clock three seeds were measured alone (see how the evidence came about).",
                       "The paper puts its hint behind the question and starts with steps that all get one; here it begins the answer, from the first step on, for every arm but the two that say otherwise (as released, Guide-like).",
                       "The learning rate was tried at 2, 3 and 6e-4 and the highest was best, but for ours on doors (3e-4 by .01); what else was tried, the supervised start's length too, was tried at 3e-4, and on chain with bases 2 and 3 of the three reported on.",
                       "Two families of problems, small models on three bases each: it shows that the mechanism works, not how much it gives a large model."};
        return out;
    }

 private:
    /// "base ...-1 .94, base ...-2 .94, base ...-3 .00"; empty unless bases differ by more than a half.
    static std::string by_base(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& measure) {
        std::map<std::string, std::vector<double>> values;
        for (const StoredCell& c : cells)
            if (c.cell.world == world && c.cell.arm == arm) values[c.cell.base].push_back(c.result.measure(measure));
        std::string words;
        double least = 1, most = 0;
        for (const auto& [base, list] : values) {
            const double mean = mean_estimate(list).mean;
            least = std::min(least, mean);
            most = std::max(most, mean);
            words += fmt::format("{}{} from base {}", words.empty() ? "" : ", ", short_number(mean), number_of(base));
        }
        return most - least > .5 ? words : std::string();
    }
    /// "3" of "models/chain-hints-3.safetensors" and of "taught with hints 3".
    static std::string number_of(const std::string& base) {
        const std::string stem = std::filesystem::path(base).stem();
        return stem.substr(stem.find_last_of(" -") + 1);
    }

    /// Runs that end with answers right and hardly a trace sound: the policy has learned to write something else than what it computes.
    static std::string right_by_wrong_steps(const std::vector<StoredCell>& cells) {
        std::map<std::string, int> bases;  // Of the runs without sound traces.
        std::map<std::string, std::pair<int, std::vector<std::string>>> found;  // World: runs that solve the hard tier, those without sound traces.
        for (const StoredCell& c : cells) {
            if (c.result.measure("accuracy/hard") <= .3) continue;
            auto& [solve, unsound] = found[c.cell.world];
            ++solve;
            if (c.result.measure("sound/hard") < .1) unsound.push_back(fmt::format("{} {}", c.cell.arm, c.cell.seed)), ++bases[c.cell.base];
        }
        std::string out;
        for (const auto& [world, runs] : found) {
            if (runs.second.empty()) continue;
            std::string names;
            for (std::size_t i = 0; i < runs.second.size() && i < 8; ++i) names += (i ? ", " : "") + runs.second[i];
            out += fmt::format("{}{} of {} runs on {} (arm and seed: {}{})", out.empty() ? "" : "; ", runs.second.size(), runs.first, world, names, runs.second.size() > 8 ? ", ..." : "");
        }
        std::string by_bases;
        for (const auto& [base, runs] : bases) by_bases += fmt::format("{}{} from base {}", by_bases.empty() ? "" : ", ", runs, number_of(base));
        return out.empty() ? out
                           : "Right answers by wrong steps, more than .3 right and less than .1 sound on the hard tier: " + out + "; by base: " + by_bases +
                                 ". In one that we read, the operand written down is another number and the result that of the right one. Reward for the answer does not ask for the steps.";
    }
};

}  // namespace

std::unique_ptr<Study> make_guidance_study() { return std::make_unique<GuidanceStudy>(); }

}  // namespace foothold
