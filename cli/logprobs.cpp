// SPDX-License-Identifier: GPL-3.0-or-later
// logprobs: what a model says of given token ids.
#include <fmt/format.h>

#include <iostream>

#include "common.h"
#include "engine/model_file.h"
#include "jsonl.h"
#include "record/error.h"
#include "record/experiment.h"
#include "record/paths.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

using nlohmann::json;

struct Flags {
    std::string model;
    ComputeFlags compute;
};

std::vector<Token> ids_of(const json& line, int vocabulary) {
    std::vector<Token> ids;
    for (const json& id : line.at("ids")) {
        if (!id.is_number_integer() || id < 0 || id >= vocabulary)
            throw UserError(fmt::format("ids: {} is not a token of this model's vocabulary of {}", id.dump(-1, ' ', false, json::error_handler_t::replace), vocabulary));
        ids.push_back(id.get<Token>());
    }
    if (ids.empty()) throw UserError("ids is empty; at least one token is needed");
    return ids;
}

int logprobs(const Flags& flags) {
    Interrupt interrupt;
    Experiment experiment;
    flags.compute.apply(experiment);
    EngineOptions options;
    options.device = flags.compute.device;
    options.threads = static_cast<int>(experiment.threads);
    const auto engine = open_engine(options);
    engine->load(open_model(find_file(flags.model)).state);
    try {
        return answer_lines(std::cin, std::cout, [&](const json& line) -> json {
            const ScoredSequence sequence{ids_of(line, engine->config().vocab_size), 1};
            return {{"logprobs", engine->score(std::span(&sequence, 1), false, interrupt.token()).front()}};
        });
    } catch (const Stopped&) {
        return 130;
    }
}

}  // namespace

void register_logprobs(CLI::App& app, int& exit_code) {
    auto flags = std::make_shared<Flags>();
    CLI::App* verb = app.add_subcommand("logprobs", "Log-probs of given token ids: JSON lines on standard input, one answer a line");
    verb->add_option("--model", flags->model, "Model: a safetensors file of ours, a GGUF file, or a folder in Hugging Face's layout")->required();
    flags->compute.add(*verb);
    verb->footer(
        "A line: {\"ids\":[...]}. Its answer: {\"logprobs\":[...]}, the natural log of p(ids[t] | all before) for t = 1 to n - 1.");
    verb->callback([flags, &exit_code] { exit_code = logprobs(*flags); });
}

}  // namespace foothold::cli
