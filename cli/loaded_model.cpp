// SPDX-License-Identifier: GPL-3.0-or-later
// Opening a model for the verbs that let it attempt problems.
#include "loaded_model.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/model_file.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"
#include "tasks/problem_file.h"
#include "tasks/problem_set.h"
#include "text/model_text.h"

namespace foothold::cli {
namespace {

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

}  // namespace

LoadedModel load_model(const std::string& name, const std::string& family, const ComputeFlags& flags) {
    const auto path = find_file(name);
    const ModelFile model = open_model(path);
    LoadedModel out;
    read_made_for(model, out.experiment);
    flags.apply(out.experiment);
    if (!family.empty()) out.experiment.problems.family = family;
    if (has_model_text(path)) {
        out.experiment.model.path = path.string();
        if (family.empty() && !is_text_family(out.experiment.problems.family)) out.experiment.problems.family = "text";
    }
    out.family = family_of(out.experiment);
    if (!out.family->fits(model.state.config.vocab_size))
        throw UserError(fmt::format("{}: the model knows {} tokens, family {} has {}", name, model.state.config.vocab_size, out.family->name(), out.family->tokenizer().size()));
    EngineOptions options;
    options.device = flags.device;
    options.threads = static_cast<int>(out.experiment.threads);
    out.engine = open_engine(options);
    out.engine->load(model.state);
    return out;
}

std::vector<Problem> read_problems(const std::string& file, const LoadedModel& model) {
    if (is_text_family(model.family->name())) return read_problem_file(find_file(file), problem_file_options(model.experiment));
    std::vector<Problem> problems;
    std::istringstream lines(load_text_file(file));
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        try {
            problems.push_back(problem_from_json(line));
            model.family->tokenizer().encode(problems.back().prompt);
        } catch (const UserError& error) {
            throw UserError(fmt::format("{}: line {}: {}", file, number, error.what()));
        }
    }
    if (problems.empty()) throw UserError(file + ": no problems in it");
    return problems;
}

}  // namespace foothold::cli
