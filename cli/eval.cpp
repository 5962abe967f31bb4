// SPDX-License-Identifier: GPL-3.0-or-later
// eval: how often a model solves problems, a line a tier.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <utility>
#include <nlohmann/json.hpp>

#include "loaded_model.h"
#include "record/error.h"
#include "studies/evaluation.h"
#include "tasks/problem_set.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

struct Flags {
    std::string model, family, file;
    std::vector<std::string> tiers;
    std::int64_t n = 200;
    EvaluationSettings settings;
    ComputeFlags compute;
};

int evaluate_model(Flags& flags) {
    Interrupt interrupt;
    const LoadedModel model = load_model(flags.model, flags.family, flags.compute);
    const Family& family = *model.family;
    const auto seed = static_cast<std::uint64_t>(flags.compute.seed.value_or(1));
    std::vector<Problem> problems;
    if (!flags.file.empty()) {
        problems = read_problems(flags.file, model);
        if (!flags.tiers.empty())
            std::erase_if(problems, [&](const Problem& p) { return std::find(flags.tiers.begin(), flags.tiers.end(), p.tier) == flags.tiers.end(); });
        if (problems.empty()) throw UserError(fmt::format("{}: no problem of the tiers asked for", flags.file));
        if (is_text_family(family.name())) {
            Random(random_key({seed, static_cast<std::uint64_t>(Stream::problems)})).shuffle(std::span(problems));
            if (std::cmp_greater(problems.size(), flags.n)) problems.resize(static_cast<std::size_t>(flags.n));
        }
    } else {
        if (flags.tiers.empty()) flags.tiers = model.experiment.problems.tiers;
        for (const std::string& tier : flags.tiers) {
            std::vector<std::string> taken;
            for (Problem& p : make_problems(family, tier, static_cast<std::size_t>(flags.n), seed, std::to_string(seed) + "-", taken)) problems.push_back(std::move(p));
        }
    }
    flags.settings.seed = seed;
    if (flags.settings.temperature == 0) flags.settings.attempts = 1;
    try {
        for (const TierScore& score : evaluate(*model.engine, family, problems, flags.settings, interrupt.token())) {
            nlohmann::ordered_json line = {{"tier", score.tier}, {"n", score.n}, {"pass@1", score.pass_at_1}, {"interval", {score.interval.first, score.interval.second}}};
            line["pass@k"] = nlohmann::ordered_json::object();
            for (const auto& [k, value] : score.pass_at_k) line["pass@k"][std::to_string(k)] = value;
            line["sound"] = score.sound;
            line["skipping"] = score.skipping;
            std::cout << line.dump() << std::endl;
        }
    } catch (const Stopped&) {
        return 130;
    }
    return 0;
}

}  // namespace

void register_eval(CLI::App& app, int& exit_code) {
    auto flags = std::make_shared<Flags>();
    CLI::App* eval = app.add_subcommand("eval", "How often a model solves problems, a line a tier");
    eval->add_option("--model", flags->model, "Model file")->required();
    auto* family = eval->add_option("--family", flags->family, "Family to make problems of");
    eval->add_option("--problems", flags->file, "JSONL file with problems; with a language model, GSM8K's form, MATH's, or with problems.columns; --n at most")->excludes(family);
    eval->add_option("--tier", flags->tiers, "Tier (repeatable; default: the experiment's)");
    eval->add_option("--n", flags->n, "Problems a tier")->check(CLI::Range(1, 1000000));
    eval->add_option("--attempts", flags->settings.attempts, "Attempts a problem")->check(CLI::Range(1, 100000));
    eval->add_option("--temperature", flags->settings.temperature, "0 = greedy")->check(CLI::Range(0.0, 100.0));
    eval->add_option("--hint", flags->settings.hint, "Prefix ratio of the reference trace")->check(CLI::Range(0.0, 1.0));
    flags->compute.add(*eval);
    eval->callback([flags, &exit_code] { exit_code = evaluate_model(*flags); });
}

}  // namespace foothold::cli
