// SPDX-License-Identifier: GPL-3.0-or-later
// Sentences, lines, and what they give away.
#include "tasks/text_steps.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "text/answer_extraction.h"
#include "text/answer_judge.h"
#include "text/formula.h"

namespace foothold {
namespace {

constexpr auto npos = std::string_view::npos;

bool digit(char c) { return c >= '0' && c <= '9'; }
bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Follows how deep in LaTeX a reader is.
class Latex {
   public:
    /// Takes the sign at `at`; returns how many bytes it took.
    std::size_t take(std::string_view text, std::size_t at) {
        const std::string_view rest = text.substr(at);
        if (rest.starts_with("\\begin{")) return ++depth_, 7;
        if (rest.starts_with("\\end{")) return depth_ = std::max(0, depth_ - 1), 5;
        if (rest.starts_with("\\[") || rest.starts_with("\\(")) return ++depth_, 2;
        if (rest.starts_with("\\]") || rest.starts_with("\\)")) return depth_ = std::max(0, depth_ - 1), 2;
        if (rest[0] == '\\') return std::min<std::size_t>(2, rest.size());  // \$, \{ and any command's first letter.
        if (rest.starts_with("$$")) return dollars_ = !dollars_, 2;
        if (rest[0] == '$' && (dollars_ || opens(text, at))) dollars_ = !dollars_;
        if (rest[0] == '{') ++braces_;
        if (rest[0] == '}') braces_ = std::max(0, braces_ - 1);
        return 1;
    }
    bool inside() const { return dollars_ || depth_ > 0 || braces_ > 0; }

   private:
    /// Does a formula begin with this dollar? "$5" is money unless another dollar follows in the same line with something but words between.
    static bool opens(std::string_view text, std::size_t at) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::size_t close = text.find('$', at + 1);
        if (close == npos || close >= end) return false;
        const std::string_view inner = text.substr(at + 1, close - at - 1);
        if (inner.empty() || space(inner.front()) || space(inner.back())) return false;
        // Money: a number, then words.
        if (!digit(inner.front())) return true;
        int letters = 0;
        for (const char c : inner) {
            letters = std::isalpha(static_cast<unsigned char>(c)) ? letters + 1 : 0;
            if (letters >= 3 && inner.find('\\') == npos) return false;
        }
        return true;
    }
    bool dollars_ = false;
    int depth_ = 0, braces_ = 0;
};

/// Does the full stop at `at` end an abbreviation or an initial?
bool abbreviation(std::string_view text, std::size_t at) {
    std::size_t from = at;
    while (from > 0 && (std::isalpha(static_cast<unsigned char>(text[from - 1])) || text[from - 1] == '.')) --from;
    const std::string_view word = text.substr(from, at - from);
    static constexpr std::string_view known[] = {"Mr", "Mrs", "Ms", "Dr", "St", "Prof", "vs", "No", "Fig", "Eq", "e.g", "i.e", "etc", "approx", "ca", "cf", "p.m", "a.m"};
    if (std::find(std::begin(known), std::end(known), word) != std::end(known)) return true;
    return word.size() == 1 && std::isupper(static_cast<unsigned char>(word[0])) && from > 0 && text[from - 1] == ' ' && from > 1 && text[from - 2] != '=';
}

}  // namespace

