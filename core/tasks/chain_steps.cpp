// SPDX-License-Identifier: GPL-3.0-or-later
// Reading, computing and writing chain steps.
#include "tasks/chain_steps.h"

#include <fmt/format.h>

#include <charconv>

#include "record/error.h"
#include "text/vocabulary.h"

namespace foothold {

ChainTier parse_chain_tier(const std::string& name) {
    ChainTier tier;
    const std::size_t colon = name.find(':');
    tier.operators = name.substr(0, colon);
    const bool operators_fine = !tier.operators.empty() && tier.operators.find_first_not_of("+-*") == std::string::npos;
    if (colon != std::string::npos) {
        const char* from = name.data() + colon + 1;
        const auto [end, error] = std::from_chars(from, name.data() + name.size(), tier.depth);
        if (error != std::errc() || end != name.data() + name.size()) tier.depth = 0;
    }
    if (!operators_fine || tier.depth < 1 || tier.depth > 64)
        throw UserError(fmt::format("chain has no tier \"{}\": write operators and depth (1 to 64), e.g. +:4, +-:6 or *:10", name));
    return tier;
}

std::string ChainLanguage::number(int value) { return fmt::format("n{}", value); }

std::optional<int> ChainLanguage::read_number(std::string_view word) const {
    int value = -1;
    if (word.size() < 2 || word[0] != 'n') return std::nullopt;
    const auto [end, error] = std::from_chars(word.data() + 1, word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || value < 0 || value >= modulus_) return std::nullopt;
    return value;
}

int ChainLanguage::apply(int x, char op, int y) const {
    const int raw = op == '+' ? x + y : op == '-' ? x - y + modulus_ : x * y;
    return raw % modulus_;
}

ChainStep ChainLanguage::step(int value, char op, int operand) const { return {value, operand, apply(value, op, operand), op}; }

std::string ChainLanguage::write(const ChainStep& step) {
    return fmt::format("{} {} {} = {} ;", number(step.left), step.op, number(step.right), number(step.result));
}

std::optional<ChainStep> ChainLanguage::read_step(std::span<const std::string_view> w) const {
    if (w.size() != step_words || w[1].size() != 1 || std::string_view("+-*").find(w[1][0]) == std::string_view::npos || w[3] != "=" || w[5] != ";") return std::nullopt;
    const auto left = read_number(w[0]), right = read_number(w[2]), result = read_number(w[4]);
    if (!left || !right || !result) return std::nullopt;
    return ChainStep{*left, *right, *result, w[1][0]};
}

ChainOperations ChainLanguage::read_prompt(std::string_view prompt) const {
    const auto w = split_words(prompt);
    ChainOperations out;
    out.start = w.empty() ? 0 : read_number(w[0]).value_or(0);
    for (std::size_t i = 1; i + 1 < w.size(); i += 2) out.list.emplace_back(w[i][0], read_number(w[i + 1]).value_or(0));
    return out;
}

std::vector<int> ChainLanguage::states(const ChainOperations& operations) const {
    std::vector<int> out = {operations.start};
    for (const auto& [op, operand] : operations.list) out.push_back(apply(out.back(), op, operand));
    return out;
}

bool ChainLanguage::idle(const ChainStep& step, const ChainProgress& at, const ChainOperations& operations) const {
    // A problem from a file may itself ask for + n0: then the step is work, not idleness.
    const auto turn = static_cast<std::size_t>(at.done);
    if (turn < operations.list.size() && operations.list[turn] == std::pair(step.op, step.right)) return false;
    return step.left == at.value && step.result == at.value && step.right == (step.op == '*' ? 1 : 0);
}

void ChainLanguage::advance(ChainProgress& at, const std::optional<ChainStep>& step, const ChainOperations& operations) const {
    if (step && idle(*step, at, operations)) return;
    ++at.done;
    if (step) at.value = step->result;
}

ChainProgress ChainLanguage::read(const ChainOperations& operations, std::span<const std::string> given) const {
    ChainProgress at{0, operations.start};
    for (const std::string& step : given) advance(at, read_step(split_words(step)), operations);
    return at;
}

}  // namespace foothold
