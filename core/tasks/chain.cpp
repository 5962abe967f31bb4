// SPDX-License-Identifier: GPL-3.0-or-later
// Chain arithmetic: a start value and operations modulo m, worked off one after the other.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "record/error.h"
#include "tasks/family.h"

namespace foothold {
namespace {

struct Tier {
    std::string operators;
    int depth = 0;
};

/// One written step, "n3 * n2 = n6 ;".
struct Step {
    int left = 0, right = 0, result = 0;
    char op = '+';
};

class Chain final : public Family {
   public:
    explicit Chain(const FamilyOptions& options) : modulus_(options.modulus), width_(options.width), vocabulary_(words(options.modulus)) {
        if (modulus_ < 2 || modulus_ > 97) throw UserError(fmt::format("problems.modulus = {}: must be from 2 to 97", modulus_));
        if (width_ < 1 || width_ > 16) throw UserError(fmt::format("problems.width = {}: must be from 1 to 16", width_));
        end_ = vocabulary_.id("<eos>");
    }

    std::string name() const override { return "chain"; }
    const Vocabulary& vocabulary() const override { return vocabulary_; }
    std::int32_t end_token() const override { return end_; }
    Placement natural_placement() const override { return Placement::answer; }
    std::vector<std::string> example_tiers() const override { return {"+:4", "+-:6", "*:8", "*:10"}; }

    Alphabet alphabet() const override {
        Alphabet out;
        for (int i = 0; i < modulus_; ++i) out.numbers.push_back(number(i));
        out.filler = "|";
        return out;
    }

    Problem make(const std::string& name, Random& random) const override {
        const Tier tier = parse(name);
        Problem problem;
        problem.family = "chain";
        problem.tier = name;
        int value = random.between(1, modulus_ - 1);
        problem.prompt = number(value);
        std::vector<int> results;
        for (int i = 0; i < tier.depth; ++i) {
            const char op = tier.operators[random.below(tier.operators.size())];
            // Times one would be no work, so the smallest factor is 2 (if the modulus has it).
            const int operand = random.between(op == '*' && modulus_ > 2 ? 2 : 1, modulus_ - 1);
            const int result = apply(value, op, operand);
            problem.prompt += fmt::format(" {} {}", op, number(operand));
            problem.steps.push_back(fmt::format("{} {} {} = {} ;", number(value), op, number(operand), number(result)));
            results.push_back(result);
            value = result;
        }
        problem.prompt += " ?";
        problem.answer = checkpoints(results);
        return problem;
    }

    std::string context(const Problem& problem, std::string_view hint, Placement placement) const override {
        if (hint.empty()) return problem.prompt;
        if (placement == Placement::answer) return fmt::format("{} {}", problem.prompt, hint);
        return fmt::format("{}| {} ?", std::string_view(problem.prompt).substr(0, problem.prompt.size() - 1), hint);
    }

    int max_new_tokens(const Problem& problem, int given) const override {
        return 6 * (static_cast<int>(problem.steps.size()) - given) + width_ + 4;
    }

    std::string demonstrate(const Problem& problem, const Demonstrator& demonstrator, Random& random) const override {
        if (random.uniform() < demonstrator.skipping) {
            std::string out("#");
            for (int i = 0; i < width_; ++i) out += fmt::format(" {}", number(random.between(0, modulus_ - 1)));
            return out;
        }
        std::string out;
        const auto operations = read_prompt(problem.prompt);
        int value = operations.start;
        std::vector<int> results;
        for (const auto& [op, operand] : operations.list) {
            int result = apply(value, op, operand);
            const auto slip = demonstrator.slips.find(std::string(1, op));
            if (slip != demonstrator.slips.end() && random.uniform() < slip->second)
                result = demonstrator.systematic && op == '*' ? apply(value, '+', operand) : random.between(0, modulus_ - 1);
            out += fmt::format("{} {} {} = {} ; ", number(value), op, number(operand), number(result));
            results.push_back(result);
            value = result;
        }
        return out + "# " + checkpoints(results);
    }

