// SPDX-License-Identifier: GPL-3.0-or-later
// Question 2: do overly hard samples harm, through lucky successes?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/safetensors.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "statistics/degeneration.h"
#include "studies/arm_table.h"
#include "studies/registry.h"
#include "studies/supervised_base.h"
#include "studies/training_cell.h"

namespace foothold {
namespace {

using Changes = std::vector<std::pair<std::string, Value>>;

struct HardArm {
    const char *name, *title;
    std::vector<std::string> pool;  ///< Tiers trained on.
    Changes changes;
    bool everywhere;                ///< In every world, or only where a guess is right one time in 13.
    bool trains = true;
};

const std::vector<HardArm>& arms() {
    const std::string grpo = "grpo", ghpo = "ghpo", group = "none";
    const std::vector<std::string> hard = {"*:10"}, easy = {"+:4"}, medium = {"+-:6"}, mixed = {"+:4", "*:10"};
    static const std::vector<HardArm> list = {
        {"hard", "only *:10, GRPO", hard, {{"guidance.policy", grpo}}, true},
        {"easy", "only +:4, GRPO", easy, {{"guidance.policy", grpo}}, true},
        {"medium", "only +-:6, GRPO", medium, {{"guidance.policy", grpo}}, true},
        {"mixed", "half +:4, half *:10, GRPO", mixed, {{"guidance.policy", grpo}}, true},
        {"hard-no-std", "only *:10, advantages not divided by the spread", hard, {{"guidance.policy", grpo}, {"loss.scale_rewards", group}}, false},
        {"hard-matched", "only *:10, every update of norm .03", hard, {{"guidance.policy", grpo}, {"optimizer.update_norm", .03}}, false},
        {"hard-no-std-matched", "only *:10, no spread, every update of norm .03", hard, {{"guidance.policy", grpo}, {"loss.scale_rewards", group}, {"optimizer.update_norm", .03}}, false},
        {"hard-two", "only *:10, lone successes left out", hard, {{"guidance.policy", grpo}, {"loss.min_successes", std::int64_t{2}}}, true},
        {"hard-random", "only *:10, reward by a coin", hard, {{"guidance.policy", grpo}, {"reward.kind", std::string("random")}}, true},
        {"hard-ghpo", "only *:10, GHPO", hard, {{"guidance.policy", ghpo}}, true},
        {"hard-controller", "only *:10, 50% controller", hard, {{"guidance.policy", std::string("tier-target")}}, false},
        {"hard-ghpo-two", "only *:10, GHPO that wants two successes", hard, {{"guidance.policy", ghpo}, {"guidance.accept", std::string("two")}}, false},
        {"hard-ghpo-sound", "only *:10, GHPO with an exact step check (upper bound)", hard, {{"guidance.policy", ghpo}, {"guidance.accept", std::string("sound")}}, true},
        {"base", "the base, nothing trained", hard, {{"guidance.policy", grpo}}, true, false},
    };
    return list;
}

/// A world: how guessable the answer is, and how often the base skips. Where no shipped base has learned to answer like that, one is taught
/// to from the base named: a short second stage, anew for each seed.
struct World {
    const char* name;
    const char* base;
    std::int64_t width;
    double skipping;
    bool all_arms = false, taught = false;
    std::int64_t answer_modulus = 0;
};
constexpr World worlds[] = {
    {"guess 1/13, skipping 5%", "models/chain-skips.safetensors", 1, .05, true},
    {"guess 1/13, skipping 0%", "models/chain-width-1.safetensors", 1, 0},
    {"guess 1/13^4, skipping 0%", "models/chain-slips.safetensors", 4, 0},
    {"guess 1/13, skipping 2%", "models/chain-width-1.safetensors", 1, .02, false, true},
    {"guess 1/2, skipping 5%", "models/chain-skips.safetensors", 1, .05, false, true, 2},
    {"guess 1/3, skipping 5%", "models/chain-skips.safetensors", 1, .05, false, true, 3},
    {"guess 1/13^2, skipping 5%", "models/chain-slips.safetensors", 2, .05, false, true},
    {"guess 1/13^4, skipping 5%", "models/chain-slips.safetensors", 4, .05, false, true},
};
constexpr int second_stage_steps = 400;

constexpr std::int64_t full_steps = 100, quick_steps = 50;
constexpr double quick_minutes = .3;  ///< By this a demonstration's cell is known.

class HardSamplesStudy final : public Study {
 public:
    std::string name() const override { return "hard-samples"; }
    std::string title() const override { return "Do overly hard samples harm, through lucky successes?"; }
    std::string claim() const override {
        return "Training on problems that a model never truly solves brings answer repetition, skipped computation and the loss of old skills, because an accidental success is taken for an exemplar "
               "(Cheng et al. 2026, arXiv 2605.28388; the mechanism is a reading of it).";
    }
    std::string design() const override {
        return fmt::format("Chain arithmetic, pool of 64, {} steps of 16 problems x 8 attempts. Harm needs luck, so the answer space is crossed with it: one number (a blind guess is right one time in 13) "
                           "against two or four (13^-2, 13^-4) and against the result modulo 2 or 3 (1/2, 1/3), bases that skip 0, 2 or 5% of their traces. Primary measure: change of un-hinted held-out accuracy on +:4, a skill the base has and the hard "
                           "pool does not ask for. Verdict: supported if the "
                           "hard pool lowers +:4 (interval below 0) and lowers it less where a guess is right one time in 13^4 than where it is one in 13, with 5% skipping (fixed before those cells were run) and with none (added "
                           "after they were seen, against the claim); supported in part if only the first. "
                           "Paired by seed; 95% t intervals, Holm over arms.",
                           full_steps);
    }
    std::string revision() const override { return "1"; }

