// SPDX-License-Identifier: GPL-3.0-or-later
// verify: is the answer in a model's output the gold answer?
#include <iostream>

#include "jsonl.h"
#include "text/answer_judge.h"
#include "verbs.h"

namespace foothold::cli {

void register_verify(CLI::App& app, int& exit_code) {
    CLI::App* verb = app.add_subcommand("verify", "Is the answer in an output the gold answer? JSON lines on standard input, one verdict a line");
    verb->footer("A line: {\"gold\":\"...\",\"answer\":\"the whole output of a model\"}. Its answer: {\"verdict\":\"correct\"|\"wrong\"|\"unparseable\",\n\"extracted\":\"...\"}.");
    verb->callback([&exit_code] {
        exit_code = answer_lines(std::cin, std::cout, [](const nlohmann::json& line) -> nlohmann::json {
            const AnswerVerdict verdict = judge_answer(line.at("gold").get_ref<const std::string&>(), line.at("answer").get_ref<const std::string&>());
            return {{"verdict", to_string(verdict.verdict)}, {"extracted", verdict.extracted}};
        });
    });
}

}  // namespace foothold::cli
