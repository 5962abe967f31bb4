// SPDX-License-Identifier: GPL-3.0-or-later
// Question 6: does training install a procedure, or a template that breaks when one element is removed?
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "record/experiment_keys.h"
#include "studies/matched_accuracy.h"
#include "studies/registry.h"
#include "studies/supervised_base.h"
#include "studies/training_cell.h"
#include "tasks/problem_set.h"

namespace foothold {
namespace {

const std::string graph_world = "graph-path", guided_graph = "graph-path, guided", chain_world = "chain";
const std::vector<std::string> graph_tiers = {"n", "n-1", "n-1-irrelevant", "repriced"};
/// What reinforcement learning trains, and what lies beyond it: deeper, deeper than the bases' examples too, and a mix of operators. The bases were shown depths up to
/// 12 and mixes, but with three of five * wrong. (Bases that were shown no mixes, tried on seed 101, learned too little of * for anything to carry over.)
const std::string trained_tier = "*:10";
const std::vector<std::string> beyond = {"*:12", "*:14", "*-:8"};
constexpr double chain_tokens = 1.0e6, graph_tokens = 1.0e6;
// The base of the guided graph is left where much is still to learn. Tried on seed 101: .18 (in a million tokens no policy got far), learning rates 3e-4 and 6e-4,
// pools of 64 (learned by heart) and 512.
constexpr double graph_base_greedy = .3;

/// Ways of training on problems that are too hard, from one base.
struct PolicyArm {
    const char *name, *title, *policy;
};
constexpr PolicyArm policies[] = {
    {"base", "the base, nothing trained", "grpo"}, {"grpo", "GRPO", "grpo"}, {"ghpo", "GHPO", "ghpo"}, {"foothold", "ours", "foothold"}, {"supervised-first", "supervised on the traces, then GRPO", "supervised-first"}};

struct GraphArm {
    const char *name, *title;
    std::vector<std::string> tiers;
    bool rl;
    double until = 0;  ///< Supervised training ends at this share right; 0 = all steps.
};
// Where everything is right no group has a gradient. To see what GRPO does to a template, some of it must still be to learn. Tried on seed 101: pools of 512 (learned by
// heart) and 8192, learning rates 1e-4, 3e-4, 6e-4, 1e-3 and 2e-3, 150 steps and 300.
constexpr double half_learned = .6;
const std::string saturated = "one topology", unsaturated = "half learned";
std::string then_grpo(const std::string& arm) { return arm + ", then GRPO"; }
const std::vector<GraphArm>& graph_arms() {
    static const std::vector<GraphArm> list = {{"one topology", "one topology, supervised", {"n"}, false},
                                               {"one topology, then GRPO", "one topology, supervised, then GRPO on it", {"n"}, true},
                                               {"half learned", "one topology, supervised, left half learned", {"n"}, false, half_learned},
                                               {"half learned, then GRPO", "one topology, left half learned, then GRPO on it", {"n"}, true, half_learned},
                                               {"one fresh in five", "a fresh topology one time in five, else the known one", {"n", "n", "n", "n", "fresh"}, false},
                                               {"half fresh", "a fresh topology every other time", {"n", "fresh"}, false},
                                               {"fresh topologies", "a fresh topology each time (one in five the known one)", {"n", "fresh", "fresh", "fresh", "fresh"}, false}};
    return list;
}

/// Greedy answers on 400 problems a tier: right, infeasible, stale.
void battery(const StudyPorts& ports, const Family& family, std::int64_t seed, CellResult& out) {
    for (const std::string& tier : graph_tiers) {
        std::vector<std::string> taken;
        const auto problems = make_problems(family, tier, 400, 700 + static_cast<std::uint64_t>(seed), "b", taken);
        std::vector<GenerateRequest> requests;
        for (const Problem& p : problems) requests.push_back({family.tokenizer().encode(p.prompt), 1, family.max_new_tokens(p, 0), 1});
        DecodingRules greedy;
        greedy.temperature = 0;
        const auto made = ports.engine.generate(requests, greedy, family.end_token(), ports.stop, [](std::int64_t) {});
        double right = 0, stale = 0, infeasible = 0;
        for (std::size_t i = 0; i < problems.size(); ++i) {
            const Judgement j = family.judge(problems[i], "", Placement::answer, family.tokenizer().decode(made[i][0].tokens, family.end_token()), made[i][0].ended);
            right += j.verdict == Verdict::correct;
            if (const auto reading = family.read_answer(problems[i], j.extracted)) stale += reading->stale, infeasible += reading->infeasible;
        }
        out.measures["accuracy/" + tier] = right / 400;
        if (tier == "n-1") out.measures["optimum before/" + tier] = stale / 400;  // Was "stale/..." while any way of the known topology counted.
        out.measures["infeasible/" + tier] = infeasible / 400;
    }
    // How much the missing edge costs beyond what the new optimum costs anyway.
    out.measures["gap"] = out.measures["accuracy/repriced"] - out.measures["accuracy/n-1"];
}

class TemplateStudy final : public Study {
 public:
    std::string name() const override { return "template-or-procedure"; }
    std::string title() const override { return "Template or procedure?"; }
    std::string claim() const override {
        return "Fine-tuned models solve problems of known structure by template: accuracy falls when one element is removed (N-1), and reinforcement learning does not mend it (Bernier et al. 2026, arXiv 2603.23004).";
    }
    std::string design() const override {
        return fmt::format("(a) Graph path: models that know one topology, greedily on it (n), with an edge of the optimum removed (n-1), another edge removed, and the same edge priced out (the same new optimum, "
                           "nothing removed); the same after GRPO, which begins where all of the topology is learned and where {:.1f} of it is; and models taught with a share of fresh topologies (0, .2, .5, .8). Primary: accuracy priced out minus accuracy removed. Supported: it is above 0, and GRPO on the half-learned topology does not lower it. (b) Does a rescued problem install a procedure? Base, GRPO, GHPO, "
                           "ours and a supervised start, at equal generated tokens and at equal accuracy on what was trained. Graph path: a base with traces that is right {:.1f} of the time on the known topology, {:.1f} million tokens "
                           "on it, then the battery. Chain: {:.1f} million tokens on +:4 and *:10, half and half, then {}. Paired by seed, base as block; 95% t intervals.",
                           half_learned, graph_base_greedy, graph_tokens / 1e6, chain_tokens / 1e6, "*:12, which is deeper, *:14, deeper than the bases' examples too, and *-:8, a mix that is not trained");
    }
    std::string budget() const override {
        return fmt::format("{:.1f} million generated tokens on chain and {:.1f} million on the guided graph; on the known topology 1,500 steps of 128 examples (2,000 where some are fresh), GRPO 150 steps more, 300 where it is half learned", chain_tokens / 1e6, graph_tokens / 1e6);
    }
    std::string revision() const override { return "1"; }

