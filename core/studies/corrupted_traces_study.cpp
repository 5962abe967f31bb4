// SPDX-License-Identifier: GPL-3.0-or-later
// Question 3: do traces need to be right to help? As training traces on a serial and on a parallel task, and as hints.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "record/experiment_keys.h"
#include "studies/arm_table.h"
#include "studies/registry.h"
#include "studies/supervised_base.h"
#include "studies/training_cell.h"
#include "tasks/corruption.h"
#include "tasks/problem_set.h"

namespace foothold {
namespace {

const std::string serial = "serial task", parallel = "parallel task", hints = "as hints";

struct TraceArm {
    const char *name, *title;
};
/// "correct" and "no trace" are no operators.
constexpr TraceArm trained[] = {{"correct", "correct traces"}, {"swap", "another problem's trace, own answer"}, {"noise", "numbers noised"}, {"shuffle", "steps shuffled"},
                                {"filler", "filler of the same length"}, {"irrelevant", "true steps about something else"}, {"no trace", "no trace"}};
constexpr TraceArm hinted[] = {{"none", "correct hints"}, {"paraphrase", "reworded (state kept)"}, {"insert", "idle steps put in (state kept)"}, {"swap", "another problem's trace"}, {"noise", "numbers noised"},
                               {"shuffle", "steps shuffled"}, {"filler", "filler of the same length"}, {"irrelevant", "true steps about something else"}, {"grpo", "no hints"}};
constexpr double hint_tokens = 0.8e6;

/// Greedy answers on 300 problems of a tier: right answers, traces without a wrong step, share of right answers.
void examine(const StudyPorts& ports, const Family& family, const std::string& tier, std::int64_t seed, const std::string& when, CellResult& out) {
    std::vector<std::string> taken;
    const auto problems = make_problems(family, tier, 300, 600 + static_cast<std::uint64_t>(seed), "e", taken);
    std::vector<GenerateRequest> requests;
    for (const Problem& p : problems) requests.push_back({family.tokenizer().encode(p.prompt), 1, family.max_new_tokens(p, 0), 1});
    DecodingRules greedy;
    greedy.temperature = 0;
    const auto made = ports.engine.generate(requests, greedy, family.end_token(), ports.stop, [](std::int64_t) {});
    double right = 0, valid = 0, both = 0;
    for (std::size_t i = 0; i < problems.size(); ++i) {
        const std::string text = family.tokenizer().decode(made[i][0].tokens, family.end_token());
        const Judgement j = family.judge(problems[i], "", Placement::answer, text, made[i][0].ended);
        const bool ok = j.verdict == Verdict::correct, clean = j.first_wrong_step < 0 && !j.skipping && text.find('=') != std::string::npos;
        right += ok;
        valid += clean;
        both += ok && clean;
    }
    out.measures[when + "accuracy/" + tier] = right / 300;
    out.measures[when + "valid/" + tier] = valid / 300;
    out.measures[when + "valid of right/" + tier] = right > 0 ? both / right : std::nan("");
}

class CorruptedTracesStudy final : public Study {
 public:
    std::string name() const override { return "corrupted-traces"; }
    std::string title() const override { return "Must traces be right to help?"; }
    std::string claim() const override {
        return "Models trained on traces of other problems solve as much as those trained on the right ones, and more out of distribution; the validity of a trace says little about its answer (Beyond Semantics, arXiv 2505.13775).";
    }
    std::string design() const override {
        return "Training traces at equal completion tokens: correct, swapped, noised, shuffled, filler, irrelevant, none, with the answer always right. Serial task: chain modulo 7, depths 1 to 5, whose answer needs every step "
               "(out of distribution: depth 6 and 8). Parallel task: the cheapest way through a known graph, whose answer can be seen at once (out of distribution: an edge removed). Then 60 steps of GRPO. As hints: GHPO on chain "
               "with corrupted hints, operators that keep the revealed state apart from those that break it. Primary measure: accuracy in distribution, swapped minus correct. Paired by seed; 95% t intervals, Holm over arms.";
    }
    std::string revision() const override { return "1"; }

