// SPDX-License-Identifier: GPL-3.0-or-later
// From an answer's text to signs.
#include "text/formula_signs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>

#include "text/formula.h"

namespace foothold {
namespace {

constexpr auto npos = std::string_view::npos;
using Kind = Sign::Kind;

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '~'; }

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
}

/// Unicode's signs in LaTeX, money, formula marks and spaces left out.
std::string simplified(std::string_view text) {
    std::string out(text);
    if (std::any_of(out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
        static constexpr std::pair<std::string_view, std::string_view> table[] = {
            {"−", "-"}, {"–", "-"}, {"—", "-"}, {"×", "*"}, {"⋅", "*"}, {"·", "*"}, {"∙", "*"}, {"÷", "/"}, {"∕", "/"}, {"π", "\\pi "}, {"∞", "\\infty "}, {"√", "sqrt"},
            {"≤", "\\le "}, {"≥", "\\ge "}, {"≠", "\\ne "}, {"≈", "="}, {"∪", "\\cup "}, {"∈", "\\in "}, {"∅", "\\emptyset "}, {"°", ""}, {"²", "^2"}, {"³", "^3"}, {"½", "\\frac{1}{2}"},
            {"⅓", "\\frac{1}{3}"}, {"¼", "\\frac{1}{4}"}, {"¾", "\\frac{3}{4}"}, {"’", "'"}, {"±", "\\pm "}, {"€", ""}, {"£", ""}, {"\u00a0", " "}, {"\u2009", " "}, {"\u202f", " "}, {"\u200b", ""}};
        for (const auto& [from, to] : table) replace_all(out, from, to);
    }
    static constexpr std::pair<std::string_view, std::string_view> latex[] = {
        {"\\$", ""}, {"$", ""}, {"\\(", ""}, {"\\)", ""}, {"\\[", ""}, {"\\]", ""}, {"{,}", ","}, {"\\!", ""}, {"\\,", " "}, {"\\;", " "}, {"\\:", " "}, {"**", "^"}, {"^{\\circ}", ""}, {"^\\circ", ""}};
    // "\\[" may be a row's end and a bracket; answers write rows with a blank or a line's end.
    for (const auto& [from, to] : latex)
        if (out.find(from) != std::string::npos) replace_all(out, from, to);
    return out;
}

const std::map<std::string_view, std::string_view>& marks_of_commands() {
    static const std::map<std::string_view, std::string_view> table = {
        {"cdot", "*"}, {"times", "*"}, {"ast", "*"}, {"div", "/"}, {"pm", "pm"}, {"mp", "pm"}, {"le", "<="}, {"leq", "<="}, {"leqslant", "<="}, {"ge", ">="}, {"geq", ">="}, {"geqslant", ">="},
        {"lt", "<"}, {"gt", ">"}, {"ne", "!="}, {"neq", "!="}, {"approx", "="}, {"equiv", "="}, {"in", "in"}, {"cup", "cup"}, {"infty", "infinity"}, {"emptyset", "empty"}, {"varnothing", "empty"},
        {"lfloor", "floor"}, {"rfloor", "floor)"}, {"lceil", "ceil"}, {"rceil", "ceil)"}, {"lvert", "|"}, {"rvert", "|"}, {"vert", "|"}, {"mid", "|"}, {"prime", "'"}, {"lbrace", "set{"}, {"rbrace", "set}"}};
    return table;
}

bool is_function(std::string_view name) {
    static constexpr std::string_view names[] = {"sqrt", "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log", "ln", "exp", "max", "min", "gcd", "lcm", "abs", "pi"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_greek(std::string_view name) {
    static constexpr std::string_view names[] = {"alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau",
                                                 "upsilon", "phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Sigma", "Phi", "Psi", "Omega", "ell"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool says_nothing(std::string_view command) {
    static constexpr std::string_view names[] = {"left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "displaystyle", "textstyle", "limits", "quad", "qquad", "degree", "circ", "boxed", "fbox", "space", "hspace"};
    return std::find(std::begin(names), std::end(names), command) != std::end(names);
}

bool is_text_command(std::string_view command) {
    static constexpr std::string_view names[] = {"text", "textbf", "textit", "textrm", "mbox", "mathrm", "mathbf", "mathit", "mathsf", "mathcal", "mathbb", "operatorname", "boldsymbol", "hbox"};
    return std::find(std::begin(names), std::end(names), command) != std::end(names);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && space(text.front())) text.remove_prefix(1);
    while (!text.empty() && space(text.back())) text.remove_suffix(1);
    return text;
}

class Lexer {
   public:
    explicit Lexer(std::string_view text) : text_(text) {}

    /// Fills `out`; false if the answer is words.
    bool run(std::vector<Sign>& out) {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (space(c)) {
                ++at_;
                spaced_ = true;
                continue;
            }
            if (!one(c, out)) return false;
            spaced_ = false;
            if (out.size() > 1500) throw BadFormula("too long");
        }
        return true;
    }

   private:
    void put(std::vector<Sign>& out, Kind kind, std::string_view text) {
        if (text == "(" || text == "[" || text == "set{") ++brackets_;
        if (text == ")" || text == "]" || text == "set}") --brackets_;
        out.push_back({kind, std::string(text), spaced_});
        if (kind != Kind::mark) unit_ = false;
    }

    bool one(char c, std::vector<Sign>& out) {
        if (digit(c) || (c == '.' && at_ + 1 < text_.size() && digit(text_[at_ + 1]))) {
            number(out);
            return true;
        }
        if (letter(c)) return letters(out);
        if (c == '\\') return command(out);
        if (static_cast<unsigned char>(c) >= 0x80) {
            if (has_number_) throw BadFormula("a sign that no formula has");
            return false;
        }
        ++at_;
        if (c == '^' && unit_) {  // cm^2
            skip_group();
            return true;
        }
        if (c == '/' && unit_ && at_ < text_.size() && (letter(text_[at_]) || text_[at_] == '\\')) return true;  // km/h
        static constexpr std::string_view pairs[] = {"<=", ">=", "!=", "=="};
        for (const std::string_view pair : pairs)
            if (text_.substr(at_ - 1, 2) == pair) {
                ++at_;
                put(out, Kind::mark, pair == "==" ? "=" : pair);
                return true;
            }
        if (c == '.' || c == '?' || c == '"' || c == '`') {
            if (trimmed(text_.substr(at_)).empty() || c == '"' || c == '`') return true;
            throw BadFormula("a full stop in a formula");
        }
        if (c == ':') put(out, Kind::mark, "/");
        else if (std::string_view("+-*/^_=<>(){}[]|,;!%'&").find(c) != npos) put(out, Kind::mark, std::string_view(&c, 1));
        else throw BadFormula("a sign that no formula has");
        return true;
    }

    void number(std::vector<Sign>& out) {
        std::string digits;
        bool point = false;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            const auto group = [&](std::size_t from) {  // Exactly three digits from `from` on.
                return from + 3 <= text_.size() && digit(text_[from]) && digit(text_[from + 1]) && digit(text_[from + 2]) && (from + 3 == text_.size() || !digit(text_[from + 3]));
            };
            if (digit(c)) digits += c;
            else if (c == '.' && !point && at_ + 1 < text_.size() && (digit(text_[at_ + 1]) || text_.substr(at_ + 1).starts_with("\\overline{"))) digits += c, point = true;
            else if (c == '.' && !point && !digits.empty() && (at_ + 1 == text_.size() || space(text_[at_ + 1])) && trimmed(text_.substr(at_ + 1)).empty()) break;
            else if (c == ',' && !point && brackets_ <= 0 && digits.size() >= 1 && group(at_ + 1) && (grouped_ || digits.size() <= 3)) grouped_ = true;
            else if (c == ' ' && !point && (grouped_ || digits.size() <= 3) && group(at_ + 1)) grouped_ = true;  // 12 345
            else break;
            ++at_;
            if (digits.size() > 400) throw BadFormula("too many digits");
        }
        grouped_ = false;
        if (text_.substr(at_).starts_with("\\overline{") && point) {
            const std::size_t close = text_.find('}', at_);
            const std::string period(text_.substr(at_ + 10, close == npos ? 0 : close - at_ - 10));
            if (!period.empty() && period.size() < 50 && std::all_of(period.begin(), period.end(), digit)) {
                at_ = close + 1;
                put(out, Kind::number, repeating(digits, period));
                has_number_ = true;
                return;
            }
        }
        if (at_ + 1 < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {  // 1.5e-3
            std::size_t from = at_ + 1;
            if (text_[from] == '-' || text_[from] == '+') ++from;
            if (from < text_.size() && digit(text_[from])) {
                std::size_t to = from;
                while (to < text_.size() && digit(text_[to])) ++to;
                put(out, Kind::number, digits);
                for (const std::string_view mark : {"*"}) put(out, Kind::mark, mark);
                put(out, Kind::number, "10");
                put(out, Kind::mark, "^");
                put(out, Kind::mark, "{");
                if (text_[at_ + 1] == '-') put(out, Kind::mark, "-");
                put(out, Kind::number, text_.substr(from, to - from));
                put(out, Kind::mark, "}");
                at_ = to;
                has_number_ = true;
                return;
            }
        }
        put(out, Kind::number, digits);
        has_number_ = true;
    }

    /// 0.1 with the period 6 is 1/6, as "1/6".
    static std::string repeating(const std::string& digits, const std::string& period) {
        const std::size_t point = digits.find('.');
        std::string plain = digits;
        plain.erase(point, 1);
        mpz_class scale, nines, head(plain, 10);
        mpz_ui_pow_ui(scale.get_mpz_t(), 10, digits.size() - point - 1);
        mpz_ui_pow_ui(nines.get_mpz_t(), 10, period.size());
        nines -= 1;
        mpq_class value(head * nines + mpz_class(period, 10), scale * nines);
        value.canonicalize();
        return value.get_str();
    }

    bool letters(std::vector<Sign>& out) {
        const std::size_t from = at_;
        while (at_ < text_.size() && letter(text_[at_])) ++at_;
        const std::string_view run = text_.substr(from, at_ - from);
        std::string lower(run);
        std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (lower == "or" || lower == "and") put(out, Kind::mark, lower);
        else if (lower == "infinity" || lower == "inf" || run == "oo") put(out, Kind::mark, "infinity");
        else if (run == "U" && !out.empty() && (out.back().text == ")" || out.back().text == "]")) put(out, Kind::mark, "cup");
        else if (is_function(lower)) {
            put(out, Kind::word, lower);
            if (lower == "sqrt" && at_ < text_.size() && digit(text_[at_])) {
                put(out, Kind::mark, "{");
                number(out);
                put(out, Kind::mark, "}");
            }
        } else if (run.size() >= 2 && has_number_ && (run.size() >= 3 || spaced_ || run == "cm" || run == "km" || run == "mm" || run == "kg")) {
            unit_ = true;  // 5 cm, 12 dollars per hour: the words say nothing about the number.
        } else if (run.size() >= 3) {
            return false;
        } else {
            for (const char c : run) put(out, Kind::letter, std::string_view(&c, 1));
        }
        return true;
    }

    std::string_view group() {
        while (at_ < text_.size() && space(text_[at_])) ++at_;
        if (at_ >= text_.size() || text_[at_] != '{') return {};
        int depth = 0;
        const std::size_t from = at_ + 1;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '{') ++depth;
            if (text_[at_] == '}' && --depth == 0) {
                ++at_;
                return text_.substr(from, at_ - 1 - from);
            }
        }
        throw BadFormula("a bracket does not close");
    }

    void skip_group() {
        if (at_ < text_.size() && text_[at_] == '{') group();
        else if (at_ < text_.size()) ++at_;
    }

    bool command(std::vector<Sign>& out) {
        ++at_;
        if (at_ >= text_.size()) throw BadFormula("a command without a name");
        const char c = text_[at_];
        if (!letter(c)) {
            ++at_;
            if (c == '{') put(out, Kind::mark, "set{");
            else if (c == '}') put(out, Kind::mark, "set}");
            else if (c == '%') put(out, Kind::mark, "%");
            else if (c == '|') put(out, Kind::mark, "|");
            else if (c == '\\') put(out, Kind::mark, "row");
            else if (!space(c) && c != '/' && c != '-' && c != '#' && c != '&') throw BadFormula("an unknown command");
            return true;
        }
        const std::size_t from = at_;
        while (at_ < text_.size() && letter(text_[at_])) ++at_;
        std::string_view name = text_.substr(from, at_ - from);
        if (name == "dfrac" || name == "tfrac" || name == "cfrac" || name == "frac") put(out, Kind::word, "frac");
        else if (name == "binom" || name == "dbinom" || name == "tbinom") put(out, Kind::word, "binom");
        else if (const auto mark = marks_of_commands().find(name); mark != marks_of_commands().end()) put(out, Kind::mark, mark->second);
        else if (is_function(name) || is_greek(name)) put(out, Kind::word, name);
        else if (name == "left" || name == "right") {
            if (at_ < text_.size() && text_[at_] == '.') ++at_;  // An invisible bracket.
        } else if (says_nothing(name)) {
        } else if (name == "begin" || name == "end") {
            const std::string_view kind = group();
            if (kind.find("matrix") == npos) throw BadFormula("an environment that no answer has");
            put(out, Kind::mark, name == "begin" ? "matrix" : "matrix)");
        } else if (is_text_command(name)) {
            return text(trimmed(group()), out);
        } else {
            throw BadFormula("an unknown command");
        }
        return true;
    }

    /// \text{...} and its kind.
    bool text(std::string_view inner, std::vector<Sign>& out) {
        if (inner.size() == 1 && letter(inner[0]) && (!out.empty() || !trimmed(text_.substr(at_)).empty()) && !has_number_) {
            put(out, Kind::letter, inner);
            return true;
        }
        if (is_function(inner)) {
            put(out, Kind::word, inner);
            return true;
        }
        if (inner == "or" || inner == "and") {
            put(out, Kind::mark, inner);
            return true;
        }
        const bool with_letters = std::any_of(inner.begin(), inner.end(), [](char c) { return letter(c) || static_cast<unsigned char>(c) >= 0x80; });
        if (with_letters && !has_number_) return false;
        if (with_letters) {
            unit_ = true;
            return true;
        }
        std::vector<Sign> own;
        Lexer lexer(inner);
        if (!lexer.run(own)) return false;
        has_number_ = has_number_ || lexer.has_number_;
        out.insert(out.end(), own.begin(), own.end());
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int brackets_ = 0;
    bool spaced_ = false, has_number_ = false, grouped_ = false;
    bool unit_ = false;  ///< The last thing read was a unit.
};

}  // namespace

SignText read_signs(std::string_view text) {
    const std::string simple = simplified(text);
    SignText out;
    if (!Lexer(simple).run(out.signs)) {
        out.signs.clear();
        out.words = plain_words(text);
        if (out.words.empty()) throw BadFormula("empty");
    }
    return out;
}

std::string plain_words(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\\') {
            // Commands that only dress the text.
            std::size_t end = at + 1;
            while (end < text.size() && letter(text[end])) ++end;
            if (is_text_command(text.substr(at + 1, end - at - 1))) at = end - 1;
            else if (end == at + 1) at = end;
            continue;
        }
        if (space(c) || std::string_view("{}$\"'`*").find(c) != npos) continue;
        out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    while (!out.empty() && std::string_view(".,;!:").find(out.back()) != npos) out.pop_back();
    if (out.size() > 2 && out.front() == '(' && out.back() == ')' && out.find('(', 1) == std::string::npos) out = out.substr(1, out.size() - 2);
    return out;
}

}  // namespace foothold