    std::vector<StudyCell> cells(StudySetting setting) const override {
        std::vector<StudyCell> out;
        if (setting == StudySetting::quick) {
            out.push_back({"one topology", 1, "graph-quick", graph_world, 1.2});
            return out;
        }
        for (const std::int64_t seed : study_seeds(setting))
            for (const PolicyArm& arm : policies) out.push_back({arm.name, seed, "own", guided_graph, &arm == policies ? .6 : .3});
        for (const std::int64_t seed : study_seeds(setting))
            for (const PolicyArm& arm : policies) out.push_back({arm.name, seed, fmt::format("models/chain-hints-{}.safetensors", (seed - 1) % 3 + 1), chain_world, &arm == policies ? .1 : .4});
        for (const std::int64_t seed : study_seeds(setting))
            for (const GraphArm& arm : graph_arms()) out.push_back({arm.name, seed, "own", graph_world, arm.rl ? .4 : 2.5});
        return out;
    }

    CellResult run(const StudyCell& cell, const StudyPorts& ports) const override { return cell.world == graph_world ? run_graph(cell, ports) : cell.world == guided_graph ? run_guided_graph(cell, ports) : run_chain(cell, ports); }

    StudyReport report(StudySetting setting, const std::vector<StoredCell>& cells) const override {
        StudyReport out;
        std::vector<StoredCell> graph, known, chain;
        for (const StoredCell& c : cells) (c.cell.world == graph_world ? graph : c.cell.world == guided_graph ? known : chain).push_back(c);
        ArmTable first;
        first.baseline = saturated;
        first.primary = "gap";
        first.shown = {{"accuracy/n", "n"}, {"accuracy/n-1", "n-1"}, {"optimum before/n-1", "stale answer"}, {"accuracy/repriced", "priced out"}, {"accuracy/n-1-irrelevant", "irrelevant edge"}, {"gap", "gap"}};
        for (const GraphArm& arm : graph_arms()) first.arms.emplace_back(arm.name, arm.title);
        first.fill(graph, out);
        ArmTable third = first;
        third.baseline = "grpo";
        third.primary = "accuracy/n-1";
        third.arms.clear();
        for (const PolicyArm& arm : policies) third.arms.emplace_back(arm.name, arm.title);
        third.fill(known, out);
        ArmTable second = third;
        second.primary = "beyond";
        second.shown = {{"accuracy/*:10", "*:10"}, {"accuracy/*:12", "*:12"}, {"accuracy/*:14", "*:14"}, {"accuracy/*-:8", "*-:8"}, {"beyond", "beyond"}, {"sound beyond", "sound beyond"}};
        second.fill(chain, out);
        second.plot(chain, "accuracy/" + trained_tier, "Held-out " + trained_tier, "generated tokens", "share right", {"grpo", "ghpo", "foothold", "supervised-first"}, out);
        second.plot(chain, "accuracy/*-:8", "Held-out *-:8, a mix that is not trained", "generated tokens", "share right", {"grpo", "ghpo", "foothold", "supervised-first"}, out);

        std::vector<double> gaps;
        double stale = 0, wrong = 0;
        for (const StoredCell& c : graph)
            if (c.cell.arm == saturated) gaps.push_back(c.result.measure("gap")), stale += c.result.measure("optimum before/n-1"), wrong += 1 - c.result.measure("accuracy/n-1");
        const Estimate gap = mean_estimate(gaps);
        const auto by_grpo = [&](const std::string& from, const std::string& measure) { return first.difference(graph, graph_world, then_grpo(from), from, measure); };
        const ArmDifference guided = second.difference(chain, chain_world, "ghpo", "grpo", "beyond"), without_edge = third.difference(known, guided_graph, "ghpo", "grpo", "accuracy/n-1");
        if (gaps.empty()) {
            out.verdict = "not testable";
            out.sentence = "Nothing is measured yet.";
        } else if (!gap.interval) {
            out.verdict = "not testable";
            out.sentence = fmt::format("A demonstration, no interval: priced out minus removed {}; {} of the errors with an edge removed are the stale answer.", short_number(gap.mean), short_number(wrong > 0 ? stale / wrong : 0));
        } else {
            // Mended would be: the missing edge costs less than before, beyond what the new optimum costs anyway.
            const ArmDifference mended = by_grpo(unsaturated, "gap");
            const bool mends = mended.estimate.excludes_zero() && mended.estimate.mean < 0;
            out.verdict = gap.excludes_zero() ? gap.mean > 0 ? mends ? "supported in part" : "supported" : "against" : "no clear difference";
            if (!mended.estimate.interval) out.verdict = "not testable";
            const std::string by_training = !mended.estimate.interval ? "What GRPO does from a half-learned topology is not measured yet" : fmt::format("GRPO, from a model that solves {} of the known topology: that {}, with the edge removed {}, the gap {}", short_number(mean_of(graph, graph_world, unsaturated, "accuracy/n").mean),
                                       estimate_words(by_grpo(unsaturated, "accuracy/n").estimate), estimate_words(by_grpo(unsaturated, "accuracy/n-1").estimate), estimate_words(mended.estimate));
            out.sentence = fmt::format("Priced out minus removed, the same new optimum: {} [{}, {}] ({} seeds); {} of the errors with the edge removed are the stale answer. {}. Beyond what was trained, guided minus unguided: chain, {}; graph with an edge removed, {}.",
                                       short_number(gap.mean), short_number(gap.interval->first), short_number(gap.interval->second), gaps.size(), short_number(wrong > 0 ? stale / wrong : 0), by_training, guided.words("accuracy"), without_edge.words("accuracy"));
        }
        if (!gaps.empty()) out.contrasts.push_back({"known topology", "priced out - removed, the same new optimum", gap, 1});
        for (const auto& [from, words] : {std::pair(saturated, "all learned"), std::pair(unsaturated, "half learned")})
            for (const auto& [measure, of] : {std::pair("accuracy/n", "n"), std::pair("accuracy/n-1", "edge removed"), std::pair("gap", "the gap")})
                first.contrast(graph, graph_world, then_grpo(from), from, measure, fmt::format("GRPO - before it, {}: {}", words, of), out, "known topology");
        for (const char* arm : {"one fresh in five", "half fresh", "fresh topologies"}) first.contrast(graph, graph_world, arm, "one topology", "gap", fmt::format("{} - one topology, the gap", arm), out, "known topology");
        const std::pair<const char*, const char*> pairs[] = {{"ghpo", "grpo"}, {"foothold", "grpo"}, {"supervised-first", "grpo"}, {"grpo", "base"}, {"foothold", "supervised-first"}};
        const auto title = [](const std::string& arm) { return arm == "foothold" ? "ours" : arm == "supervised-first" ? "supervised start" : arm == "base" ? "base" : arm == "ghpo" ? "GHPO" : "GRPO"; };
        const auto pair_title = [&](const auto& pair) { return fmt::format("{} - {}", title(pair.first), title(pair.second)); };
        for (const auto& pair : pairs) second.contrast(chain, chain_world, pair.first, pair.second, "beyond", pair_title(pair) + ", all beyond", out, "chain, beyond what was trained");
        if (std::ranges::none_of(chain, [](const StoredCell& c) { return c.result.measure("accuracy/*:14") >= .005; }) && !chain.empty())
            out.findings.push_back("On chain no arm gets anywhere at *:14, deeper than the bases' examples: its share of the mean over what lies beyond is nought for all.");
        for (const std::string& tier : beyond) second.contrast(chain, chain_world, "ghpo", "grpo", "accuracy/" + tier, "GHPO - GRPO, " + tier, out, "chain, beyond what was trained");
        const auto put_matched = [&](const std::string& group, const std::vector<StoredCell>& list, const std::string& world, const std::string& trained, const std::vector<std::string>& tiers) {
            for (const auto& pair : {std::pair("ghpo", "grpo"), std::pair("foothold", "grpo"), std::pair("ghpo", "supervised-first"), std::pair("foothold", "supervised-first")})
                if (const ArmDifference d = matched_difference(list, world, pair.first, pair.second, trained, tiers); !d.values.empty()) out.contrasts.push_back({group, pair_title(pair), d.estimate, d.bases});
        };
        put_matched("chain, beyond, at equal accuracy on " + trained_tier, chain, chain_world, trained_tier, beyond);
        for (const auto& pair : pairs) third.contrast(known, guided_graph, pair.first, pair.second, "accuracy/n-1", pair_title(pair) + ", edge removed", out, "graph, one topology trained");
        third.contrast(known, guided_graph, "ghpo", "grpo", "accuracy/n", "GHPO - GRPO, the trained topology", out, "graph, one topology trained");
        third.contrast(known, guided_graph, "ghpo", "grpo", "gap", "GHPO - GRPO, the gap", out, "graph, one topology trained");
        put_matched("graph, edge removed, at equal accuracy on n", known, guided_graph, "n", {"n-1"});
        const auto read = [](const ArmDifference& d) { return !d.estimate.interval ? "not decided" : !d.estimate.excludes_zero() ? "no clear difference" : d.estimate.mean > 0 ? "more of a procedure" : "more of a template"; };
        if (!guided.values.empty() || !without_edge.values.empty())
            out.findings.push_back(fmt::format("The closing question, does a rescued problem install a procedure or a sharper template? By guided minus unguided: on chain, deeper and mixed, {} ({}; its mix alone {}); on the graph with an edge removed, {}. At equal accuracy on what was trained: chain {}, graph {}.{}",
                                               read(guided), guided.words("all"), second.difference(chain, chain_world, "ghpo", "grpo", "accuracy/*-:8").words("accuracy"), read(without_edge), matched_difference(chain, chain_world, "ghpo", "grpo", trained_tier, beyond).words("accuracy"),
                                               matched_difference(known, guided_graph, "ghpo", "grpo", "n", {"n-1"}).words("accuracy"), guided.estimate.excludes_zero() || without_edge.estimate.excludes_zero() ? "" : " It stays open."));
        if (const ArmDifference trained = third.difference(known, guided_graph, "ghpo", "grpo", "accuracy/n"); !trained.values.empty()) {
            const auto right = [&](const char* arm) { return short_number(mean_of(known, guided_graph, arm, "accuracy/n").mean); };
            out.findings.push_back(fmt::format("How far training went on the graph: the topology trained is solved {} of the time by the base, {} after GRPO, {} after GHPO ({}), {} after a supervised start. Where it moved little, little could carry over.", right("base"), right("grpo"),
                                               right("ghpo"), trained.words("guided minus unguided"), right("supervised-first")));
        }
        if (const Estimate idle = mean_of(graph, graph_world, then_grpo(saturated), "no gradient"), moved = by_grpo(saturated, "accuracy/n-1").estimate; idle.n > 0 && moved.interval)
            out.findings.push_back(fmt::format("Where the known topology is solved, {} of GRPO's groups have no gradient, and it changes accuracy with the edge removed by {}: that says nothing about what GRPO mends. So it also begins where the topology is half learned.", short_number(idle.mean),
                                               estimate_words(moved)));
        if (const ArmDifference stuck = third.difference(known, guided_graph, "ghpo", "grpo", "optimum before/n-1"); !stuck.values.empty())
            out.findings.push_back(fmt::format("The template's own error after training on one topology: with the edge removed the stale answer is given {} of the time by the base, {} after GRPO, {} after GHPO, {} after a supervised start; guided minus unguided {}.",
                                               short_number(mean_of(known, guided_graph, "base", "optimum before/n-1").mean), short_number(mean_of(known, guided_graph, "grpo", "optimum before/n-1").mean), short_number(mean_of(known, guided_graph, "ghpo", "optimum before/n-1").mean),
                                               short_number(mean_of(known, guided_graph, "supervised-first", "optimum before/n-1").mean), estimate_words(stuck.estimate)));
        out.against = {"A fall from n to n-1 shows that something did not transfer, not that there is no procedure: costs generalise nearly perfectly on the known topology.",
                       "Supervised training memorises and RL generalises in other settings (arXiv 2501.17161); with diverse prompts and traces supervised training matches it (arXiv 2510.00237).",
                       "On chain the bases were shown depths up to 12 and mixes of operators, most of them with wrong steps: *:12 and *-:8 are beyond what is trained, not beyond all that was ever seen.",
                       "One layered graph of eight nodes; one arithmetic of residues; models of about 100,000 parameters.",
                       "The paper's own figures for n and n-1 are not public: this is its question, not its experiment."};
        (void)setting;
        return out;
    }

