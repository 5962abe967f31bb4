// SPDX-License-Identifier: GPL-3.0-or-later
// The register of families (a new one is one file and one line here), and what is the same for all of them.
#include "tasks/family.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "record/error.h"
#include "record/paths.h"

namespace foothold {
namespace {

struct Entry {
    std::string name;
    bool text;  ///< Speaks the model's language.
    std::function<std::unique_ptr<Family>(const FamilyOptions&)> make;
};

const std::vector<Entry>& entries() {
    static const std::vector<Entry> list = {
        {"chain", false, make_chain},
        {"countdown", false, make_countdown},
        {"doors", false, make_doors},
        {"graph-path", false, make_graph_path},
        {"maze", false, make_maze},
        {"addition", false, make_addition},
        {"words", true, make_words},
        {"text", true, make_text},
    };
    return list;
}

}  // namespace

std::string Family::tier_after(const std::string& tier, int given) const { return given <= 0 ? tier : std::string(); }

std::vector<std::string_view> Family::numbers_of(std::string_view step) const {
    const std::vector<std::string> numbers = alphabet().numbers;
    auto words = split_words(step);
    std::erase_if(words, [&](std::string_view word) { return std::find(numbers.begin(), numbers.end(), word) == numbers.end(); });
    return words;
}

std::string Family::any_number(std::string_view, Random& random) const {
    const std::vector<std::string> numbers = alphabet().numbers;
    return numbers[random.below(numbers.size())];
}

WrittenTrace Family::read_trace(std::string_view text) const {
    WrittenTrace read;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        if (end > at) read.steps.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return read;
}

Family::EncodedSolution Family::encode_solution(const Problem& problem) const {
    const std::string before = context(problem, {}, Placement::answer), whole = before + std::string(glue()) + solution(problem);
    return {tokenizer().encode(whole), tokenizer().encode_start(whole, before.size()).size()};
}

std::optional<std::string> Family::refuse_trace(const Problem&, std::span<const std::string> steps) const {
    if (steps.empty()) return "there are no steps: write at least one, or give no hint";
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (steps[i].find_first_not_of(" \t\r\n") == std::string::npos) return fmt::format("step {} is empty: write it or delete it", i + 1);
    return std::nullopt;
}

FamilyOptions family_options(const Experiment& experiment) {
    const auto& keys = experiment.problems;
    FamilyOptions options;
    options.width = static_cast<int>(keys.width);
    options.modulus = static_cast<int>(keys.modulus);
    options.answer_modulus = static_cast<int>(keys.answer_modulus);
    options.max_new_tokens = static_cast<int>(experiment.sampling.max_new_tokens);
    return options;
}

const std::vector<std::string>& family_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> out;
        for (const Entry& entry : entries()) out.push_back(entry.name);
        return out;
    }();
    return names;
}

std::unique_ptr<Family> make_family(const std::string& name, const FamilyOptions& options) {
    for (const Entry& entry : entries())
        if (entry.name == name) return entry.make(options);
    throw UserError(fmt::format("problems.family = \"{}\": no such family; known: {}", name, fmt::join(family_names(), ", ")));
}

bool is_text_family(const std::string& name) {
    return std::any_of(entries().begin(), entries().end(), [&](const Entry& entry) { return entry.text && entry.name == name; });
}

std::unique_ptr<Family> family_of(const Experiment& experiment, const std::filesystem::path& beside) {
    FamilyOptions options = family_options(experiment);
    if (is_text_family(experiment.problems.family)) {
        const auto model = find_file(experiment.model.path, beside);
        if (!has_model_text(model))
            throw UserError(fmt::format("problems.family = \"{}\" speaks its model's language, and model.path = \"{}\" has no tokenizer: name the folder or the GGUF file of a language model",
                                        experiment.problems.family, experiment.model.path));
        options.text = std::make_shared<ModelText>(read_model_text(model));
    }
    return make_family(experiment.problems.family, options);
}

}  // namespace foothold