std::vector<std::string> cut_into_steps(std::string_view text) {
    std::vector<std::string> out;
    std::size_t from = 0;
    Latex latex;
    const auto cut = [&](std::size_t to) {
        std::string_view part = text.substr(from, to - from);
        while (!part.empty() && space(part.front())) part.remove_prefix(1);
        std::string_view body = part;
        while (!body.empty() && space(body.back())) body.remove_suffix(1);
        if (!body.empty()) {
            std::string step(body);
            for (const char c : part.substr(body.size()))
                if (c == '\n') step += c;
            out.push_back(std::move(step));
        }
        from = to;
    };
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const std::size_t size = latex.take(text, at);
        const std::size_t next = at + size;
        if (!latex.inside() && size == 1) {
            if (c == '\n') {
                std::size_t to = next;
                while (to < text.size() && space(text[to])) ++to;
                std::size_t end = to;  // Line ends and blanks belong to the step, the next one's indentation does not.
                while (end > next && text[end - 1] != '\n') --end;
                cut(std::max(end, next));
                at = std::max(end, next);
                continue;
            }
            // "... $x = 6.$ Then" ends a sentence as well.
            const bool in_formula = c == '$' && at > 0 && text[at - 1] == '.';
            const bool stop = (c == '.' && !abbreviation(text, at)) || in_formula || c == '!' || c == '?';
            if (stop && next < text.size() && text[next] == ' ') {
                std::size_t to = next;
                while (to < text.size() && text[to] == ' ') ++to;
                // A sentence begins with a capital, a number, a formula or money; "3! x" goes on.
                if (to < text.size() && (std::isupper(static_cast<unsigned char>(text[to])) || digit(text[to]) || text[to] == '$' || text[to] == '\\' || text[to] == '*') && c != '!') cut(next);
                else if (c == '!' && to < text.size() && std::isupper(static_cast<unsigned char>(text[to])) && (at == 0 || !digit(text[at - 1]))) cut(next);
            }
        }
        at = next;
    }
    cut(text.size());
    return out;
}

std::string without_calculator_marks(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t open = text.find("<<");
        const std::size_t close = open == npos ? npos : text.find(">>", open);
        if (close == npos || text.substr(open, close - open).find('\n') != npos) {
            out += text.substr(0, open == npos ? text.size() : open + 2);
            text.remove_prefix(open == npos ? text.size() : open + 2);
            continue;
        }
        out += text.substr(0, open);
        text.remove_prefix(close + 2);
    }
    return out;
}

std::vector<NumberPlace> numbers_in(std::string_view text) {
    std::vector<NumberPlace> out;
    for (std::size_t at = 0; at < text.size();) {
        if (!digit(text[at])) {
            ++at;
            continue;
        }
        std::size_t to = at;
        bool point = false;
        while (to < text.size()) {
            const bool more = to + 1 < text.size() && digit(text[to + 1]);
            if (digit(text[to])) ++to;
            else if (text[to] == '.' && !point && more) point = true, ++to;
            else if (text[to] == ',' && !point && to + 3 < text.size() && digit(text[to + 1]) && digit(text[to + 2]) && digit(text[to + 3]) && (to + 4 == text.size() || !digit(text[to + 4]))) ++to;
            else break;
        }
        out.push_back({at, to - at});
        at = to;
    }
    return out;
}

bool states_answer(std::string_view step, std::string_view gold, std::string_view prompt) {
    if (answer_statement(step) != npos) return true;
    const auto number = [](std::string_view text) -> std::optional<mpq_class> {
        std::string digits(text);
        std::erase(digits, ',');
        if (digits.empty() || digits.size() > 40 || digits.find_first_not_of("0123456789.") != std::string::npos) return std::nullopt;
        try {
            return read_formula(digits).number;
        } catch (const BadFormula&) {
            return std::nullopt;
        }
    };
    std::string plain(gold);
    std::erase(plain, '$');
    std::erase(plain, '-');
    if (const auto value = number(plain)) {
        const auto holds = [&](std::string_view text, const NumberPlace& place) { return number(text.substr(place.at, place.size)) == value; };
        const auto asked = numbers_in(prompt), said = numbers_in(step);
        const bool in_prompt = std::any_of(asked.begin(), asked.end(), [&](const NumberPlace& p) { return holds(prompt, p); });
        for (std::size_t i = 0; i < said.size(); ++i) {
            if (!holds(step, said[i])) continue;
            if (!in_prompt || i + 1 == said.size()) return true;
            std::size_t before = said[i].at;
            while (before > 0 && (step[before - 1] == ' ' || step[before - 1] == '$')) --before;
            if (before > 0 && step[before - 1] == '=') return true;
        }
        return false;
    }
    // A formula or a word: it stands in the step as written, blanks apart.
    const std::string wanted = plain_words(gold), here = plain_words(step);
    if (wanted.size() >= 3 && plain_words(prompt).find(wanted) == std::string::npos) return here.find(wanted) != std::string::npos;
    return !wanted.empty() && (here.ends_with("=" + wanted) || here.find("=" + wanted + ".") != std::string::npos);
}

}  // namespace foothold