 private:
    static BaseRecipe graph_recipe(std::int64_t seed) {
        BaseRecipe recipe;
        recipe.family = "graph-path";
        recipe.model.num_hidden_layers = 3;
        recipe.model.max_position_embeddings = 256;
        recipe.seed = seed;
        recipe.batch = 128;
        recipe.lr = 2e-3;
        return recipe;
    }

    /// What both families share.
    static TrainingCell guided_cell(const StudyCell& cell) {
        const PolicyArm& arm = *std::find_if(std::begin(policies), std::end(policies), [&](const PolicyArm& a) { return a.name == cell.arm; });
        TrainingCell training;
        Experiment& e = training.experiment;
        e.seed = e.problems.seed = cell.seed;
        e.threads = 1;
        e.heldout.every = 10;
        set_key(e, "guidance.policy", std::string(arm.policy));
        if (arm.policy == std::string("supervised-first")) e.guidance.supervised = 200;
        training.train = cell.arm != "base";
        return training;
    }

    static CellResult run_graph(const StudyCell& cell, const StudyPorts& ports) {
        CellResult out;
        const GraphArm& arm = *std::find_if(graph_arms().begin(), graph_arms().end(), [&](const GraphArm& a) { return a.name == cell.arm; });
        const auto family = make_family("graph-path");
        BaseRecipe recipe = graph_recipe(cell.seed);
        recipe.tiers = arm.tiers;
        recipe.demonstrator.answer_only = true;
        recipe.steps = arm.tiers.size() > 1 ? 2000 : cell.base == "graph-quick" ? 500 : 1500;
        recipe.until_greedy = arm.until;
        recipe.check_every = 25;
        teach(fmt::format("graph {} {} {} {}", fmt::join(arm.tiers, " "), recipe.steps, arm.until, cell.seed), recipe, *family, ports, out);
        if (arm.rl) {
            TrainingCell training;
            training.keep_model = true;
            Experiment& e = training.experiment;
            e.seed = e.problems.seed = cell.seed;
            e.threads = 1;
            e.problems.family = "graph-path";
            e.problems.tiers = {"n"};
            e.problems.pool = arm.until > 0 ? 8192 : 512;
            e.sampling.problems = 32;
            e.optimizer.lr = arm.until > 0 ? 3e-4 : 1e-4;
            e.heldout.every = 0;
            e.heldout.n = 32;
            set_key(e, "guidance.policy", std::string("grpo"));
            training.steps = arm.until > 0 ? 300 : 150;
            const CellResult trained = train_cell(training, ports);
            out.tokens = trained.tokens;
            out.seconds += trained.seconds;
            for (const char* measure : {"dead", "no gradient"}) out.measures[measure] = trained.measure(measure);
        }
        battery(ports, *family, cell.seed, out);
        return out;
    }

