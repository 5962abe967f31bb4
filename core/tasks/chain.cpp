// SPDX-License-Identifier: GPL-3.0-or-later
// Chain arithmetic: a start value and operations modulo m, worked off one after the other.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "record/error.h"
#include "tasks/chain_steps.h"
#include "tasks/symbolic_family.h"

namespace foothold {
namespace {

class Chain final : public SymbolicFamily {
   public:
    explicit Chain(const FamilyOptions& options) : SymbolicFamily("chain", words(options.modulus), "#"), language_(options.modulus), width_(options.width), answer_modulus_(options.answer_modulus > 0 ? options.answer_modulus : options.modulus) {
        if (options.modulus < 2 || options.modulus > 97) throw UserError(fmt::format("problems.modulus = {}: must be from 2 to 97", options.modulus));
        if (width_ < 1 || width_ > 16) throw UserError(fmt::format("problems.width = {}: must be from 1 to 16", width_));
        if (answer_modulus_ < 2 || answer_modulus_ > options.modulus) throw UserError(fmt::format("problems.answer_modulus = {}: must be 0, or from 2 to problems.modulus", options.answer_modulus));
    }

    std::vector<std::string> example_tiers() const override { return {"+:4", "+-:6", "*:8", "*:10"}; }

    Alphabet alphabet() const override {
        Alphabet out;
        for (int i = 0; i < language_.modulus(); ++i) out.numbers.push_back(number(i));
        out.filler = "|";
        out.separator = ";";
        return out;
    }

    Problem make(const std::string& name, Random& random) const override {
        const ChainTier tier = parse_chain_tier(name);
        Problem problem;
        problem.family = "chain";
        problem.tier = name;
        int value = random.between(1, language_.modulus() - 1);
        problem.prompt = number(value);
        std::vector<int> results;
        for (int i = 0; i < tier.depth; ++i) {
            const char op = tier.operators[random.below(tier.operators.size())];
            const ChainStep step = language_.step(value, op, operand(op, random));
            problem.prompt += fmt::format(" {} {}", op, number(step.right));
            problem.steps.push_back(ChainLanguage::write(step));
            results.push_back(step.result);
            value = step.result;
        }
        problem.prompt += " ?";
        problem.answer = checkpoints(results);
        return problem;
    }

    int max_new_tokens(const Problem& problem, int given) const override {
        return 6 * std::max(0, static_cast<int>(problem.steps.size()) - given) + width_ + 4;
    }

    std::string demonstrate(const Problem& problem, const Demonstrator& demonstrator, Random& random) const override {
        if (demonstrator.answer_only) return closing(problem);
        if (random.uniform() < demonstrator.skipping) {
            std::string out("#");
            for (int i = 0; i < width_; ++i) out += fmt::format(" {}", number(random.between(0, answer_modulus_ - 1)));
            return out;
        }
        std::string out;
        const ChainOperations operations = language_.read_prompt(problem.prompt);
        int value = operations.start;
        std::vector<int> results;
        for (std::size_t i = 0; i < operations.list.size(); ++i) {
            const auto& [op, operand] = operations.list[i];
            ChainStep step = language_.step(value, op, operand);
            if (demonstrator.leap > 0 && i + 1 < operations.list.size() && random.uniform() < demonstrator.leap) {
                // Two operations in one step: right, but the value between them is not written.
                const auto& [next, other] = operations.list[++i];
                const int result = language_.apply(step.result, next, other);
                out += fmt::format("{} {} {} {} {} = {} ; ", number(value), op, number(operand), next, number(other), number(result));
                results.push_back(step.result);
                results.push_back(result);
                value = result;
                continue;
            }
            const auto slip = demonstrator.slips.find(std::string(1, op));
            if (slip != demonstrator.slips.end() && random.uniform() < slip->second)
                step.result = demonstrator.systematic && op == '*' ? language_.apply(value, '+', operand) : random.between(0, language_.modulus() - 1);
            out += ChainLanguage::write(step) + ' ';
            results.push_back(step.result);
            value = step.result;
        }
        return out + "# " + checkpoints(results);
    }

