// SPDX-License-Identifier: GPL-3.0-or-later
// eval: how often a model solves problems, a line a tier.
#include <fmt/format.h>

#include <iostream>
#include <utility>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common.h"
#include "engine/model_file.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "session/stored_run.h"
#include "studies/evaluation.h"
#include "tasks/problem_file.h"
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

/// What a model file says of the problems it was made for: a base its family, a checkpoint its experiment.
void read_made_for(const ModelFile& model, Experiment& experiment) {
    if (const auto found = model.metadata.find("family"); found != model.metadata.end()) {
        const auto json = nlohmann::json::parse(found->second);
        experiment.problems.family = json.at("name");
        experiment.problems.width = json.at("width");
        experiment.problems.modulus = json.at("modulus");
        experiment.problems.answer_modulus = json.value("answer_modulus", 0);
    } else if (const auto run = model.metadata.find("experiment"); run != model.metadata.end()) {
        experiment = parse_experiment(run->second, "checkpoint");
    }
}

int evaluate_model(Flags& flags) {
    Interrupt interrupt;
    const auto path = find_file(flags.model);
    const ModelFile model = open_model(path);
    Experiment experiment;
    read_made_for(model, experiment);
    flags.compute.apply(experiment);
    if (!flags.family.empty()) experiment.problems.family = flags.family;
    if (has_model_text(path)) {
        experiment.model.path = path.string();
        if (flags.family.empty() && !is_text_family(experiment.problems.family)) experiment.problems.family = "text";
    }
    const auto family = family_of(experiment);
    if (!family->fits(model.state.config.vocab_size))
        throw UserError(fmt::format("{}: the model knows {} tokens, family {} has {}", flags.model, model.state.config.vocab_size, family->name(), family->tokenizer().size()));
    const auto seed = static_cast<std::uint64_t>(flags.compute.seed.value_or(1));
    std::vector<Problem> problems;
    if (!flags.file.empty() && is_text_family(family->name())) {
        problems = read_problem_file(find_file(flags.file), problem_file_options(experiment));
        if (!flags.tiers.empty())
            std::erase_if(problems, [&](const Problem& p) { return std::find(flags.tiers.begin(), flags.tiers.end(), p.tier) == flags.tiers.end(); });
        if (problems.empty()) throw UserError(fmt::format("{}: no problem of the tiers asked for", flags.file));
        Random(random_key({seed, static_cast<std::uint64_t>(Stream::problems)})).shuffle(std::span(problems));
        if (std::cmp_greater(problems.size(), flags.n)) problems.resize(static_cast<std::size_t>(flags.n));
    } else if (!flags.file.empty()) {
        std::istringstream lines(load_text_file(flags.file));
        std::size_t number = 0;
        for (std::string line; std::getline(lines, line);) {
            ++number;
            try {
                problems.push_back(problem_from_json(line));
                family->tokenizer().encode(problems.back().prompt);
            } catch (const UserError& error) {
                throw UserError(fmt::format("{}: line {}: {}", flags.file, number, error.what()));
            }
        }
        if (problems.empty()) throw UserError(flags.file + ": no problems in it");
        if (!flags.tiers.empty())
            std::erase_if(problems, [&](const Problem& p) { return std::find(flags.tiers.begin(), flags.tiers.end(), p.tier) == flags.tiers.end(); });
    } else {
        if (flags.tiers.empty()) flags.tiers = experiment.problems.tiers;
        for (const std::string& tier : flags.tiers) {
            std::vector<std::string> taken;
            for (Problem& p : make_problems(*family, tier, static_cast<std::size_t>(flags.n), seed, std::to_string(seed) + "-", taken)) problems.push_back(std::move(p));
        }
    }
    EngineOptions options;
    options.device = flags.compute.device;
    options.threads = static_cast<int>(experiment.threads);
    const auto engine = open_engine(options);
    engine->load(model.state);
    flags.settings.seed = seed;
    if (flags.settings.temperature == 0) flags.settings.attempts = 1;
    try {
        for (const TierScore& score : evaluate(*engine, *family, problems, flags.settings, interrupt.token())) {
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
