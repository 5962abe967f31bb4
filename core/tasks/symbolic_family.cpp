// SPDX-License-Identifier: GPL-3.0-or-later
// What families with a vocabulary of their own share.
#include "tasks/symbolic_family.h"

#include <fmt/format.h>

#include <algorithm>

namespace foothold {

SymbolicFamily::SymbolicFamily(std::string name, std::vector<std::string> words, std::string claim)
    : name_(std::move(name)), vocabulary_(std::move(words)), end_(vocabulary_.id("<eos>")), claim_(std::move(claim)) {}

std::string SymbolicFamily::context(const Problem& problem, std::string_view hint, Placement placement) const {
    if (hint.empty()) return problem.prompt;
    if (placement == Placement::answer) return fmt::format("{} {}", problem.prompt, hint);
    return fmt::format("{}| {} ?", std::string_view(problem.prompt).substr(0, problem.prompt.size() - 1), hint);
}

std::optional<std::string> SymbolicFamily::refuse_trace(const Problem& problem, std::span<const std::string> steps) const {
    if (auto reason = Family::refuse_trace(problem, steps)) return reason;
    for (std::size_t i = 0; i < steps.size(); ++i)
        for (const std::string_view word : split_words(steps[i])) {
            if (word == "<eos>") return fmt::format("step {}: {} ends the answer, so nothing could follow it; leave it out", i + 1, word);
            if (!vocabulary_.find(word)) {
                const std::string example = problem.steps.empty() ? "" : fmt::format("; write words with blanks between, as in: {}", problem.steps.front());
                return fmt::format("step {}: \"{}\" is not a word of the model's vocabulary{}", i + 1, word, example);
            }
            if (word == claim_) return fmt::format("step {}: {} is the mark before the answer; a hint may only hold steps", i + 1, claim_);
            if (word == "<pad>") return fmt::format("step {}: <pad> only fills up batches; leave it out", i + 1);
        }
    return std::nullopt;
}

WrittenTrace SymbolicFamily::read_trace(std::string_view text) const {
    WrittenTrace read;
    std::vector<std::string> step;
    const auto finish = [&] {
        if (!step.empty()) read.steps.push_back(join_words(step));
        step.clear();
    };
    const auto words = split_words(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == claim_) {
            finish();
            for (const std::string_view word : std::span(words).subspan(i + 1))
                if (word != "<eos>") step.emplace_back(word);
            read.answer = join_words(step);
            return read;
        }
        if (words[i] == ";") finish();
        else if (words[i] != "<eos>") step.emplace_back(words[i]);
    }
    finish();
    return read;
}

std::optional<std::string> SymbolicFamily::refuse_stated_answer(const Problem& problem, std::span<const std::string> steps, const std::function<bool(const std::string&)>& work) {
    const auto gold = split_words(problem.answer);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto words = split_words(steps[i]);
        if (!gold.empty() && !work(steps[i]) && std::search(words.begin(), words.end(), gold.begin(), gold.end()) != words.end())
            return fmt::format("step {} states the gold answer {} without working it out; a hint may only hold steps", i + 1, problem.answer);
    }
    return std::nullopt;
}

}  // namespace foothold
