// SPDX-License-Identifier: GPL-3.0-or-later
// Question 2: do overly hard samples harm, through lucky successes?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/safetensors.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "statistics/degeneration.h"
#include "studies/arm_table.h"
#include "studies/evaluation.h"
#include "studies/registry.h"
#include "studies/supervised_base.h"
#include "studies/training_cell.h"
#include "tasks/problem_set.h"

namespace foothold {
namespace {

using Changes = std::vector<std::pair<std::string, Value>>;

/// Where an arm is run: in every world, in the corners that the verdict rests on, in the two of these where a guess can be right, or in one of them alone.
enum class Where { everywhere, corners, guessable_corners, home };

struct HardArm {
    const char *name, *title;
    std::vector<std::string> pool;  ///< Tiers trained on.
    Changes changes;
    Where where;
    bool trains = true, base_a_seed = false;
};

/// What the verdict is read from: worlds differ in their models, so that only bases are independent, and three are few.
const char *const ten_hard = "hard, ten bases", *const ten_other = "another operator, ten bases", *const ten_one = "one step, ten bases";

const std::vector<HardArm>& arms() {
    const std::string grpo = "grpo", ghpo = "ghpo", group = "none";
    const std::vector<std::string> hard = {"*:10"}, easy = {"+:4"}, medium = {"+-:6"}, mixed = {"+:4", "*:10"};
    static const std::vector<HardArm> list = {
        {"hard", "only *:10, GRPO", hard, {{"guidance.policy", grpo}}, Where::everywhere},
        {"easy", "only +:4, GRPO", easy, {{"guidance.policy", grpo}}, Where::everywhere},
        {"medium", "only +-:6, GRPO", medium, {{"guidance.policy", grpo}}, Where::everywhere},
        {"mixed", "half +:4, half *:10, GRPO", mixed, {{"guidance.policy", grpo}}, Where::everywhere},
        {"hard-no-std", "only *:10, advantages not divided by the spread", hard, {{"guidance.policy", grpo}, {"loss.scale_rewards", group}}, Where::home},
        {"hard-matched", "only *:10, every update of norm .03", hard, {{"guidance.policy", grpo}, {"optimizer.update_norm", .03}}, Where::corners},
        {"hard-no-std-matched", "only *:10, no spread, every update of norm .03", hard, {{"guidance.policy", grpo}, {"loss.scale_rewards", group}, {"optimizer.update_norm", .03}}, Where::home},
        {"hard-two", "only *:10, lone successes left out", hard, {{"guidance.policy", grpo}, {"loss.min_successes", std::int64_t{2}}}, Where::corners},
        {"hard-random", "only *:10, reward by a coin", hard, {{"guidance.policy", grpo}, {"reward.kind", std::string("random")}}, Where::corners},
        {"hard-ghpo", "only *:10, GHPO", hard, {{"guidance.policy", ghpo}}, Where::corners},
        {"hard-controller", "only *:10, 50% controller", hard, {{"guidance.policy", std::string("tier-target")}}, Where::home},
        {"hard-ghpo-two", "only *:10, GHPO that wants two successes", hard, {{"guidance.policy", ghpo}, {"guidance.accept", std::string("two")}}, Where::home},
        {"hard-ghpo-sound", "only *:10, GHPO with an exact step check (upper bound)", hard, {{"guidance.policy", ghpo}, {"guidance.accept", std::string("sound")}}, Where::corners},
        {ten_hard, "only *:10, GRPO, a base for each seed", hard, {{"guidance.policy", grpo}}, Where::corners, true, true},
        {ten_other, "only -:4, which the base can do, GRPO, a base for each seed", {"-:4"}, {{"guidance.policy", grpo}}, Where::corners, true, true},
        {ten_one, "only *:1, one step of the hard operator, GRPO, a base for each seed", {"*:1"}, {{"guidance.policy", grpo}}, Where::guessable_corners, true, true},
        {"base", "the base, nothing trained", hard, {{"guidance.policy", grpo}}, Where::everywhere, false},
    };
    return list;
}

/// How guessable the answer is.
struct AnswerSpace {
    const char* name;
    int width, answer_modulus;
    double guess;  ///< How often a blind guess is right.
};
constexpr AnswerSpace answer_spaces[] = {{"1/2", 1, 2, 1. / 2}, {"1/3", 1, 3, 1. / 3}, {"1/13", 1, 0, 1. / 13}, {"1/13^2", 2, 0, 1. / 169}, {"1/13^4", 4, 0, 1. / 28561}};
constexpr double skippings[] = {0, .02, .05};

/// A world: an answer space, and how often its bases skip.
struct World {
    std::string name;
    AnswerSpace space;
    double skipping;
    bool corner, home;
};
std::string world_name(const std::string& space, double skipping) { return fmt::format("guess {}, skipping {:.0f}%", space, 100 * skipping); }
const std::string guessable = world_name("1/13", .05), closed = world_name("1/13^4", .05), guessable_unskipped = world_name("1/13", 0), closed_unskipped = world_name("1/13^4", 0);

const std::vector<World>& worlds() {
    static const std::vector<World> list = [] {
        std::vector<World> out;
        for (const double skipping : {.05, .0, .02})  // In the order in which they are run: the verdict's first.
            for (const AnswerSpace& space : answer_spaces) {
                const std::string name = world_name(space.name, skipping);
                out.push_back({name, space, skipping, name == guessable || name == closed || name == guessable_unskipped || name == closed_unskipped, name == guessable});
            }
        return out;
    }();
    return list;
}
bool runs_in(const HardArm& arm, const World& world) {
    switch (arm.where) {
        case Where::everywhere: return true;
        case Where::corners: return world.corner;
        case Where::guessable_corners: return world.corner && world.space.width == 1;
        case Where::home: return world.home;
    }
    return false;
}

const std::string quick_base = "models/chain-skips.safetensors";
constexpr int second_stage_steps = 400;
const std::string kept_above_guessing = "kept above guessing";
/// Three bases a world, made independently; for one arm ten. Between worlds they are as alike as they can be: one first stage a width, then the world's answers and skips.
std::string base_of(const HardArm& arm, std::int64_t seed) { return fmt::format("base {}", arm.base_a_seed ? seed : (seed - 1) % 3 + 1); }

constexpr std::int64_t full_steps = 100, quick_steps = 50;

class HardSamplesStudy final : public Study {
 public:
    std::string name() const override { return "hard-samples"; }
    std::string title() const override { return "Do overly hard samples harm, through lucky successes?"; }
    std::string claim() const override {
        return "Training on problems that a model never truly solves brings answer repetition, skipped computation and the loss of old skills, because an accidental success is taken for an exemplar "
               "(Cheng et al. 2026, arXiv 2605.28388; the mechanism is a reading of it).";
    }
    std::string design() const override {
        return fmt::format("Chain arithmetic, pool of 64, {} steps of 16 problems x 8 attempts. Harm needs luck, so the answer space (one number, a blind guess is right one time in 13; two or four, 13^-2, 13^-4; the result modulo 2 or 3) is "
                           "crossed with how many traces the base skips (0, 2, 5%) and with the pool (one tier, or half easy). Each world has three bases made independently, in the four worlds of the verdict also ten, one a seed; worlds of one width share their first stage. A pool that asks for no + may unlearn it however hard it is, so that the hard pool stands "
                           "beside -:4, which the base can do, and beside one step of *. Primary measure: change of "
                           "un-hinted held-out accuracy on +:4, a skill the base has and the hard pool does not ask for. Verdict: supported if, where a guess is right one time in 13 and 5% are skipped, the hard pool lowers +:4 and lowers it more than both other pools do (intervals below 0), and lowers "
                           "it less where a guess is right one time in 13^4, with 5% skipping and with none; supported in part if it lowers it more than one of these pools. All read from the ten bases. The worlds' part of the rule was fixed after a first run on one base, the other pools' part after a reader found them missing, both "
                           "before the cells that they are read from were run. Within a world paired by seed, base as block; between worlds, whose bases are different models, each base is one value. 95% t intervals, Holm over arms.",
                           full_steps);
    }
    std::string budget() const override { return fmt::format("{} steps of 16 problems x 8 attempts, retries beside", full_steps); }
    std::string revision() const override { return "2"; }

