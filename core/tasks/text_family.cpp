// SPDX-License-Identifier: GPL-3.0-or-later
// Asking, hinting and judging in plain text.
#include "tasks/text_family.h"

#include <fmt/format.h>

#include <algorithm>

#include "record/error.h"
#include "tasks/text_steps.h"
#include "text/answer_judge.h"

namespace foothold {
namespace {

constexpr const char* instruction = "Reason step by step, and put your final answer within \\boxed{}.";
constexpr std::string_view idle = "So far nothing else has changed.";  // A step about nothing.
constexpr const char* hint_opening = "This is how a solution begins:";

}  // namespace

TextFamily::TextFamily(std::string name, const FamilyOptions& options) : name_(std::move(name)), text_(options.text), max_new_tokens_(options.max_new_tokens) {}

const ModelText& TextFamily::language() const {
    if (!text_) throw UserError(fmt::format("family {} speaks its model's language: name a model with a tokenizer (model.path)", name_));
    return *text_;
}

Placement TextFamily::natural_placement() const { return text_ && text_->chat.known() ? Placement::prompt : Placement::answer; }

Alphabet TextFamily::alphabet() const {
    Alphabet out;
    for (int i = 0; i <= 100; ++i) out.numbers.push_back(std::to_string(i));
    out.filler = "...";
    out.separator = ".";
    return out;
}

Problem TextFamily::make(const std::string&, Random&) const {
    throw UserError(fmt::format("family {} makes no problems of its own: name a file of problems (problems.file, or --problems)", name_));
}

std::string TextFamily::context(const Problem& problem, std::string_view hint, Placement placement) const {
    std::string question = problem.prompt;
    const bool chat = text_ && text_->chat.known();
    std::string trimmed(hint);
    while (!trimmed.empty() && trimmed.back() == '\n') trimmed.pop_back();
    if (placement == Placement::prompt && !trimmed.empty()) question += fmt::format("\n\n{}\n{}", hint_opening, trimmed);
    std::string out;
    if (chat) {
        const ChatTurn turn{Role::user, fmt::format("{}\n\n{}", question, instruction)};
        out = language().chat.render(std::span(&turn, 1), true);
    } else {
        out = fmt::format("Problem: {}\n\n{}\n\nSolution:\n", question, instruction);
    }
    if (placement == Placement::answer) out += hint;
    return out;
}

std::string TextFamily::closing(const Problem& problem) const {
    if (!problem.ending.empty()) return problem.ending;
    return fmt::format("The answer is \\boxed{{{}}}.", problem.answer);
}

std::string TextFamily::solution(const Problem& problem) const {
    std::vector<std::string> parts = problem.steps;
    parts.push_back(closing(problem));
    return join_words(parts);
}

std::vector<std::int32_t> TextFamily::encode_context(const Problem& problem, std::string_view hint, std::string_view rest, Placement placement) const {
    const std::string text = context(problem, hint, placement);
    if (placement == Placement::prompt || hint.empty()) return tokenizer().encode(text);
    std::string whole = text + std::string(rest);
    if (rest.empty()) whole += (hint.back() == '\n' ? "" : " ") + closing(problem);
    return tokenizer().encode_start(whole, text.size());
}

int TextFamily::max_new_tokens(const Problem& problem, int) const {
    if (max_new_tokens_ > 0) return max_new_tokens_;
    return std::min(1024, 3 * static_cast<int>(tokenizer().encode(solution(problem)).size()) + 64);
}

Judgement TextFamily::judge(const Problem& problem, std::string_view, Placement, std::string_view completion, bool) const {
    Judgement out;
    // The last number of a ramble is no answer: rewarding it would reward luck.
    AnswerVerdict verdict = judge_answer(problem.answer, completion, AnswerMark::whole);
    out.verdict = verdict.verdict;
    out.extracted = std::move(verdict.extracted);
    return out;
}

std::vector<std::string> TextFamily::follow(const Problem& problem, std::span<const std::string> given) const {
    const auto done = std::min(given.size(), problem.steps.size());
    return {problem.steps.begin() + static_cast<std::ptrdiff_t>(done), problem.steps.end()};
}

int TextFamily::steps_done(const Problem&, std::span<const std::string> given) const {
    return static_cast<int>(std::count_if(given.begin(), given.end(), [](const std::string& step) { return !step.starts_with(idle); }));
}

/// Nothing is known of the values in a text: the state holds where the steps given are the reference's first ones, in their order.
bool TextFamily::state_holds(const Problem& problem, std::span<const std::string> given) const {
    auto own = problem.steps.begin();
    return std::all_of(given.begin(), given.end(), [&](const std::string& step) { return step.starts_with(idle) || (own != problem.steps.end() && step == *own++); });
}

std::vector<std::string_view> TextFamily::numbers_of(std::string_view step) const {
    std::vector<std::string_view> out;
    for (const auto [at, size] : numbers_in(step)) out.push_back(step.substr(at, size));
    return out;
}

std::string TextFamily::any_number(std::string_view like, Random& random) const {
    std::string out(like);
    for (char& c : out)
        if (c >= '0' && c <= '9') c = static_cast<char>('0' + random.between(&c == out.data() && out.size() > 1 ? 1 : 0, 9));
    return out;
}

std::optional<std::string> TextFamily::unfit(std::string_view corruption) const {
    if (corruption == "error-propagated") return "the steps of a free text cannot be computed again after an error; \"error\" gives each its own wrong result";
    if (corruption == "paraphrase") return "no other wording of a free text is known";
    return std::nullopt;
}

std::string TextFamily::fact(Random& random) const {
    const int a = random.between(2, 9), b = random.between(2, 9);
    return fmt::format("A shelf with {} red and {} blue books holds {} + {} = {} books.", a, b, a, b, a + b);
}

std::string TextFamily::idle_step(const Problem&, std::span<const std::string>, Random&) const { return std::string(idle); }

std::string TextFamily::misstate(const std::string& step, Random& random) const {
    const auto places = numbers_in(step);
    if (places.empty()) return step;
    const auto [at, size] = places.back();
    std::string digits = step.substr(at, size);
    // The last digit moves, so that form and size stay.
    digits.back() = static_cast<char>('0' + (digits.back() - '0' + random.between(1, 9)) % 10);
    return step.substr(0, at) + digits + step.substr(at + size);
}

std::optional<std::string> TextFamily::refuse_trace(const Problem& problem, std::span<const std::string> steps) const {
    if (auto reason = Family::refuse_trace(problem, steps)) return reason;
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (states_answer(steps[i], problem.answer, problem.prompt)) return fmt::format("step {} states an answer; a hint may only hold the steps before it", i + 1);
    return std::nullopt;
}

std::unique_ptr<Family> make_text(const FamilyOptions& options) { return std::make_unique<TextFamily>("text", options); }

}  // namespace foothold