    std::vector<StudyCell> cells(StudySetting setting) const override {
        std::vector<StudyCell> out;
        if (setting == StudySetting::quick) {
            for (const char* arm : {"correct", "swap", "no trace"}) out.push_back({arm, 1, "quick", serial, .8});
            return out;
        }
        const bool tune = setting == StudySetting::tune;
        const auto seeds = [&](std::int64_t n, const std::string& world, std::span<const TraceArm> arms, double minutes) {
            for (std::int64_t seed = tune ? 101 : 1; seed <= (tune ? 101 : n); ++seed)
                for (const TraceArm& arm : arms)
                    out.push_back({arm.name, seed, world == hints ? fmt::format("models/chain-hints-{}.safetensors", (seed - 1) % 3 + 1) : "own", world, minutes});
        };
        seeds(6, hints, hinted, .3);
        seeds(4, serial, trained, 1.3);
        seeds(3, parallel, trained, 3);
        return out;
    }

    CellResult run(const StudyCell& cell, const StudyPorts& ports) const override { return cell.world == hints ? run_hints(cell, ports) : run_traces(cell, ports); }

    StudyReport report(StudySetting setting, const std::vector<StoredCell>& cells) const override {
        StudyReport out;
        const auto of = [&](const std::string& world) {
            std::vector<StoredCell> list;
            for (const StoredCell& c : cells)
                if (c.cell.world == world) list.push_back(c);
            return list;
        };
        const auto put = [&](ArmTable& table, const std::vector<StoredCell>& list) {
            StudyReport part;
            table.fill(list, part);
            for (const std::string& column : part.columns)
                if (std::find(out.columns.begin(), out.columns.end(), column) == out.columns.end()) out.columns.push_back(column);
            out.texts.insert(out.texts.end(), part.texts.begin(), part.texts.end());
            out.numbers.insert(out.numbers.end(), part.numbers.begin(), part.numbers.end());
            out.per_seed.insert(out.per_seed.end(), part.per_seed.begin(), part.per_seed.end());
        };
        ArmTable first;
        first.baseline = "correct";
        first.primary = "in";
        first.shown = {{"in", "in distribution"}, {"out", "out of distribution"}, {"valid", "valid traces"}, {"after in", "in, after GRPO"}, {"after out", "out, after GRPO"}, {"after valid", "valid, after GRPO"}};
        for (const TraceArm& arm : trained) first.arms.emplace_back(arm.name, arm.title);
        const auto chain = of(serial), graph = of(parallel), guided = of(hints);
        put(first, chain);
        put(first, graph);
        ArmTable second;
        second.baseline = "none";
        second.primary = "auc/*:10";
        second.shown = {{"auc/*:10", "area *:10"}, {"accuracy/*:10", "*:10"}, {"accuracy/+:4", "+:4"}, {"dead", "all wrong before"}};
        for (const TraceArm& arm : hinted) second.arms.emplace_back(arm.name, arm.title);
        put(second, guided);
        second.plot(guided, "accuracy/*:10", "Held-out *:10 under corrupted hints", "generated tokens", "share right", {"none", "paraphrase", "insert", "swap", "noise", "filler", "grpo"}, out);
        const ArmDifference apart = first.difference(chain, serial, "swap", "correct", "in"), seen = first.difference(graph, parallel, "swap", "correct", "in"), beyond = first.difference(graph, parallel, "swap", "correct", "out"),
                            empty = first.difference(graph, parallel, "no trace", "correct", "in"), shuffled = first.difference(graph, parallel, "shuffle", "correct", "in"), hint = second.difference(guided, hints, "swap", "none", "auc/*:10"),
                            kept = second.difference(guided, hints, "paraphrase", "none", "auc/*:10");
        const bool measured = apart.estimate.interval && seen.estimate.interval;
        const bool needed = measured && apart.estimate.excludes_zero() && apart.estimate.mean < 0, worse = measured && seen.estimate.excludes_zero() && seen.estimate.mean < 0;
        out.verdict = !measured ? "not testable" : needed && worse ? "against" : needed ? "no clear difference" : "supported";
        out.sentence = fmt::format("{}Swapped minus correct traces. Serial task: {}. Parallel task: {}.", measured ? "" : "No interval on both tasks yet. ", apart.words("accuracy"), seen.words("accuracy"));
        out.findings = {"Out of distribution on the parallel task, swapped minus correct: " + beyond.words("accuracy") + ".", "No trace at all on the parallel task, minus correct: " + empty.words("accuracy") + "; shuffled steps: " + shuffled.words("accuracy") + ".",
                        "As hints, another problem's trace minus correct: " + hint.words("area of *:10") + "; reworded hints, state kept: " + kept.words("area of *:10") + "."};
        if (needed && !worse) out.findings.insert(out.findings.begin(), "Partly: where the trace is the computation its content is needed; where the answer can be seen at once it is decoration. The verdict is no clear difference because the two tasks disagree.");
        out.against = {"Shuffled or deleted steps cost much more than wrong content in large models (arXiv 2502.07374): form and order are not the same as meaning.",
                       "Correct traces led to correct answers in only 28% of cases elsewhere (arXiv 2505.13792): validity and success come apart in both directions.",
                       "The published advantage out of distribution (mazes) is not tested here: neither task is a search.",
                       "Small models from scratch; a pretrained model may read a trace as a text rather than as a computation."};
        (void)setting;
        return out;
    }