    std::vector<StudyCell> cells(StudySetting setting) const override {
        std::vector<StudyCell> out;
        if (setting == StudySetting::quick) {
            for (const char* arm : {"hard", "easy", "hard-ghpo"}) out.push_back({arm, 1, quick_base, guessable, .3});
            return out;
        }
        for (const World& world : worlds())
            for (const std::int64_t seed : study_seeds(setting, 2))
                for (const HardArm& arm : arms())
                    if (runs_in(arm, world)) out.push_back({arm.name, seed, base_of(arm, seed), world.name, (seed <= 3 && &arm == arms().data()) || (seed > 3 && arm.name == std::string_view(ten_hard)) ? 1 : arm.trains ? .2 : .05});  // Bases are made in the first cells.
        return out;
    }

    CellResult run(const StudyCell& cell, const StudyPorts& ports) const override {
        const HardArm& arm = *std::find_if(arms().begin(), arms().end(), [&](const HardArm& a) { return a.name == cell.arm; });
        const World& world = *std::find_if(worlds().begin(), worlds().end(), [&](const World& w) { return w.name == cell.world; });
        TrainingCell training;
        Experiment& e = training.experiment;
        e.seed = e.problems.seed = cell.seed;
        e.threads = 1;
        e.model.path = cell.base;
        e.problems.width = world.space.width;
        e.problems.tiers = arm.pool;
        e.problems.pool = 64;
        e.heldout.every = 20;
        e.heldout.n = 64;
        training.watched = {"+:4", "*:4", "*:10"};
        for (const auto& [key, value] : arm.changes) set_key(e, key, value);
        e.problems.answer_modulus = world.space.answer_modulus;
        training.train = arm.trains;
        training.steps = cell.base == quick_base ? quick_steps : full_steps;
        CellResult base;
        if (cell.base != quick_base) {
            teach_base(world, cell, ports, base);
            training.keep_model = true;
        }
        CellResult result = train_cell(training, ports);
        result.seconds += base.seconds;
        result.measures.merge(base.measures);
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
            // Where a guess is right one time in two, even a skill that is wholly lost leaves half the answers right.
            const auto world = std::find_if(worlds().begin(), worlds().end(), [&](const World& w) { return w.name == c.cell.world; });
            const auto [before, after] = both("accuracy/+:4");
            if (const double guess = world->space.guess; before > guess + .1) c.result.measures[kept_above_guessing] = (after - guess) / (before - guess);
        }
        return cells;
    }

