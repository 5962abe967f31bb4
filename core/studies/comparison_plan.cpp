// SPDX-License-Identifier: GPL-3.0-or-later
// The plan of a comparison as files.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <toml++/toml.h>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "studies/comparison.h"

namespace foothold {
namespace fs = std::filesystem;
namespace {

constexpr auto plan_file = "comparison.toml";

std::string experiment_file(std::size_t arm, const Arm& which) { return fmt::format("arm-{}-{}.toml", arm + 1, as_file_name(which.name)); }

std::int64_t whole(const toml::table& table, const char* key, std::int64_t otherwise) { return table[key].value_or(otherwise); }

}  // namespace

fs::path ComparisonPlan::cell_dir(std::size_t arm, std::int64_t seed_index) const {
    return dir / fmt::format("{}-{}", arm + 1, as_file_name(arms[arm].name)) / fmt::format("seed-{}", seed(arm, seed_index));
}

std::int64_t ComparisonPlan::seed(std::size_t arm, std::int64_t seed_index) const {
    return (arms[arm].first_seed > 0 ? arms[arm].first_seed : first_seed) + seed_index;
}

std::int64_t ComparisonPlan::planned_steps(std::size_t arm) const {
    // A token limit alone ends a run; the experiment's number of steps does not.
    return steps > 0 ? steps : tokens > 0 ? std::int64_t{1} << 40 : arms[arm].experiment.steps;
}

std::vector<Arm> fork_arms(const Experiment& parent, const std::string& name, std::vector<std::pair<std::string, Value>> changes, std::int64_t first_seed) {
    constexpr std::int64_t other_seeds = 1000;
    return {{"unchanged", parent, {}, 0}, {name, parent, std::move(changes), 0}, {"unchanged again", parent, {}, first_seed + other_seeds}};
}

bool is_comparison(const fs::path& dir) { return fs::exists(dir / plan_file); }

void write_plan(const ComparisonPlan& plan) {
    if (plan.arms.empty()) throw UserError("A comparison needs at least one arm");
    if (plan.seeds < 1) throw UserError("A comparison needs at least one seed");
    std::set<std::string> names;
    for (const Arm& arm : plan.arms)
        if (!names.insert(as_file_name(arm.name)).second) throw UserError(fmt::format("Two arms are called \"{}\": give them different names", arm.name));
    std::error_code error;
    if (fs::exists(plan.dir) && !fs::is_empty(plan.dir, error) && !is_comparison(plan.dir))
        throw UserError(fmt::format("{} is in use by something else: choose an empty folder", plan.dir.string()));
    fs::create_directories(plan.dir, error);
    if (error) throw UserError(fmt::format("{} cannot be made: {}", plan.dir.string(), error.message()));
    std::string text = fmt::format("# A comparison: arms x seeds. foothold-cli compare FOLDER goes on with it.\nfirst_seed = {}\nseeds = {}\n", plan.first_seed, plan.seeds);
    if (plan.steps > 0) text += fmt::format("steps = {}\n", plan.steps);
    if (plan.tokens > 0) text += fmt::format("tokens = {}\n", plan.tokens);
    if (!plan.parent.empty()) text += fmt::format("parent = {}\nparent_step = {}\n", to_text(Value(fs::absolute(plan.parent).string())), plan.parent_step);
    for (std::size_t i = 0; i < plan.arms.size(); ++i) {
        const Arm& arm = plan.arms[i];
        save_text_file(plan.dir / experiment_file(i, arm), write_experiment(arm.experiment));
        text += fmt::format("\n[[arms]]\nname = {}\nexperiment = {}\n", to_text(Value(arm.name)), to_text(Value(experiment_file(i, arm))));
        if (arm.first_seed > 0) text += fmt::format("first_seed = {}\n", arm.first_seed);
        std::vector<std::string> changes;
        for (const auto& [key, value] : arm.changes) changes.push_back(key + "=" + to_text(value));
        if (!changes.empty()) text += fmt::format("set = {}\n", to_text(Value(changes)));
    }
    save_text_file(plan.dir / plan_file, text);
}

ComparisonPlan read_plan(const fs::path& dir) {
    const std::string name = (dir / plan_file).string();
    toml::table table;
    try {
        table = toml::parse(load_text_file(dir / plan_file));
    } catch (const toml::parse_error& error) {
        throw UserError(fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
    }
    ComparisonPlan plan;
    plan.dir = dir;
    plan.first_seed = whole(table, "first_seed", 1);
    plan.seeds = whole(table, "seeds", 1);
    plan.steps = whole(table, "steps", 0);
    plan.tokens = whole(table, "tokens", 0);
    plan.parent = table["parent"].value_or(std::string());
    plan.parent_step = whole(table, "parent_step", 0);
    if (plan.seeds < 1 || plan.steps < 0 || plan.tokens < 0) throw UserError(name + ": seeds must be at least 1, steps and tokens not negative");
    const toml::array* arms = table["arms"].as_array();
    if (!arms || arms->empty()) throw UserError(name + ": no [[arms]]: a comparison needs at least one");
    for (const toml::node& node : *arms) {
        const toml::table* entry = node.as_table();
        const std::string file = entry ? (*entry)["experiment"].value_or(std::string()) : std::string();
        if (file.empty()) throw UserError(fmt::format("{}:{}: an arm needs a name and an experiment", name, node.source().begin.line));
        Arm arm{(*entry)["name"].value_or(file), read_experiment(dir / file), {}, whole(*entry, "first_seed", 0)};
        if (const toml::array* changes = (*entry)["set"].as_array())
            for (const toml::node& change : *changes) {
                const std::string text = change.value_or(std::string());
                const std::size_t cut = text.find('=');
                if (cut == std::string::npos) throw UserError(fmt::format("{}:{}: set takes key=value", name, change.source().begin.line));
                arm.changes.emplace_back(text.substr(0, cut), parse_value(text.substr(cut + 1)));
            }
        plan.arms.push_back(std::move(arm));
    }
    return plan;
}

std::vector<KeyDifference> differing_keys(const Arm& a, const Arm& b) {
    const auto effective = [](const Arm& arm) {
        Experiment experiment = arm.experiment;
        for (const auto& [key, value] : arm.changes) set_key(experiment, key, value);
        return experiment;
    };
    const Experiment one = effective(a), other = effective(b);
    std::vector<KeyDifference> different;
    for (const ExperimentKey& key : experiment_keys())
        if (const Value left = key.get(one), right = key.get(other); left != right) different.push_back({key.name, to_text(left), to_text(right)});
    return different;
}

}  // namespace foothold
