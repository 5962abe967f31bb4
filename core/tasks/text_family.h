// SPDX-License-Identifier: GPL-3.0-or-later
// Problems in plain text, asked and answered in the model's own language.
#pragma once
#include <memory>

#include "tasks/family.h"

namespace foothold {

/// A family whose texts are anything: the model's tokenizer, its chat template, answers judged by what they are (text/answer_judge.h). By
/// itself it has no problems of its own; they come from files (tasks/problem_file.h).
class TextFamily : public Family {
   public:
    TextFamily(std::string name, const FamilyOptions& options);
    std::string name() const override { return name_; }
    const Tokenizer& tokenizer() const override { return *language().tokenizer; }
    std::int32_t end_token() const override { return language().end_token; }
    bool fits(int tokens) const override { return tokens >= tokenizer().size(); }  ///< Models round their size up.
    Placement natural_placement() const override;  ///< In the prompt for chat models (GHPO), else at the start of the answer.
    std::vector<std::string> example_tiers() const override { return {}; }
    Alphabet alphabet() const override;
    Problem make(const std::string& tier, Random& random) const override;
    std::string tier_after(const std::string&, int) const override { return {}; }  ///< It cannot make problems that have what is left.
    /// Chat models: the problem as the user's turn, with the hint after it or at the start of the answer. Others: "Problem: ... Solution:".
    std::string context(const Problem& problem, std::string_view hint, Placement placement) const override;
    std::string solution(const Problem& problem) const override;
    std::vector<std::int32_t> encode_context(const Problem& problem, std::string_view hint, std::string_view rest, Placement placement) const override;
    int max_new_tokens(const Problem& problem, int given) const override;
    std::string demonstrate(const Problem& problem, const Demonstrator&, Random&) const override { return solution(problem); }
    Judgement judge(const Problem& problem, std::string_view hint, Placement placement, std::string_view completion, bool ended) const override;
    std::string closing(const Problem& problem) const override;

    std::vector<std::string> follow(const Problem& problem, std::span<const std::string> given) const override;
    int steps_done(const Problem& problem, std::span<const std::string> given) const override;
    bool state_holds(const Problem& problem, std::span<const std::string> given) const override;
    std::vector<std::string_view> numbers_of(std::string_view step) const override;
    std::string any_number(std::string_view like, Random& random) const override;  ///< As many digits, each at random.
    std::optional<std::string> unfit(std::string_view corruption) const override;
    std::string fact(Random& random) const override;
    std::string idle_step(const Problem& problem, std::span<const std::string> given, Random& random) const override;
    std::string misstate(const std::string& step, Random& random) const override;
    std::optional<std::string> refuse_trace(const Problem& problem, std::span<const std::string> steps) const override;

   protected:
    std::string_view glue() const override { return ""; }

   private:
    const ModelText& language() const;
    std::string name_;
    std::shared_ptr<const ModelText> text_;
    int max_new_tokens_;
};

}  // namespace foothold