    Judgement judge(const Problem& problem, std::string_view hint, Placement placement, std::string_view completion, bool ended) const override {
        Judgement out;
        const std::size_t given_words = placement == Placement::answer ? split_words(hint).size() : 0;
        std::string whole = given_words ? fmt::format("{} {}", hint, completion) : std::string(completion);
        const auto tokens = split_words(whole);

        // The steps: everything up to the answer mark, cut after each ';'. A step is the model's own if any of its words is.
        const auto mark = std::find(tokens.begin(), tokens.end(), std::string_view("#"));
        std::vector<std::optional<Step>> steps;
        std::vector<bool> own;
        for (auto at = tokens.begin(); at < mark;) {
            auto end = std::find(at, mark, std::string_view(";"));
            if (end != mark) ++end;
            steps.push_back(read_step(std::span(at, end)));
            own.push_back(static_cast<std::size_t>(end - tokens.begin()) > given_words);
            at = end;
        }
        const auto operations = read_prompt(problem.prompt);
        int own_steps = 0;
        bool follows = true;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (!own[i]) continue;
            ++own_steps;
            // The value before: the last written result, however wrong, or the start value.
            const std::optional<int> before = i == 0 ? std::optional(operations.start) : steps[i - 1] ? std::optional(steps[i - 1]->result) : std::nullopt;
            const auto& s = steps[i];
            const bool right = s && before && i < operations.list.size() && s->left == *before && s->op == operations.list[i].first &&
                               s->right == operations.list[i].second && s->result == apply(s->left, s->op, s->right);
            if (!right && follows) {
                follows = false;
                out.first_wrong_step = static_cast<int>(i);
            }
        }
        const int given_steps = static_cast<int>(steps.size()) - own_steps;
        const int left = static_cast<int>(problem.steps.size()) - given_steps;
        out.skipping = own_steps < left;

        // The answer: exactly `width` numbers after the only mark, then the end.
        const auto answer = mark == tokens.end() ? std::span<const std::string_view>{} : std::span(mark + 1, tokens.end());
        const bool well_formed = ended && static_cast<int>(answer.size()) == width_ &&
                                 std::all_of(answer.begin(), answer.end(), [&](std::string_view w) { return read_number(w).has_value(); });
        if (!well_formed) {
            out.verdict = Verdict::unparseable;
            return out;
        }
        out.extracted = fmt::format("{}", fmt::join(answer, " "));
        out.verdict = out.extracted == problem.answer ? Verdict::correct : Verdict::wrong;
        if (out.verdict == Verdict::correct) {
            std::vector<int> results;
            for (const auto& step : steps) results.push_back(step ? step->result : -1);
            const bool complete = steps.size() == operations.list.size() && std::find(results.begin(), results.end(), -1) == results.end();
            out.soundness = follows && complete && checkpoints(results) == out.extracted ? Soundness::sound : Soundness::lucky;
        }
        return out;
    }

   private:
    struct Operations {
        int start = 0;
        std::vector<std::pair<char, int>> list;
    };

    static std::vector<std::string> words(int modulus) {
        std::vector<std::string> out = {"<pad>", "<eos>", "=", ";", "#", "?", "|", "+", "-", "*"};
        for (int i = 0; i < modulus; ++i) out.push_back(number(i));
        return out;
    }
    static std::string number(int value) { return fmt::format("n{}", value); }

    std::optional<int> read_number(std::string_view word) const {
        int value = -1;
        if (word.size() < 2 || word[0] != 'n') return std::nullopt;
        const auto [end, error] = std::from_chars(word.data() + 1, word.data() + word.size(), value);
        if (error != std::errc() || end != word.data() + word.size() || value < 0 || value >= modulus_) return std::nullopt;
        return value;
    }

    int apply(int x, char op, int y) const {
        const int raw = op == '+' ? x + y : op == '-' ? x - y + modulus_ : x * y;
        return raw % modulus_;
    }

    std::optional<Step> read_step(std::span<const std::string_view> w) const {
        if (w.size() != 6 || w[1].size() != 1 || std::string_view("+-*").find(w[1][0]) == std::string_view::npos || w[3] != "=" || w[5] != ";") return std::nullopt;
        const auto left = read_number(w[0]), right = read_number(w[2]), result = read_number(w[4]);
        if (!left || !right || !result) return std::nullopt;
        return Step{*left, *right, *result, w[1][0]};
    }

    Operations read_prompt(std::string_view prompt) const {
        const auto w = split_words(prompt);
        Operations out;
        out.start = w.empty() ? 0 : read_number(w[0]).value_or(0);
        for (std::size_t i = 1; i + 1 < w.size(); i += 2) out.list.emplace_back(w[i][0], read_number(w[i + 1]).value_or(0));
        return out;
    }

    /// The results at steps ceil(d j / width), j = 1..width.
    std::string checkpoints(const std::vector<int>& results) const {
        std::string out;
        const int depth = static_cast<int>(results.size());
        for (int j = 1; j <= width_; ++j) {
            const int at = (depth * j + width_ - 1) / width_ - 1;
            if (j > 1) out += ' ';
            out += number(results[static_cast<std::size_t>(at)]);
        }
        return out;
    }

    static Tier parse(const std::string& name) {
        Tier tier;
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

    int modulus_, width_;
    Vocabulary vocabulary_;
    std::int32_t end_ = 0;
};

}  // namespace

std::unique_ptr<Family> make_chain(const FamilyOptions& options) { return std::make_unique<Chain>(options); }

}  // namespace foothold