 private:
    static CellResult run_traces(const StudyCell& cell, const StudyPorts& ports) {
        CellResult out;
        const bool chain = cell.world == serial;
        const FamilyOptions options{1, 7};
        const auto family = make_family(chain ? "chain" : "graph-path", options);
        BaseRecipe recipe;
        recipe.family = family->name();
        recipe.width = 1;
        recipe.modulus = 7;
        recipe.operators = {"+-*"};
        recipe.depth_high = 5;
        recipe.seed = cell.seed;
        recipe.model.max_position_embeddings = 256;
        if (!chain) {
            recipe.tiers = {"n"};
            recipe.model.num_hidden_layers = 3;
            recipe.batch = 128;
            recipe.lr = 2e-3;
        }
        recipe.demonstrator.answer_only = cell.arm == "no trace";
        if (cell.arm != "no trace" && cell.arm != "correct") recipe.corruption = cell.arm;
        // As many completion tokens for every arm; answers alone are short, so that arm sees more problems, up to three times as many steps.
        recipe.tokens = chain ? (cell.base == "quick" ? 900'000 : 1'600'000) : 3'500'000;
        recipe.steps = chain ? (cell.base == "quick" ? 700 : 1250) : 750;
        if (cell.arm == "no trace") recipe.steps *= 3;
        teach(fmt::format("{} {} {} {}", cell.world, cell.arm, recipe.steps, cell.seed), recipe, *family, ports, out);
        const std::vector<std::string> in = chain ? std::vector<std::string>{"+-*:3", "+-*:5"} : std::vector<std::string>{"n"},
                                       beyond = chain ? std::vector<std::string>{"+-*:6", "+-*:8"} : std::vector<std::string>{"n-1"};
        const auto look = [&](const std::string& when) {
            const auto mean = [&](const std::string& what, const std::vector<std::string>& tiers) {
                double sum = 0;
                for (const std::string& tier : tiers) sum += out.measure(when + what + "/" + tier);
                return sum / static_cast<double>(tiers.size());
            };
            for (const auto& list : {in, beyond})
                for (const std::string& tier : list) examine(ports, *family, tier, cell.seed, when, out);
            out.measures[when + "in"] = mean("accuracy", in);
            out.measures[when + "out"] = mean("accuracy", beyond);
            out.measures[when + "valid"] = mean("valid", in);
        };
        look("");
        TrainingCell training;
        training.keep_model = true;
        Experiment& e = training.experiment;
        e.seed = e.problems.seed = cell.seed;
        e.threads = 1;
        e.problems.family = family->name();
        e.problems.width = 1;
        e.problems.modulus = 7;
        e.problems.tiers = chain ? std::vector<std::string>{"+-*:5"} : std::vector<std::string>{"n"};
        e.problems.pool = 256;
        e.heldout.every = 0;
        e.heldout.n = 16;
        set_key(e, "guidance.policy", std::string("grpo"));
        training.steps = 60;
        const CellResult rl = train_cell(training, ports);
        out.tokens = rl.tokens;
        out.seconds += rl.seconds;
        look("after ");
        return out;
    }

    static CellResult run_hints(const StudyCell& cell, const StudyPorts& ports) {
        TrainingCell training;
        Experiment& e = training.experiment;
        e.seed = e.problems.seed = cell.seed;
        e.threads = 1;
        e.model.path = cell.base;
        e.problems.pool = 64;
        e.optimizer.lr = 6e-4;  // As frozen for question 1.
        e.heldout.every = 10;
        e.heldout.n = 48;
        set_key(e, "guidance.policy", std::string(cell.arm == "grpo" ? "grpo" : "ghpo"));
        if (cell.arm != "grpo") set_key(e, "corruption.operator", cell.arm);
        training.tokens = hint_tokens;
        return train_cell(training, ports);
    }
};

}  // namespace

std::unique_ptr<Study> make_corrupted_traces_study() { return std::make_unique<CorruptedTracesStudy>(); }

}  // namespace foothold