    static void teach_base(const World& world, const StudyCell& cell, const StudyPorts& ports, CellResult& out) {
        BaseRecipe recipe = read_base_recipe(find_file("models/chain-width-1.toml"));
        recipe.width = world.space.width;
        recipe.seed += 100 * cell.base.back();
        const auto plain = make_family("chain", {recipe.width, recipe.modulus, 0});
        // Without the old skill there is nothing to lose: one of nine first stages did not learn it.
        const auto knows_old_skill = [&] {
            std::vector<std::string> taken;
            return evaluate(ports.engine, *plain, make_problems(*plain, "+:4", 100, 1, "b", taken), {.temperature = 0}, ports.stop).front().pass_at_1 > .7;
        };
        teach(fmt::format("width {} {}", recipe.width, cell.base), recipe, *plain, ports, out, knows_old_skill);
        recipe.answer_modulus = world.space.answer_modulus;
        recipe.demonstrator.skipping = world.skipping;
        recipe.lr = 1e-3;
        recipe.steps = second_stage_steps;
        ++recipe.seed;
        teach_more(fmt::format("{} {}", world.name, cell.base), recipe, *make_family("chain", {recipe.width, recipe.modulus, recipe.answer_modulus}), ports, out);
    }

    StudyReport report(StudySetting setting, const std::vector<StoredCell>& stored) const override {
        StudyReport out;
        ArmTable table;
        table.baseline = "easy";
        table.primary = "change/+:4";
        table.shown = {{"reward end", "reward at the end"}, {"change/+:4", "change of +:4"}, {"change/*:4", "change of *:4"}, {"accuracy/+:4", "+:4"}, {"greedy/+:4", "greedy +:4"}, {"sound/*:10", "sound *:10"},
                       {"kept/+:4", "+:4 kept"}, {kept_above_guessing, "kept above guessing"}, {"skipping/*:4", "skipping *:4"}, {"repeat/+:4", "same answer +:4"}, {"repeat/*:10", "same answer *:10"}, {"collapse/+:4", "length lost +:4"}, {"collapse/*:10", "length lost *:10"}, {"lucky", "push on luck"}};
        for (const HardArm& arm : arms()) table.arms.emplace_back(arm.name, arm.title);
        const std::vector<StoredCell> cells = against_base(stored);
        table.fill(cells, out);
        std::vector<StoredCell> drawn;  // Fifteen worlds are too many to look at.
        for (const World& world : worlds())
            if (world.corner) std::copy_if(cells.begin(), cells.end(), std::back_inserter(drawn), [&](const StoredCell& c) { return c.cell.world == world.name; });
        table.plot(drawn, "reward", "Reward on the pool", "generated tokens", "reward", {"hard", "easy", "mixed", "hard-ghpo", "hard-random"}, out);
        table.plot(drawn, "accuracy/+:4", "An old skill: held-out +:4", "generated tokens", "share right", {"hard", "easy", "mixed", "hard-ghpo", "hard-ghpo-sound", "hard-random"}, out);
        table.plot(drawn, "lucky", "Share of the push that goes to lucky successes", "generated tokens", "share", {"hard", "easy", "mixed", "hard-ghpo", "hard-ghpo-sound"}, out);
        if (setting == StudySetting::tune) {
            out.verdict = "not testable";
            out.sentence = "Settings were looked at here, on seeds 101 and 102. Nothing of this is reported as a result.";
            return out;
        }
        // What an arm itself does to the skill, and how that differs between worlds: the worlds taken as arms, so that a base's are paired.
        const auto worlds_of = [&](const std::string& arm) {
            std::vector<StoredCell> out;
            for (const StoredCell& c : cells)
                if (c.cell.arm == arm) out.push_back(c), out.back().cell.arm = std::exchange(out.back().cell.world, "");
            return out;
        };
        const auto minus_in = [](const std::vector<StoredCell>& list, const std::string& world, const std::string& other, const std::string& measure) {
            return difference_of_bases(list, "", world, other, [&](const CellResult& a, const CellResult& b) { return a.measure(measure) - b.measure(measure); });
        };
        const std::vector<StoredCell> hard = worlds_of("hard"), ten = worlds_of(ten_hard);
        const auto in = [&](const std::string& world, const std::string& measure) {
            return paired_difference(hard, "", world, world, [&](const CellResult& a, const CellResult&) { return a.measure(measure); });
        };
        const auto change_in = [&](const std::string& world) { return in(world, "change/+:4"); };
        const auto minus = [&](const std::string& world, const std::string& other, const std::string& measure = "change/+:4") { return minus_in(hard, world, other, measure); };
        const auto change_of = [](const std::vector<StoredCell>& list, const std::string& world) { return difference_of_bases(list, "", world, world, [](const CellResult& a, const CellResult&) { return a.measure("change/+:4"); }).estimate; };
        const auto change_of_ten = [&](const std::string& world) { return change_of(ten, world); };
        const auto said = [](const Estimate& e) { return std::isfinite(e.mean) ? estimate_words(e) : std::string("not measured yet"); };
        // A demonstration has the hard arm alone.
        const Estimate harm = setting == StudySetting::quick ? change_in(guessable).estimate : change_of_ten(guessable), without_luck = change_of_ten(closed);
        const Estimate less = minus_in(ten, closed, guessable, "change/+:4").estimate, unskipped = minus_in(ten, closed_unskipped, guessable_unskipped, "change/+:4").estimate;
        // Any pool without + may unlearn it. What hardness does is what the hard pool does beyond pools that a base can learn from.
        const auto beyond = [&](const std::string& world, const char* other) {
            return difference_of_bases(cells, world, ten_hard, other, [](const CellResult& a, const CellResult& b) { return a.measure("change/+:4") - b.measure("change/+:4"); });
        };
        const Estimate than_other = beyond(guessable, ten_other).estimate, than_one = beyond(guessable, ten_one).estimate;
        const auto above_zero = [](const Estimate& e) { return e.excludes_zero() && e.mean > 0; };
        const auto below_zero = [](const Estimate& e) { return e.excludes_zero() && e.mean < 0; };
        const bool harder = below_zero(than_other) && below_zero(than_one), in_part = below_zero(than_other) || below_zero(than_one), by_luck = above_zero(less) && above_zero(unskipped);
        out.verdict = !harm.interval || !less.interval || !unskipped.interval || !than_other.interval || !than_one.interval ? "not testable"
                      : below_zero(harm)                                                                                      ? harder && by_luck ? "supported" : in_part ? "supported in part" : "no clear difference"
                      : harm.excludes_zero()                                                                                  ? "against"
                                                                                                                              : "no clear difference";
        if (!harm.interval && setting != StudySetting::quick) {
            out.sentence = "No verdict before the cells with ten bases have intervals.";
        } else if (!harm.interval) {
            out.sentence = "A demonstration, no interval: what training on *:10 alone does to +:4, " + said(harm) + ".";
        } else {
            out.sentence = fmt::format("What training on *:10 alone does to held-out +:4: {} where a guess is right one time in 13, {} where it is one in 13^4 (5% skipping, {} bases each). Is it that the pool is too hard? Where a guess is right one time in 13, this is {} beyond what -:4 does, "
                                       "another operator that the base can do, and {} beyond one step of *. Is it by luck? One in 13^4 minus one in 13: {}, with no skipping {}.",
                                       said(harm), said(without_luck), harm.n, said(than_other), said(than_one), said(less), said(unskipped));
            if (out.verdict != "not testable" && below_zero(harm))
                out.sentence += !in_part  ? " Pools that are not too hard harm as much."
                                : !harder ? " It harms more than one of these pools only."
                                : !by_luck ? " The harm is there, and more of it than these pools do; that it comes by luck does not show in both worlds."
                                           : "";
        }
        for (const World& world : worlds())
            for (const auto& [other, title] : {std::pair(ten_other, "-:4 alone"), std::pair(ten_one, "*:1 alone")})
                if (const ArmDifference d = beyond(world.name, other); !d.values.empty()) out.contrasts.push_back({"too hard, or another operator?", fmt::format("*:10 alone - {}, {}", title, world.name), d.estimate, d.bases});
        const std::string luck = "by luck? between worlds, ten bases, each one value", between = "between worlds, three bases, each one value";
        for (const bool skips : {true, false})
            if (const ArmDifference d = minus_in(ten, skips ? closed : closed_unskipped, skips ? guessable : guessable_unskipped, "change/+:4"); !d.values.empty())
                out.contrasts.push_back({luck, fmt::format("guess 1/13^4 - guess 1/13, both skipping {}%", skips ? 5 : 0), d.estimate, d.bases});
        for (const World& world : worlds())
            if (const ArmDifference d = change_in(world.name); !d.values.empty()) out.contrasts.push_back({"the hard pool itself", fmt::format("change of +:4, {}", world.name), d.estimate, d.bases});
        for (const double skipping : skippings)
            if (const ArmDifference d = minus(world_name("1/13^4", skipping), world_name("1/13", skipping)); !d.values.empty())
                out.contrasts.push_back({between, fmt::format("guess 1/13^4 - guess 1/13, both skipping {:.0f}%", 100 * skipping), d.estimate, d.bases});
        for (const AnswerSpace& space : answer_spaces)
            if (const ArmDifference d = minus(world_name(space.name, .05), world_name(space.name, 0)); !d.values.empty())
                out.contrasts.push_back({between, fmt::format("skipping 5% - skipping none, guess {}", space.name), d.estimate, d.bases});
        for (const AnswerSpace& space : answer_spaces)
            if (const ArmDifference d = minus(world_name(space.name, .05), guessable, kept_above_guessing); world_name(space.name, .05) != guessable && !d.values.empty())
                out.contrasts.push_back({between, fmt::format("kept above guessing, guess {} - 1/13, both skipping 5%", space.name), d.estimate, d.bases});
        if (setting == StudySetting::full) {
            out.plots.insert(out.plots.begin(), crossing("What the hard pool does to +:4, by how guessable the answer is", "change of +:4", change_in));
            out.plots.insert(out.plots.begin() + 1, crossing("What it leaves of +:4 above guessing", "share of the base's skill", [&](const std::string& world) { return in(world, kept_above_guessing); }));
        }
        if (above_zero(less) && unskipped.interval && !above_zero(unskipped))
            out.findings.push_back(fmt::format("It hangs on the bases: where none skips, guess 1/13^4 minus guess 1/13 is {}, no clear difference.", estimate_words(unskipped)));
        const auto put = [&](const char* group, const char* arm, const char* other, const char* label) { table.contrast(cells, guessable, arm, other, "change/+:4", label, out, group); };
        put("controls", "hard-random", "hard", "a coin as the reward - the real one");
        table.contrast(cells, closed, "hard-random", "hard", "change/+:4", "a coin as the reward - the real one, guess 1/13^4", out, "controls");
        put("controls", "hard", "easy", "hard pool - easy pool, which trains the very skill");
        put("controls", "mixed", "hard", "half the pool easy - hard pool");
        put("advantages", "hard-no-std", "hard", "not divided by the spread (Dr. GRPO) - divided");
        put("advantages", "hard-no-std-matched", "hard-matched", "the same, every update of norm .03");
        put("advantages", "hard-two", "hard", "lone successes left out - not");
        put("guidance as the defence", "hard-ghpo", "hard", "GHPO - GRPO");
        put("guidance as the defence", "hard-ghpo-two", "hard", "GHPO that wants two successes - GRPO");
        put("guidance as the defence", "hard-controller", "hard", "50% controller - GRPO");
        put("guidance as the defence", "hard-ghpo-sound", "hard", "GHPO with an exact step check - GRPO");
        if (than_one.interval)
            out.findings.push_back(fmt::format("What the pools that a base can learn from do to +:4 themselves, where a guess is right one time in 13: -:4 {}, one step of * {}; with no skipping {} and {}.", estimate_words(change_of(worlds_of(ten_other), guessable)),
                                               estimate_words(change_of(worlds_of(ten_one), guessable)), estimate_words(change_of(worlds_of(ten_other), guessable_unskipped)), estimate_words(change_of(worlds_of(ten_one), guessable_unskipped))));
        // The claim's other harms, by guessability: work skipped, one answer for everything, short answers.
        const std::pair<const char*, const char*> harms[] = {{"skipping/*:4", "work skipped on *:4"}, {"repeat/+:4", "the commonest answer's share on +:4"}};
        const std::string others = "other harms: after *:10 alone - before";
        for (const auto& [measure, words] : harms)
            for (const AnswerSpace& space : answer_spaces) table.contrast(cells, world_name(space.name, .05), "hard", "base", measure, fmt::format("{}, guess {}, skipping 5%", words, space.name), out, others);
        for (const AnswerSpace& space : answer_spaces)
            if (const ArmDifference d = in(world_name(space.name, .05), "collapse/*:10"); !d.values.empty()) out.contrasts.push_back({others, fmt::format("share of the length lost on *:10, guess {}, skipping 5%", space.name), d.estimate, d.bases});
        const auto by_space = [&](double skipping, const auto& words_of) {
            std::string words;
            for (const AnswerSpace& space : answer_spaces) words += fmt::format("{}{} at {}", words.empty() ? "" : ", ", words_of(world_name(space.name, skipping), space), space.name);
            return words;
        };
        if (mean_of(cells, guessable, "base", "skipping/*:4").n > 0 && mean_of(cells, guessable, "hard", "skipping/*:4").n > 0)
            out.findings.push_back(fmt::format("Skipped work, one of the claim's other harms: the hard pool changes the share of skipped traces on *:4 by {} (how often a guess is right; 5% skipping).",
                                               by_space(.05, [&](const std::string& world, const AnswerSpace&) { return estimate_words(table.difference(cells, world, "hard", "base", "skipping/*:4").estimate); })));
        const auto sound = [&](const char* arm) { return short_number(mean_of(cells, closed, arm, "sound/*:10").mean); };
        if (const ArmDifference checked = table.difference(cells, closed, "hard-ghpo-sound", "hard", "change/+:4"); without_luck.excludes_zero() && without_luck.mean < 0 && checked.estimate.interval)
            out.findings.push_back(fmt::format("Luck is not all of it: where a guess is right one time in 13^4, +:4 falls as well, while *:10 is learned soundly ({} of the attempts); with hints and every step checked, {} are sound and +:4 changes by {} more. "
                                               "Training on one tier alone unlearns another.",
                                               sound("hard"), sound("hard-ghpo-sound"), estimate_words(checked.estimate)));
        // Where no guess can be right fewer groups have a gradient: there is less training, not only less luck.
        const std::vector<StoredCell> other = worlds_of(ten_other);
        const auto share = [&](const std::vector<StoredCell>& list, const std::string& world, const char* measure) { return short_number(mean_of(list, "", world, measure).mean); };
        if (mean_of(ten, "", closed, "dead").n > 0)
            out.findings.push_back(fmt::format("How much there is to train on. Of the groups of *:10 {} are all wrong where a guess is right one time in 13, and {} where it is one in 13^4 (of -:4 {} and {}); the gradient's norm is {} and {} (of -:4 {} and {}).",
                                               share(ten, guessable, "dead"), share(ten, closed, "dead"), share(other, guessable, "dead"), share(other, closed, "dead"), share(ten, guessable, "grad_norm"), share(ten, closed, "grad_norm"), share(other, guessable, "grad_norm"),
                                               share(other, closed, "grad_norm")));
        for (const auto& [arm, words] : {std::pair("hard-ghpo", "With hints"), std::pair("hard-matched", "With every update of one norm")}) {
            const std::vector<StoredCell> list = worlds_of(arm);
            if (const ArmDifference d = minus_in(list, closed, guessable, "change/+:4"); !d.values.empty())
                out.findings.push_back(fmt::format("{} +:4 changes by {} where a guess is right one time in 13 and by {} where it is one in 13^4: {}, {} bases.", words, share(list, guessable, "change/+:4"), share(list, closed, "change/+:4"), estimate_words(d.estimate), d.bases));
        }
        if (std::isfinite(in(closed_unskipped, kept_above_guessing).estimate.mean)) {
            const auto kept = [&](const std::string& world, const AnswerSpace&) { return short_number(in(world, kept_above_guessing).estimate.mean); };
            out.findings.push_back(fmt::format("Of what the base knew of +:4 above guessing, the hard pool leaves {} with 5% skipping; {} with none. This measure was added after the cells were seen: in plain accuracy, guesses hide a part of the loss.", by_space(.05, kept), by_space(0, kept)));
        }
        if (std::isfinite(minus(closed, closed_unskipped).estimate.mean))
            out.findings.push_back(fmt::format("How often the base skips, 5% minus none: what the hard pool does to +:4 differs by {} ({} bases).",
                                               by_space(.05, [&](const std::string& world, const AnswerSpace& space) { return estimate_words(minus(world, world_name(space.name, 0)).estimate); }), minus(closed, closed_unskipped).bases));
        if (const ArmDifference coin = table.difference(cells, guessable, "hard-random", "hard", "change/+:4"), there = table.difference(cells, closed, "hard-random", "hard", "change/+:4"); coin.estimate.interval && there.estimate.interval)
            out.findings.push_back(fmt::format("A coin as the reward, which knows nothing, changes +:4 against the real reward by {} where a guess is right one time in 13 and by {} where it is one in 13^4.", estimate_words(coin.estimate), estimate_words(there.estimate)));
        const auto defence = [&](const char* arm) { return estimate_words(table.difference(cells, guessable, arm, "hard", "change/+:4").estimate); };
        if (table.difference(cells, guessable, "hard-controller", "hard", "change/+:4").estimate.interval)
            out.findings.push_back(fmt::format("Guidance as the defence, against GRPO on the same pool, where a guess is right one time in 13: GHPO {}, with two successes wanted {}, a 50% controller {}, with every step checked (an upper bound) {}.", defence("hard-ghpo"),
                                               defence("hard-ghpo-two"), defence("hard-controller"), defence("hard-ghpo-sound")));
        out.against = {"Training on the hardest tenth gains most where groups stay mixed (arXiv 2508.14094): hard is not the same as never solved.",
                       "Some models gain from random reward (arXiv 2506.10947): compare with the coin's row before speaking of harm by luck.",
                       "The skipping is planted in the base: this shows the mechanism, not how often it happens in large models.",
                       "Arms are compared at equal steps; the tokens they generate differ (Mtokens in the table).",
                       "-:4 is not *:10 made easy, it is another operator; *:1 is the same one, but one step of it teaches less about long traces. Between them they bracket the question.",
                       "Width and modulus of the answer are not crossed with one another: guessing is what they vary here.",
                       "One family and models of about 100,000 parameters; all bases share a recipe."};
        return out;
    }

    /// What becomes of the old skill over guessability, a bar for each share of skipping.
    static StudyPlot crossing(const std::string& title, const std::string& measure, const std::function<ArmDifference(const std::string& world)>& in) {
        StudyPlot plot{title, "a guess is right", measure, {}, {}};
        for (const AnswerSpace& space : answer_spaces) plot.categories.push_back(space.name);
        for (const double skipping : skippings) {
            StudyPlot::Series series{fmt::format("skipping {:.0f}%", 100 * skipping), {}, true};
            for (std::size_t i = 0; i < std::size(answer_spaces); ++i) {
                const Estimate e = in(world_name(answer_spaces[i].name, skipping)).estimate;
                if (std::isfinite(e.mean)) series.points.push_back({static_cast<double>(i), e.mean, e.interval ? e.interval->first : e.mean, e.interval ? e.interval->second : e.mean});
            }
            if (!series.points.empty()) plot.series.push_back(std::move(series));
        }
        return plot;
    }
};

}  // namespace

std::unique_ptr<Study> make_hard_samples_study() { return std::make_unique<HardSamplesStudy>(); }

}  // namespace foothold