    Judgement judge(const Problem& problem, std::string_view hint, Placement placement, std::string_view completion, bool ended) const override {
        Judgement out;
        const std::size_t given_words = placement == Placement::answer ? split_words(hint).size() : 0;
        std::string whole = given_words ? fmt::format("{} {}", hint, completion) : std::string(completion);
        const auto tokens = split_words(whole);

        // The steps: everything up to the answer mark. A step is the model's own if any of its words is. Given ones may be corrupted; own
        // ones must do the operation whose turn it is, from the value before: the last written result, however wrong, or the start value.
        const auto mark = static_cast<std::size_t>(std::find(tokens.begin(), tokens.end(), std::string_view("#")) - tokens.begin());
        const ChainOperations operations = language_.read_prompt(problem.prompt);
        ChainProgress at{0, operations.start};
        std::vector<std::optional<int>> results;  // Of the steps that take an operation's place.
        int own_steps = 0, left = static_cast<int>(problem.steps.size()), place = 0;
        bool follows = true, readable = true;
        for (std::size_t from = 0, to; from < mark; from = to, ++place) {
            to = step_end(tokens, from, mark, given_words);
            const auto step = language_.read_step(std::span(tokens).subspan(from, to - from));
            if (from < given_words && step && language_.idle(*step, at, operations)) continue;
            if (to > given_words) {
                ++own_steps;
                const auto turn = static_cast<std::size_t>(at.done);
                const bool right = step && readable && turn < operations.list.size() && step->left == at.value && step->op == operations.list[turn].first &&
                                   step->right == operations.list[turn].second && step->result == language_.apply(step->left, step->op, step->right);
                if (!right && follows) {
                    follows = false;
                    out.first_wrong_step = place;
                }
                readable = step.has_value();
            } else {
                --left;
            }
            language_.advance(at, step, operations);
            results.push_back(step ? std::optional(step->result) : std::nullopt);
        }
        out.skipping = own_steps < left;

        // The answer: exactly `width` numbers after the only mark, then the end.
        const auto answer = std::span(tokens).subspan(std::min(mark + 1, tokens.size()));
        const bool well_formed = ended && static_cast<int>(answer.size()) == width_ &&
                                 std::all_of(answer.begin(), answer.end(), [&](std::string_view w) { return language_.read_number(w).has_value(); });
        if (!well_formed) {
            out.verdict = Verdict::unparseable;
            return out;
        }
        out.extracted = fmt::format("{}", fmt::join(answer, " "));
        out.verdict = out.extracted == problem.answer ? Verdict::correct : Verdict::wrong;
        if (out.verdict == Verdict::correct) {
            std::vector<int> values;
            for (const auto& result : results) values.push_back(result.value_or(-1));
            const bool complete = values.size() == operations.list.size() && std::find(values.begin(), values.end(), -1) == values.end();
            out.soundness = follows && complete && checkpoints(values) == out.extracted ? Soundness::sound : Soundness::lucky;
        }
        return out;
    }

    int steps_done(const Problem& problem, std::span<const std::string> given) const override {
        return language_.read(language_.read_prompt(problem.prompt), given).done;
    }

    std::vector<std::string> follow(const Problem& problem, std::span<const std::string> given) const override {
        const ChainOperations operations = language_.read_prompt(problem.prompt);
        auto [done, value] = language_.read(operations, given);
        std::vector<std::string> out;
        for (auto i = static_cast<std::size_t>(done); i < operations.list.size(); ++i) {
            const ChainStep step = language_.step(value, operations.list[i].first, operations.list[i].second);
            out.push_back(ChainLanguage::write(step));
            value = step.result;
        }
        return out;
    }

    bool state_holds(const Problem& problem, std::span<const std::string> given) const override {
        const ChainOperations operations = language_.read_prompt(problem.prompt);
        const ChainProgress at = language_.read(operations, given);
        const auto done = static_cast<std::size_t>(at.done);
        return done <= operations.list.size() && language_.states(operations)[done] == at.value;
    }

    bool reveals(const Problem&, std::span<const std::string> given) const override {
        return std::ranges::any_of(given, [this](const std::string& step) { return language_.read_step(split_words(step)).has_value(); });
    }

    std::string fact(Random& random) const override {
        const char op = "+-*"[random.below(3)];
        const int value = random.between(0, language_.modulus() - 1);
        return ChainLanguage::write(language_.step(value, op, operand(op, random)));
    }

    /// Plus or minus n0, or times n1, with an operator of the problem.
    std::string idle_step(const Problem& problem, std::span<const std::string> given, Random& random) const override {
        const ChainOperations operations = language_.read_prompt(problem.prompt);
        const char op = operations.list.empty() ? '+' : operations.list[random.below(operations.list.size())].first;
        return ChainLanguage::write(language_.step(language_.read(operations, given).value, op, op == '*' ? 1 : 0));
    }

