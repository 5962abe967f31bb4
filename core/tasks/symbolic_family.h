// SPDX-License-Identifier: GPL-3.0-or-later
// What families with a vocabulary of their own share: words, the end token, where hints stand.
#pragma once
#include <functional>
#include <utility>

#include "tasks/family.h"

namespace foothold {

/// A family whose prompts end in "?" and whose words are all its own. "<pad>", "<eos>", "|" and "?" are among them.
class SymbolicFamily : public Family {
   public:
    std::string name() const override { return name_; }
    const Vocabulary& tokenizer() const override { return vocabulary_; }
    std::int32_t end_token() const override { return end_; }
    Placement natural_placement() const override { return Placement::answer; }
    /// Hint at the start of the answer, or between the problem and its question mark: "… | hint ?".
    std::string context(const Problem& problem, std::string_view hint, Placement placement) const override;
    /// Beyond what every family refuses: words that are not in the vocabulary, the end token, `claim`, and the padding word.
    std::optional<std::string> refuse_trace(const Problem& problem, std::span<const std::string> steps) const override;

    /// Steps end in ";", the answer follows `claim`.
    WrittenTrace read_trace(std::string_view text) const override;

   protected:
    /// The reason to refuse steps of which one holds all words of the gold answer side by side and is not `work`; none if there is no such.
    static std::optional<std::string> refuse_stated_answer(const Problem& problem, std::span<const std::string> steps, const std::function<bool(const std::string&)>& work);
    /// claim: the word that begins (or is) the answer.
    SymbolicFamily(std::string name, std::vector<std::string> words, std::string claim);
    std::string name_;
    Vocabulary vocabulary_;
    std::int32_t end_;
    std::string claim_;
};

}  // namespace foothold