    /// The battery after training on one topology, from a base with traces that has much of it still to learn.
    static CellResult run_guided_graph(const StudyCell& cell, const StudyPorts& ports) {
        CellResult base;
        const auto family = make_family("graph-path");
        BaseRecipe recipe = graph_recipe(cell.seed);
        recipe.tiers = {"n"};
        recipe.steps = 1500;
        recipe.until_greedy = graph_base_greedy;
        recipe.check_every = 25;
        teach(fmt::format("graph traced {}", cell.seed), recipe, *family, ports, base);
        TrainingCell training = guided_cell(cell);
        training.keep_model = true;
        training.experiment.problems.family = "graph-path";
        training.experiment.problems.tiers = {"n"};
        training.experiment.problems.pool = 512;
        training.experiment.optimizer.lr = 3e-4;
        training.experiment.heldout.n = 64;
        training.watched = {"n-1", "n-1-irrelevant", "repriced"};
        training.tokens = graph_tokens;
        CellResult out = train_cell(training, ports);
        out.seconds += base.seconds;
        out.measures.merge(base.measures);
        battery(ports, *family, cell.seed, out);  // Greedy, on many more problems than were watched.
        return out;
    }

    static CellResult run_chain(const StudyCell& cell, const StudyPorts& ports) {
        TrainingCell training = guided_cell(cell);
        training.experiment.model.path = cell.base;
        training.experiment.problems.pool = 64;
        training.experiment.optimizer.lr = 6e-4;  // As frozen for question 1.
        training.experiment.heldout.n = 48;
        training.watched = beyond;
        training.tokens = chain_tokens;
        CellResult out = train_cell(training, ports);
        double sum = 0, sound = 0;
        for (const std::string& tier : beyond) sum += out.measure("accuracy/" + tier), sound += out.measure("sound/" + tier);
        out.measures["beyond"] = sum / static_cast<double>(beyond.size());
        out.measures["sound beyond"] = sound / static_cast<double>(beyond.size());
        return out;
    }
};

}  // namespace

std::unique_ptr<Study> make_template_study() { return std::make_unique<TemplateStudy>(); }

}  // namespace foothold
