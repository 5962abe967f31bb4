// SPDX-License-Identifier: GPL-3.0-or-later
// tokenize: a model's ids of texts, and back.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "jsonl.h"
#include "record/error.h"
#include "record/paths.h"
#include "text/model_text.h"
#include "verbs.h"

namespace foothold::cli {

void register_tokenize(CLI::App& app, int& exit_code) {
    auto model = std::make_shared<std::string>();
    CLI::App* verb = app.add_subcommand("tokenize", "A model's token ids of texts: JSON lines on standard input, one answer a line");
    verb->add_option("--model", *model, "A GGUF file, a directory in Hugging Face's layout, or a tokenizer.json")->required();
    verb->footer("A line: {\"text\":\"...\"}. Its answer: {\"ids\":[...],\"decoded\":\"...\"}. No token is added; special tokens spelled in the text\nbecome their ids.");
    verb->callback([model, &exit_code] {
        const auto path = find_file(*model);
        if (!std::filesystem::exists(path)) throw UserError(fmt::format("{}: no such file", *model));
        const auto tokenizer = read_model_tokenizer(path);
        exit_code = answer_lines(std::cin, std::cout, [&](const nlohmann::json& line) -> nlohmann::json {
            const auto ids = tokenizer->encode(line.at("text").get_ref<const std::string&>());
            return {{"ids", ids}, {"decoded", tokenizer->decode(ids)}};
        });
    });
}

}  // namespace foothold::cli
