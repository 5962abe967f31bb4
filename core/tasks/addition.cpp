// SPDX-License-Identifier: GPL-3.0-or-later
// Addition: two numbers of as many digits, added column by column from the right with a scratchpad of digits and carries (the form is that of Lee et al.
// 2023, arXiv 2307.03381). More digits than were learned are out of distribution.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "record/error.h"
#include "tasks/symbolic_family.h"

namespace foothold {
namespace {

constexpr int most_digits = 16;
constexpr std::size_t column_words = 7;

int read_digit(std::string_view word) { return word.size() == 1 && word[0] >= '0' && word[0] <= '9' ? word[0] - '0' : -1; }
int read_carry(std::string_view word) { return word.size() == 2 && word[0] == 'c' && (word[1] == '0' || word[1] == '1') ? word[1] - '0' : -1; }

/// "7 5 c1 = 3 c1 ;": digits 7 and 5 and a carry of 1 make 13, write 3, carry 1.
struct Column {
    int a = 0, b = 0, in = 0, digit = 0, out = 0;
    bool operator==(const Column&) const = default;
};

std::string write_column(const Column& c) { return fmt::format("{} {} c{} = {} c{} ;", c.a, c.b, c.in, c.digit, c.out); }
Column add(int a, int b, int in) { return {a, b, in, (a + b + in) % 10, (a + b + in) / 10}; }

std::optional<Column> read_column(std::span<const std::string_view> w) {
    if (w.size() != column_words || w[3] != "=" || w[6] != ";") return std::nullopt;
    const Column c{read_digit(w[0]), read_digit(w[1]), read_carry(w[2]), read_digit(w[4]), read_carry(w[5])};
    if (c.a < 0 || c.b < 0 || c.in < 0 || c.digit < 0 || c.out < 0) return std::nullopt;
    return c;
}
std::optional<Column> read_column(std::string_view text) { return read_column(split_words(text)); }

/// "c1 = c1 ;": the carry said once more.
std::string write_carry(int carry) { return fmt::format("c{0} = c{0} ;", carry); }

int parse_digits(const std::string& tier) {
    static constexpr std::string_view ending = "-digit";
    int digits = 0;
    const auto* end = tier.data() + tier.size();
    const auto [rest, error] = std::from_chars(tier.data(), end, digits);
    if (error != std::errc() || std::string_view(rest, static_cast<std::size_t>(end - rest)) != ending || digits < 1 || digits > most_digits)
        throw UserError(fmt::format("tier \"{}\" of addition: must be the number of digits, e.g. 3-digit (1 to {})", tier, most_digits));
    return digits;
}

/// Digits of the two numbers, the rightmost first.
struct Sum {
    std::vector<int> a, b;
};

Sum read_prompt(std::string_view prompt) {
    Sum sum;
    std::vector<int>* side = &sum.a;
    for (const std::string_view word : split_words(prompt)) {
        if (word == "+") side = &sum.b;
        else if (const int d = read_digit(word); d >= 0) side->push_back(d);
    }
    const std::size_t n = std::max(sum.a.size(), sum.b.size());  // A file's numbers may differ in length.
    for (auto* number : {&sum.a, &sum.b}) {
        std::reverse(number->begin(), number->end());
        number->resize(n, 0);
    }
    return sum;
}

/// Where a reader of columns is: digits written so far, the rightmost first (-1 = unreadable), and the carry.
struct Progress {
    const Sum& sum;
    std::vector<int> digits;
    int carry = 0;