    std::string misstate(const std::string& text, Random& random) const override {
        auto step = language_.read_step(split_words(text));
        if (!step) return text;
        step->result = (language_.apply(step->left, step->op, step->right) + random.between(1, language_.modulus() - 1)) % language_.modulus();
        return ChainLanguage::write(*step);
    }

    /// x + y = r becomes y + x = r, and so with times; minus has no other form.
    std::string reword(const std::string& text) const override {
        auto step = language_.read_step(split_words(text));
        if (!step || step->op == '-') return text;
        std::swap(step->left, step->right);
        return ChainLanguage::write(*step);
    }

    std::string tier_after(const std::string& name, int given) const override {
        const ChainTier tier = parse_chain_tier(name);
        const int left = tier.depth - std::max(0, given);
        return left > 0 ? fmt::format("{}:{}", tier.operators, left) : std::string();
    }

    /// Beyond what symbolic families refuse: the gold answer stated outright. Stated means written down
    /// without being worked out: its numbers next to each other (width > 1), or one after the other in neighbouring steps that have no
    /// operator. The right trace, which works out every checkpoint in a step of its own, is fine.
    std::optional<std::string> refuse_trace(const Problem& problem, std::span<const std::string> steps) const override {
        if (auto reason = SymbolicFamily::refuse_trace(problem, steps)) return reason;
        const auto gold = split_words(problem.answer);
        const auto states_gold = [&](const std::vector<std::string_view>& numbers) {
            return !gold.empty() && std::search(numbers.begin(), numbers.end(), gold.begin(), gold.end()) != numbers.end();
        };
        std::vector<std::string_view> adjacent, unworked;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const auto words = split_words(steps[i]);
            const bool works = std::any_of(words.begin(), words.end(), [](std::string_view w) { return w == "+" || w == "-" || w == "*"; });
            if (works) unworked.clear();
            for (std::string_view word : words) {
                const bool number = language_.read_number(word).has_value();
                if (!number) adjacent.clear();
                if (number) adjacent.push_back(word);
                if (number && !works) unworked.push_back(word);
                if ((gold.size() > 1 && states_gold(adjacent)) || states_gold(unworked))
                    return fmt::format("step {} states the gold answer {} without working it out; a hint may only hold steps", i + 1, problem.answer);
            }
        }
        return std::nullopt;
    }

   private:
    static std::vector<std::string> words(int modulus) {
        std::vector<std::string> out = {"<pad>", "<eos>", "=", ";", "#", "?", "|", "+", "-", "*"};
        for (int i = 0; i < modulus; ++i) out.push_back(number(i));
        return out;
    }
    static std::string number(int value) { return ChainLanguage::number(value); }

    int operand(char op, Random& random) const {
        // Times one would be no work, so the smallest factor is 2 (if the modulus has it).
        return random.between(op == '*' && language_.modulus() > 2 ? 2 : 1, language_.modulus() - 1);
    }

    /// Where the step that begins at `from` ends: after its ';'. Where a given step was blotted out (all '|' or all ';') it has no end of its
    /// own: then each six given blank words are one step.
    static std::size_t step_end(const std::vector<std::string_view>& tokens, std::size_t from, std::size_t mark, std::size_t given_words) {
        const auto blank = [&](std::size_t i) { return i < std::min(given_words, mark) && (tokens[i] == "|" || tokens[i] == ";"); };
        std::size_t to = from;
        while (to < from + ChainLanguage::step_words && blank(to)) ++to;
        if (to > from) return to;
        while (to < mark && tokens[to] != ";") ++to;
        return std::min(to + 1, mark);
    }

    /// The results at steps ceil(d j / width), j = 1..width, modulo the answer's modulus.
    std::string checkpoints(const std::vector<int>& results) const {
        std::string out;
        const int depth = static_cast<int>(results.size());
        for (int j = 1; j <= width_; ++j) {
            const int at = (depth * j + width_ - 1) / width_ - 1;
            if (j > 1) out += ' ';
            out += number(results[static_cast<std::size_t>(at)] % answer_modulus_);
        }
        return out;
    }

    ChainLanguage language_;
    int width_, answer_modulus_;
};

}  // namespace

std::unique_ptr<Family> make_chain(const FamilyOptions& options) { return std::make_unique<Chain>(options); }

}  // namespace foothold