    std::vector<StudyCell> cells(StudySetting setting) const override {
        std::vector<StudyCell> out;
        if (setting == StudySetting::quick) {
            for (const char* arm : {"hard", "easy", "hard-ghpo"}) out.push_back({arm, 1, worlds[0].base, worlds[0].name, quick_minutes});
            return out;
        }
        const bool tune = setting == StudySetting::tune;
        for (const World& world : worlds)
            for (std::int64_t seed = tune ? 101 : 1; seed <= (tune ? 102 : 6); ++seed)
                for (const HardArm& arm : arms())
                    if (world.all_arms || arm.everywhere) out.push_back({arm.name, seed, world.base, world.name, world.taught && &arm == arms().data() ? .6 : .25});
        return out;
    }

    CellResult run(const StudyCell& cell, const StudyPorts& ports) const override {
        const HardArm& arm = *std::find_if(arms().begin(), arms().end(), [&](const HardArm& a) { return a.name == cell.arm; });
        const World& world = *std::find_if(std::begin(worlds), std::end(worlds), [&](const World& w) { return w.name == cell.world; });
        TrainingCell training;
        Experiment& e = training.experiment;
        e.seed = e.problems.seed = cell.seed;
        e.threads = 1;
        e.model.path = cell.base;
        e.problems.width = world.width;
        e.problems.tiers = arm.pool;
        e.problems.pool = 64;
        e.heldout.every = 10;
        e.heldout.n = 64;
        training.watched = {"+:4", "*:4", "*:10"};
        for (const auto& [key, value] : arm.changes) set_key(e, key, value);
        e.problems.answer_modulus = world.answer_modulus;
        training.train = arm.trains;
        training.steps = cell.minutes == quick_minutes ? quick_steps : full_steps;
        CellResult base;
        if (world.taught) {
            teach_answers(world, cell.seed, ports, base);
            training.keep_model = true;
        }
        CellResult result = train_cell(training, ports);
        result.seconds += base.seconds;
        for (const char* tier : {"+:4", "*:4", "*:10"}) {
            const auto& curve = result.curves["accuracy/" + std::string(tier)];
            result.measures["change/" + std::string(tier)] = result.measure("accuracy/" + std::string(tier)) - (curve.empty() ? std::nan("") : curve.front().second);
        }
        const auto& reward = result.curves["reward"];
        result.measures["reward end"] = reward.empty() ? std::nan("") : reward.back().second;
        return result;
    }

    /// What is left of the base's skills and lengths, where the base was measured under the same seed.
    static std::vector<StoredCell> against_base(std::vector<StoredCell> cells) {
        for (StoredCell& c : cells) {
            const auto base = std::find_if(cells.begin(), cells.end(), [&](const StoredCell& b) { return b.cell.arm == "base" && b.cell.world == c.cell.world && b.cell.seed == c.cell.seed; });
            if (base == cells.end() || c.cell.arm == "base") continue;
            const auto both = [&](const std::string& what) { return std::pair(base->result.measure(what), c.result.measure(what)); };
            for (const std::string tier : {"+:4", "*:10"}) {
                const auto [long_one, short_one] = both("length/" + tier);
                const auto [before, after] = both("accuracy/" + tier);
                c.result.measures["collapse/" + tier] = length_collapse(long_one, short_one);
                c.result.measures["kept/" + tier] = retention(before, after);
            }
        }
        return cells;
    }