    std::size_t done() const { return digits.size(); }
    std::optional<Column> next() const {
        if (done() >= sum.a.size()) return std::nullopt;
        return add(sum.a[done()], sum.b[done()], carry);
    }
    /// One written step, columns or the carry said once more, which changes nothing.
    void take(std::span<const std::string_view> words) {
        if (fmt::format("{}", fmt::join(words, " ")) == write_carry(carry)) return;
        const auto column = read_column(words);
        digits.push_back(column ? column->digit : -1);
        if (column) carry = column->out;
    }
    void take(const Column& column) {
        digits.push_back(column.digit);
        carry = column.out;
    }
};

Progress read_given(const Sum& sum, std::span<const std::string> given) {
    Progress at{sum, {}};
    for (const std::string& step : given) at.take(split_words(step));
    return at;
}

/// The number whose digits these are, the highest first; a carry in front if there is one.
std::string write_answer(std::vector<int> digits, int carry) {
    if (carry > 0) digits.push_back(carry);
    return fmt::format("{}", fmt::join(digits.rbegin(), digits.rend(), " "));
}

class Addition final : public SymbolicFamily {
   public:
    Addition() : SymbolicFamily("addition", words(), "#") {}
    std::vector<std::string> example_tiers() const override { return {"2-digit", "3-digit", "5-digit", "8-digit"}; }

    Alphabet alphabet() const override {
        Alphabet out;
        for (int d = 0; d < 10; ++d) out.numbers.push_back(std::to_string(d));
        out.filler = "|";
        out.separator = ";";
        out.kinds = {{"c0", "c1"}};
        return out;
    }

    /// No leading zeros.
    Problem make(const std::string& name, Random& random) const override {
        const int n = parse_digits(name);
        Problem p;
        p.family = name_;
        p.tier = name;
        for (int side = 0; side < 2; ++side) {
            for (int i = 0; i < n; ++i) p.prompt += fmt::format("{} ", random.between(i == 0 && n > 1 ? 1 : 0, 9));
            p.prompt += side == 0 ? "+ " : "?";
        }
        const Sum sum = read_prompt(p.prompt);
        Progress at{sum, {}};
        while (const auto column = at.next()) {
            p.steps.push_back(write_column(*column));
            at.take(*column);
        }
        p.answer = write_answer(at.digits, at.carry);
        return p;
    }

    int max_new_tokens(const Problem& problem, int given) const override {
        const int columns = static_cast<int>(problem.steps.size());
        return static_cast<int>(column_words) * std::max(0, columns - given) + columns + 4;
    }

    /// A slip of "+" writes a wrong digit; a slip of "c" a wrong carry, which goes on.
    std::string demonstrate(const Problem& problem, const Demonstrator& demonstrator, Random& random) const override {
        if (demonstrator.answer_only) return closing(problem);
        const auto slips = [&](const char* what) {
            const auto found = demonstrator.slips.find(what);
            return found != demonstrator.slips.end() && random.uniform() < found->second;
        };
        const Sum sum = read_prompt(problem.prompt);
        Progress at{sum, {}};
        std::string out;
        while (auto column = at.next()) {
            if (slips("+")) column->digit = (column->digit + random.between(1, 9)) % 10;
            if (slips("c")) column->out = 1 - column->out;
            out += write_column(*column) + " ";
            at.take(*column);
        }
        return out + "# " + write_answer(at.digits, at.carry);
    }

    Judgement judge(const Problem& problem, std::string_view hint, Placement placement, std::string_view completion, bool ended) const override {
        Judgement out;
        const std::size_t given = placement == Placement::answer ? split_words(hint).size() : 0;
        const std::string whole = given ? fmt::format("{} {}", hint, completion) : std::string(completion);
        const auto tokens = split_words(whole);
        const auto mark = static_cast<std::size_t>(std::find(tokens.begin(), tokens.end(), std::string_view("#")) - tokens.begin());
        const Sum sum = read_prompt(problem.prompt);
        Progress at{sum, {}};
        int place = 0;
        for (std::size_t from = 0, to; from < mark; from = to, ++place) {
            to = column_end(tokens, from, mark, given);
            const auto written = std::span(tokens).subspan(from, to - from);
            const auto column = read_column(written);
            if (to > given && out.first_wrong_step < 0 && !(column && at.next() == column)) out.first_wrong_step = place;
            if (to > given && !at.next()) continue;  // More columns than there are: wrong, and nothing to be read from them.
            at.take(written);
        }
        out.skipping = at.done() < sum.a.size();
        const auto answer = std::span(tokens).subspan(std::min(mark + 1, tokens.size()));
        if (!ended || answer.empty() || std::any_of(answer.begin(), answer.end(), [](std::string_view w) { return read_digit(w) < 0; })) {
            out.verdict = Verdict::unparseable;
            return out;
        }
        out.extracted = fmt::format("{}", fmt::join(answer, " "));
        out.verdict = out.extracted == problem.answer ? Verdict::correct : Verdict::wrong;
        if (out.verdict == Verdict::correct)
            out.soundness = out.first_wrong_step < 0 && !out.skipping && write_answer(at.digits, at.carry) == out.extracted ? Soundness::sound : Soundness::lucky;
        return out;
    }

