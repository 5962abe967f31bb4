// SPDX-License-Identifier: GPL-3.0-or-later
// Pools and held-out sets.
#include "tasks/problem_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"
#include "tasks/problem_file.h"

namespace foothold {
std::vector<Problem> make_problems(const Family& family, const std::string& tier, std::size_t count, std::uint64_t seed,
                                   const std::string& id_prefix, std::vector<std::string>& taken) {
    std::set<std::string> seen(taken.begin(), taken.end());
    std::vector<Problem> out;
    Random random(random_key({seed, static_cast<std::uint64_t>(Stream::problems), text_key(tier)}));
    for (std::size_t tries = 0; out.size() < count; ++tries) {
        if (tries > 200 * count + 10000)
            throw UserError(fmt::format("tier {} has too few different problems: {} found, {} wanted (with those already in the pool)", tier, out.size(), count));
        Problem problem = family.make(tier, random);
        if (!seen.insert(problem.prompt).second) continue;
        problem.id = fmt::format("{}/{}/{}{}", family.name(), tier, id_prefix, out.size());
        taken.push_back(problem.prompt);
        out.push_back(std::move(problem));
    }
    return out;
}

std::uint64_t heldout_seed(std::uint64_t pool_seed) { return mix(pool_seed) ^ 0x68656c64; }

namespace {

/// Pool and held-out problems out of a file of texts: each tier's problems in an order of their own, the held-out ones first.
ProblemSet split_problem_file(const Experiment& experiment, const Family& family, const std::filesystem::path& path) {
    const auto& keys = experiment.problems;
    std::map<std::string, std::vector<Problem>> by_tier;
    std::set<std::string> seen;
    for (Problem& p : read_problem_file(path, problem_file_options(experiment))) {
        p.family = family.name();
        if (seen.insert(p.prompt).second) by_tier[p.tier].push_back(std::move(p));
    }
    ProblemSet set;
    set.tiers = keys.tiers;
    std::vector<std::string> known;
    for (const auto& [tier, problems] : by_tier) known.push_back(tier);
    if (set.tiers.empty()) set.tiers = known;
    for (const std::string& tier : set.tiers)
        if (!by_tier.contains(tier)) throw UserError(fmt::format("{}: no problem of tier \"{}\" (problems.tiers); its tiers are: {}. With problems.tiers = [] all are taken", path.string(), tier, fmt::join(known, ", ")));
    const auto tiers = set.tiers.size(), pool = static_cast<std::size_t>(keys.pool), held = static_cast<std::size_t>(experiment.heldout.n);
    for (std::size_t t = 0; t < tiers; ++t) {
        auto& problems = by_tier[set.tiers[t]];
        Random(random_key({static_cast<std::uint64_t>(keys.seed), static_cast<std::uint64_t>(Stream::problems), text_key(set.tiers[t])})).shuffle(std::span(problems));
        if (problems.size() <= held)
            throw UserError(fmt::format("{}: tier \"{}\" has {} different problems, and heldout.n = {} leaves none to train on", path.string(), set.tiers[t], problems.size(), held));
        const std::size_t share = pool / tiers + (t < pool % tiers ? 1 : 0);
        for (std::size_t i = held; i < std::min(problems.size(), held + share); ++i) set.problems.push_back(problems[i]);
    }
    set.pool_size = set.problems.size();
    set.heldout.resize(tiers);
    for (std::size_t t = 0; t < tiers; ++t)
        for (std::size_t i = 0; i < held; ++i) {
            set.heldout[t].push_back(static_cast<std::uint32_t>(set.problems.size()));
            set.problems.push_back(by_tier[set.tiers[t]][i]);
        }
    return set;
}

}  // namespace

ProblemSet make_problem_set(const Experiment& experiment, const Family& family, const std::filesystem::path& beside) {
    const auto& keys = experiment.problems;
    if (!keys.file.empty() && is_text_family(family.name())) return split_problem_file(experiment, family, find_file(keys.file, beside));
    ProblemSet set;
    set.tiers = keys.tiers;
    const auto tiers = set.tiers.size();
    const auto pool = static_cast<std::size_t>(keys.pool), held = static_cast<std::size_t>(experiment.heldout.n);
    const auto seed = static_cast<std::uint64_t>(keys.seed);
    std::vector<std::vector<Problem>> heldout(tiers);
    std::vector<std::string> taken;
    if (keys.file.empty()) {
        for (std::size_t t = 0; t < tiers; ++t) {
            const std::size_t share = pool / tiers + (t < pool % tiers ? 1 : 0);
            for (Problem& p : make_problems(family, set.tiers[t], share, seed, "", taken)) set.problems.push_back(std::move(p));
        }
    } else {
        const auto path = find_file(keys.file, beside);
        std::istringstream lines(load_text_file(path));
        std::string line;
        for (std::size_t number = 1; std::getline(lines, line) && set.problems.size() < pool; ++number) {
            try {
                Problem problem = problem_from_json(line);
                family.tokenizer().encode(problem.prompt);
                if (std::find(set.tiers.begin(), set.tiers.end(), problem.tier) == set.tiers.end()) continue;
                taken.push_back(problem.prompt);
                set.problems.push_back(std::move(problem));
            } catch (const UserError& error) {
                throw UserError(fmt::format("{}: line {}: {}", path.string(), number, error.what()));
            }
        }
        if (set.problems.empty()) throw UserError(fmt::format("{}: no problem of the tiers in problems.tiers", path.string()));
    }
    set.pool_size = set.problems.size();
    for (std::size_t t = 0; t < tiers; ++t) heldout[t] = make_problems(family, set.tiers[t], held, heldout_seed(seed), "held-", taken);
    set.heldout.resize(tiers);
    for (std::size_t t = 0; t < tiers; ++t)
        for (Problem& p : heldout[t]) {
            set.heldout[t].push_back(static_cast<std::uint32_t>(set.problems.size()));
            set.problems.push_back(std::move(p));
        }
    return set;
}

Problem problem_from_json(const std::string& line) {
    try {
        const auto json = nlohmann::json::parse(line);
        Problem p;
        p.id = json.value("id", "");
        p.family = json.value("family", "");
        p.tier = json.at("tier").get<std::string>();
        p.prompt = json.at("prompt").get<std::string>();
        p.answer = json.at("answer").get<std::string>();
        p.steps = json.at("steps").get<std::vector<std::string>>();
        p.ending = json.value("ending", "");
        return p;
    } catch (const nlohmann::json::exception& error) {
        throw UserError(fmt::format("not a problem: {}", error.what()));
    }
}

std::string problem_to_json(const Problem& p) {
    nlohmann::ordered_json json = {{"id", p.id}, {"family", p.family}, {"tier", p.tier}, {"prompt", p.prompt}, {"answer", p.answer}, {"steps", p.steps}};
    if (!p.ending.empty()) json["ending"] = p.ending;
    return json.dump();
}

}  // namespace foothold