    /// A second stage on the same slips, with the world's answers and skips.
    static void teach_answers(const World& world, std::int64_t seed, const StudyPorts& ports, CellResult& out) {
        ports.engine.load(read_model(find_file(world.base)).state);
        BaseRecipe recipe;
        recipe.width = static_cast<int>(world.width);
        recipe.answer_modulus = static_cast<int>(world.answer_modulus);
        recipe.demonstrator.systematic = true;
        recipe.demonstrator.skipping = world.skipping;
        recipe.demonstrator.slips = {{"+", .03}, {"-", .10}, {"*", .65}};
        recipe.lr = 1e-3;
        recipe.steps = second_stage_steps;
        recipe.seed = seed + 5000;
        const auto family = make_family("chain", {recipe.width, recipe.modulus, recipe.answer_modulus});
        teach_more(fmt::format("{} {}", world.name, seed), recipe, *family, ports, out);
    }

    StudyReport report(StudySetting setting, const std::vector<StoredCell>& stored) const override {
        StudyReport out;
        ArmTable table;
        table.baseline = "easy";
        table.primary = "change/+:4";
        table.shown = {{"reward end", "reward at the end"}, {"change/+:4", "change of +:4"}, {"change/*:4", "change of *:4"}, {"accuracy/+:4", "+:4"}, {"greedy/+:4", "greedy +:4"}, {"sound/*:10", "sound *:10"},
                       {"kept/+:4", "+:4 kept"}, {"skipping/*:4", "skipping *:4"}, {"repeat/+:4", "same answer +:4"}, {"repeat/*:10", "same answer *:10"}, {"collapse/+:4", "length lost +:4"}, {"collapse/*:10", "length lost *:10"}, {"lucky", "push on luck"}};
        for (const HardArm& arm : arms()) table.arms.emplace_back(arm.name, arm.title);
        const std::vector<StoredCell> cells = against_base(stored);
        table.fill(cells, out);
        table.plot(cells, "reward", "Reward on the pool", "generated tokens", "reward", {"hard", "easy", "mixed", "hard-ghpo", "hard-random"}, out);
        table.plot(cells, "accuracy/+:4", "An old skill: held-out +:4", "generated tokens", "share right", {"hard", "easy", "mixed", "hard-ghpo", "hard-ghpo-sound", "hard-random"}, out);
        table.plot(cells, "lucky", "Share of the push that goes to lucky successes", "generated tokens", "share", {"hard", "easy", "mixed", "hard-ghpo", "hard-ghpo-sound"}, out);
        if (setting == StudySetting::tune) {
            out.verdict = "not testable";
            out.sentence = "Settings were looked at here, on seeds 101 and 102. Nothing of this is reported as a result.";
            return out;
        }
        const std::string guessable = worlds[0].name, closed = worlds[7].name;
        // What the hard pool itself does to the skill, by seed, and how that differs between worlds.
        const auto changes = [&](const std::string& world) {
            std::map<std::int64_t, double> out;
            for (const StoredCell& c : cells)
                if (c.cell.world == world && c.cell.arm == "hard") out[c.cell.seed] = c.result.measure("change/+:4");
            return out;
        };
        const auto change_in = [&](const std::string& world) { return mean_of(cells, world, "hard", "change/+:4"); };
        const auto said = [](const Estimate& e) { return std::isfinite(e.mean) ? estimate_words(e) : std::string("not measured yet"); };
        const auto minus = [&](const std::string& world, const std::string& other) {
            std::vector<double> values;
            const auto there = changes(other);
            for (const auto& [seed, value] : changes(world))
                if (there.contains(seed)) values.push_back(value - there.at(seed));
            return mean_estimate(values);
        };
        const Estimate harm = change_in(guessable), without_luck = change_in(closed), less = minus(closed, guessable);
        const Estimate unskipped = minus(worlds[2].name, worlds[1].name);
        const auto above_zero = [](const Estimate& e) { return e.excludes_zero() && e.mean > 0; };
        const bool harmed = harm.excludes_zero() && harm.mean < 0, by_luck = above_zero(less) && above_zero(unskipped);
        out.verdict = !harm.interval || !less.interval ? "not testable" : harmed ? by_luck ? "supported" : "supported in part" : harm.excludes_zero() ? "against" : "no clear difference";
        out.sentence = !harm.interval ? "A demonstration, no interval: what training on *:10 alone does to +:4, " + said(harm) + "."
                                      : fmt::format("What training on *:10 alone does to held-out +:4: {} where a guess is right one time in 13, {} where it is one in 13^4 (both with 5% skipping); the second minus the first {}.{}", said(harm), said(without_luck),
                                                    said(less), harmed && less.interval && !by_luck ? " The harm is there; that it comes by luck does not show in both worlds." : "");
        for (const World& world : worlds)
            if (const Estimate e = change_in(world.name); std::isfinite(e.mean)) out.contrasts.push_back({"the hard pool itself", fmt::format("change of +:4, {}", world.name), e, 1});
        for (const auto& [estimate, skipping] : {std::pair(less, "5%"), std::pair(unskipped, "0%")})
            if (estimate.n > 0) out.contrasts.push_back({"the hard pool itself", fmt::format("guess 1/13^4 - guess 1/13, both skipping {}", skipping), estimate, 1});
        if (above_zero(less) && unskipped.interval && !above_zero(unskipped))
            out.findings.push_back(fmt::format("It hangs on the bases: where none skips, guess 1/13^4 minus guess 1/13 is {}, no clear difference.", estimate_words(unskipped)));
        const auto put = [&](const char* group, const char* arm, const char* other, const char* label) { table.contrast(cells, guessable, arm, other, "change/+:4", label, out, group); };
        put("controls", "hard-random", "hard", "a coin as the reward - the real one");
        put("controls", "hard", "easy", "hard pool - easy pool, which trains the very skill");
        put("controls", "mixed", "hard", "half the pool easy - hard pool");
        put("advantages", "hard-no-std", "hard", "not divided by the spread (Dr. GRPO) - divided");
        put("advantages", "hard-no-std-matched", "hard-matched", "the same, every update of norm .03");
        put("advantages", "hard-two", "hard", "lone successes left out - not");
        put("guidance as the defence", "hard-ghpo", "hard", "GHPO - GRPO");
        put("guidance as the defence", "hard-ghpo-two", "hard", "GHPO that wants two successes - GRPO");
        put("guidance as the defence", "hard-controller", "hard", "50% controller - GRPO");
        put("guidance as the defence", "hard-ghpo-sound", "hard", "GHPO with an exact step check - GRPO");
        const auto sound = [&](const char* arm) { return short_number(mean_of(cells, closed, arm, "sound/*:10").mean); };
        if (const ArmDifference checked = table.difference(cells, closed, "hard-ghpo-sound", "hard", "change/+:4"); without_luck.excludes_zero() && without_luck.mean < 0 && checked.estimate.interval)
            out.findings.push_back(fmt::format("Luck is not all of it: where no guess can be right, +:4 falls as well, while *:10 is learned soundly ({} of the attempts); with hints and every step checked, {} are sound and +:4 changes by {} more. "
                                               "Training on one tier alone unlearns another.",
                                               sound("hard"), sound("hard-ghpo-sound"), estimate_words(checked.estimate)));
        if (const Estimate coin_flip = minus(worlds[4].name, guessable); above_zero(coin_flip))
            out.findings.push_back(fmt::format("More guessable is not more harmful: with answers modulo 2 the change of +:4 is {} above that with answers modulo 13.", estimate_words(coin_flip)));
        if (const ArmDifference coin = table.difference(cells, guessable, "hard-random", "hard", "change/+:4"); coin.estimate.interval && !coin.estimate.excludes_zero())
            out.findings.push_back("A reward that knows nothing, a coin, harms as much as the real one, within the interval: it may be pushing at all on a pool without true successes that harms.");
        out.against = {"Training on the hardest tenth gains most where groups stay mixed (arXiv 2508.14094): hard is not the same as never solved.",
                       "Some models gain from random reward (arXiv 2506.10947): compare with the coin's row before speaking of harm by luck.",
                       "The skipping is planted in the base: this shows the mechanism, not how often it happens in large models.",
                       "One family, one small model a world; bases differ between worlds, so worlds are compared by eye only."};
        return out;
    }
};

}  // namespace

std::unique_ptr<Study> make_hard_samples_study() { return std::make_unique<HardSamplesStudy>(); }

}  // namespace foothold
