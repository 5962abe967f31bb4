// SPDX-License-Identifier: GPL-3.0-or-later
// Question 2: do overly hard samples harm, through lucky successes?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "record/paths.h"
#include "studies/evaluation.h"
#include "studies/hard_samples.h"
#include "studies/registry.h"
#include "studies/supervised_base.h"
#include "studies/training_cell.h"
#include "tasks/problem_set.h"

namespace foothold {
namespace hard_samples {

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

std::string world_name(const std::string& space, double skipping) { return fmt::format("guess {}, skipping {:.0f}%", space, 100 * skipping); }

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

}  // namespace hard_samples

namespace {

using namespace hard_samples;

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

    StudyReport report(StudySetting setting, const std::vector<StoredCell>& cells) const override { return report_hard_samples(setting, cells); }
};

}  // namespace

std::unique_ptr<Study> make_hard_samples_study() { return std::make_unique<HardSamplesStudy>(); }

}  // namespace foothold