    int steps_done(const Problem& problem, std::span<const std::string> given) const override {
        const Sum sum = read_prompt(problem.prompt);
        return static_cast<int>(read_given(sum, given).done());
    }

    std::vector<std::string> follow(const Problem& problem, std::span<const std::string> given) const override {
        const Sum sum = read_prompt(problem.prompt);
        Progress at = read_given(sum, given);
        std::vector<std::string> out;
        while (const auto column = at.next()) {
            out.push_back(write_column(*column));
            at.take(*column);
        }
        return out;
    }

    /// All digits written so far and the carry are the reference's: the answer needs both.
    bool state_holds(const Problem& problem, std::span<const std::string> given) const override {
        const Sum sum = read_prompt(problem.prompt);
        const Progress at = read_given(sum, given);
        if (at.done() > problem.steps.size()) return false;
        const Progress right = read_given(sum, std::span(problem.steps).first(at.done()));
        return at.digits == right.digits && at.carry == right.carry;
    }

    std::string fact(Random& random) const override {
        const int a = random.between(0, 9), b = random.between(0, 9);
        return write_column(add(a, b, random.between(0, 1)));
    }

    std::string idle_step(const Problem& problem, std::span<const std::string> given, Random&) const override {
        return write_carry(read_given(read_prompt(problem.prompt), given).carry);
    }

    /// Another digit, another carry or both.
    std::string misstate(const std::string& step, Random& random) const override {
        auto column = read_column(step);
        if (!column) return step;
        const int total = (column->digit + 10 * column->out + random.between(1, 19)) % 20;
        column->digit = total % 10;
        column->out = total / 10;
        return write_column(*column);
    }

    std::string reword(const std::string& step) const override {
        auto column = read_column(step);
        if (!column) return step;
        std::swap(column->a, column->b);
        return write_column(*column);
    }

    std::optional<std::string> refuse_trace(const Problem& problem, std::span<const std::string> steps) const override {
        if (auto reason = SymbolicFamily::refuse_trace(problem, steps)) return reason;
        return refuse_stated_answer(problem, steps, [](const std::string& step) { return read_column(step).has_value(); });
    }

   private:
    static std::vector<std::string> words() {
        std::vector<std::string> out = {"<pad>", "<eos>", "?", "|", "+", "=", ";", "#", "c0", "c1"};
        for (int d = 0; d < 10; ++d) out.push_back(std::to_string(d));
        return out;
    }

    /// Where the column that begins at `from` ends: after its ';'. Blotted out given columns (all '|' or all ';') end after seven words.
    static std::size_t column_end(const std::vector<std::string_view>& tokens, std::size_t from, std::size_t mark, std::size_t given) {
        const auto blank = [&](std::size_t i) { return i < std::min(given, mark) && (tokens[i] == "|" || tokens[i] == ";"); };
        std::size_t to = from;
        while (to < from + column_words && blank(to)) ++to;
        if (to > from) return to;
        while (to < mark && tokens[to] != ";") ++to;
        return std::min(to + 1, mark);
    }
};

}  // namespace

std::unique_ptr<Family> make_addition(const FamilyOptions&) { return std::make_unique<Addition>(); }

}  // namespace foothold
