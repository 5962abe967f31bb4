// SPDX-License-Identifier: GPL-3.0-or-later
// problems and corrupt: problems with reference traces, and corrupted ones, as JSON lines.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "common.h"
#include "jsonl.h"
#include "loaded_model.h"
#include "record/error.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "studies/evaluation.h"
#include "tasks/corruption.h"
#include "tasks/problem_file.h"
#include "tasks/problem_set.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

struct ProblemFlags {
    std::string family, tier, file, model;
    std::int64_t n = 0;
    int pass = 0;
    ComputeFlags compute;
};

std::uint64_t seed_of(const ComputeFlags& flags) { return static_cast<std::uint64_t>(flags.seed.value_or(1)); }

/// Those of a file that --tier and --n leave.
std::vector<Problem> narrowed(std::vector<Problem> problems, const ProblemFlags& flags) {
    if (!flags.tier.empty()) std::erase_if(problems, [&](const Problem& p) { return p.tier != flags.tier; });
    if (flags.n > 0 && std::cmp_greater(problems.size(), flags.n)) problems.resize(static_cast<std::size_t>(flags.n));
    return problems;
}

std::vector<Problem> made_problems(const ProblemFlags& flags, const Experiment& experiment) {
    if (flags.family.empty()) throw UserError("problems needs --family NAME or --problems FILE");
    if (flags.tier.empty() || flags.n == 0) throw UserError("problems --family needs --tier TIER and --n N");
    const auto seed = seed_of(flags.compute);
    std::vector<std::string> taken;
    return make_problems(*make_family(flags.family, family_options(experiment)), flags.tier, static_cast<std::size_t>(flags.n), seed, std::to_string(seed) + "-", taken);
}

/// The problems with a tier by how often the model solves them.
int write_tiered(const ProblemFlags& flags) {
    Interrupt interrupt;
    const LoadedModel model = load_model(flags.model, flags.family, flags.compute);
    const std::vector<Problem> problems = flags.file.empty() ? made_problems(flags, model.experiment) : narrowed(read_problems(flags.file, model), flags);
    EvaluationSettings settings;
    settings.attempts = flags.pass;
    settings.temperature = model.experiment.sampling.temperature;
    settings.seed = seed_of(flags.compute);
    ProgressBar bar;
    try {
        attempt_problems(*model.engine, *model.family, problems, settings, interrupt.token(), [&](std::size_t i, const ProblemScore& score) {
            Problem problem = problems[i];
            problem.family = model.family->name();
            problem.tier = tier_by_score(score.correct, settings.attempts);
            auto line = nlohmann::ordered_json::parse(problem_to_json(problem));
            line["solved"] = score.correct;
            line["attempts"] = settings.attempts;
            std::cout << line.dump() << std::endl;
            bar.show(static_cast<double>(i + 1) / static_cast<double>(problems.size()), fmt::format("{} of {} problems", i + 1, problems.size()));
        });
    } catch (const Stopped&) {
        return 130;
    }
    return 0;
}

struct CorruptFlags {
    std::string operation;
    double dose = 1;
    ComputeFlags compute;  ///< For the seed, and for modulus and width of the problems where they are not the usual ones.
};

int corrupt_lines(const CorruptFlags& flags) {
    const CorruptionOperator& op = find_corruption(flags.operation);
    Experiment experiment;
    flags.compute.apply(experiment);
    const FamilyOptions options = family_options(experiment);
    const auto seed = seed_of(flags.compute);
    // Donors may stand anywhere in the input, so it is read whole first.
    std::ostringstream all;
    all << std::cin.rdbuf();
    std::vector<Problem> problems;
    std::istringstream lines(all.str());
    for (std::string line; std::getline(lines, line);) {
        try {
            problems.push_back(problem_from_json(line));
        } catch (const UserError&) {
            // Reported below, in its place.
        }
    }
    std::istringstream again(all.str());
    return answer_lines(again, std::cout, [&](const nlohmann::json& in) {
        const Problem problem = problem_from_json(in.dump());
        const auto family = make_family(problem.family.empty() ? "chain" : problem.family, options);
        const CorruptedTrace trace = corrupt(op, problem, problems, flags.dose, seed, *family);
        nlohmann::json out = in;
        out["corrupted_steps"] = trace.steps;
        out["changed"] = trace.changed;
        out["state"] = trace.state_kept ? "kept" : "broken";
        return out;
    });
}

}  // namespace

void register_problems(CLI::App& app, int& exit_code) {
    auto flags = std::make_shared<ProblemFlags>();
    CLI::App* problems = app.add_subcommand("problems", "Problems with reference traces, a JSON line each");
    auto* family_flag = problems->add_option("--family", flags->family, "Family to make problems of");
    problems->add_option("--problems", flags->file, "JSONL file to read instead (GSM8K's form, MATH's, or with problems.columns)")->excludes(family_flag);
    problems->add_option("--tier", flags->tier, "Tier, e.g. *:10 (with --problems: only this one)");
    problems->add_option("--n", flags->n, "How many (with --problems: at most)")->check(CLI::Range(1, 10000000));
    flags->compute.add(*problems);
    auto* model = problems->add_option("--model", flags->model, "Model whose successes give each problem its tier: 1-always, 2-often (at least half), 3-seldom, 4-never");
    auto* pass = problems->add_option("--pass", flags->pass, "Attempts a problem that the tier comes from, at sampling.temperature")->check(CLI::Range(1, 100000))->needs(model);
    model->needs(pass);
    problems->callback([flags, &exit_code] {
        exit_code = 0;
        if (flags->pass > 0) {
            exit_code = write_tiered(*flags);
            return;
        }
        Experiment experiment;
        flags->compute.apply(experiment);
        const auto problems = flags->file.empty() ? made_problems(*flags, experiment)
                                                  : narrowed(read_problem_file(find_file(flags->file), problem_file_options(experiment)), *flags);
        for (const Problem& p : problems) std::cout << problem_to_json(p) << '\n';
        std::cout.flush();
    });

    auto corruption = std::make_shared<CorruptFlags>();
    CLI::App* corrupt = app.add_subcommand("corrupt", "Reads problems, writes them with corrupted traces");
    corrupt->add_option("--operator", corruption->operation, "Operator (see `info corruptions`)")->required();
    corrupt->add_option("--dose", corruption->dose, "Share of the steps touched; 0 = none")->check(CLI::Range(0.0, 1.0));
    corruption->compute.add(*corrupt);
    corrupt->callback([corruption, &exit_code] { exit_code = corrupt_lines(*corruption); });
}

}  // namespace foothold::cli
