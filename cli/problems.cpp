// SPDX-License-Identifier: GPL-3.0-or-later
// problems and corrupt: problems with reference traces, and corrupted ones, as JSON lines.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common.h"
#include "jsonl.h"
#include "record/error.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "tasks/corruption.h"
#include "tasks/problem_file.h"
#include "tasks/problem_set.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

struct ProblemFlags {
    std::string family, tier, file;
    std::int64_t n = 0;
    ComputeFlags compute;
};

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
    const auto seed = static_cast<std::uint64_t>(flags.compute.seed.value_or(1));
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
    problems->callback([flags, &exit_code] {
        Experiment experiment;
        flags->compute.apply(experiment);
        exit_code = 0;
        if (!flags->file.empty()) {
            std::int64_t left = flags->n > 0 ? flags->n : std::numeric_limits<std::int64_t>::max();
            for (const Problem& p : read_problem_file(find_file(flags->file), problem_file_options(experiment)))
                if ((flags->tier.empty() || p.tier == flags->tier) && left-- > 0) std::cout << problem_to_json(p) << '\n';
            std::cout.flush();
            return;
        }
        if (flags->family.empty()) throw UserError("problems needs --family NAME or --problems FILE");
        if (flags->tier.empty() || flags->n == 0) throw UserError("problems --family needs --tier TIER and --n N");
        const auto family = make_family(flags->family, family_options(experiment));
        const auto seed = static_cast<std::uint64_t>(flags->compute.seed.value_or(1));
        std::vector<std::string> taken;
        for (const Problem& p : make_problems(*family, flags->tier, static_cast<std::size_t>(flags->n), seed, std::to_string(seed) + "-", taken))
            std::cout << problem_to_json(p) << '\n';
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
