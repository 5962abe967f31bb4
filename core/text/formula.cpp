// SPDX-License-Identifier: GPL-3.0-or-later
// A recursive descent over LaTeX's and plain text's signs.
#include "text/formula.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "text/answer_extraction.h"
#include "text/formula_signs.h"

namespace foothold {
namespace {

using Kind = Formula::Kind;

Formula number(mpq_class value) {
    Formula f;
    f.number = std::move(value);
    return f;
}

Formula make(Kind kind, std::vector<Formula> parts, std::string name = {}) {
    Formula f;
    f.kind = kind;
    f.parts = std::move(parts);
    f.name = std::move(name);
    return f;
}

Formula negated(Formula f) {
    if (f.kind == Kind::number) {
        f.number = -f.number;
        return f;
    }
    return make(Kind::multiply, {number(-1), std::move(f)});
}

Formula inverse(Formula f) { return make(Kind::power, {std::move(f), number(-1)}); }

class Reader {
   public:
    Reader(std::vector<Sign> signs, int plus_minus) : signs_(std::move(signs)), plus_minus_(plus_minus) {}

    Formula whole() {
        take("=");  // "= 5", "\\approx 5"
        Formula f = items();
        if (!done()) fail("something is left over");
        return f;
    }

   private:
    [[noreturn]] static void fail(const char* why) { throw BadFormula(why); }
    bool done() const { return at_ >= signs_.size(); }
    const Sign& here() const {
        static const Sign end{Sign::Kind::end, {}, false};
        return done() ? end : signs_[at_];
    }
    bool is(std::string_view text) const { return !done() && here().kind != Sign::Kind::word && here().text == text; }
    bool is_word(std::string_view text) const { return here().kind == Sign::Kind::word && here().text == text; }
    bool take(std::string_view text) {
        if (!is(text)) return false;
        ++at_;
        return true;
    }
    void need(std::string_view text) {
        if (!take(text)) fail("a bracket does not close");
    }

    struct Deeper {
        explicit Deeper(int& depth) : depth_(depth) {
            if (++depth_ > 60) fail("nested too deep");
        }
        ~Deeper() { --depth_; }
        int& depth_;
    };

    /// a, b, c: a list if there are several.
    Formula items() {
        const Deeper deeper(depth_);
        std::vector<Formula> all{joined()};
        while (take(",") || take(";") || take("or") || take("and")) {
            if (done()) break;
            all.push_back(joined());
        }
        return all.size() == 1 ? std::move(all.front()) : make(Kind::list, std::move(all));
    }

    Formula joined() {
        std::vector<Formula> parts{relation()};
        while (take("cup")) parts.push_back(relation());
        return parts.size() == 1 ? std::move(parts.front()) : make(Kind::join, std::move(parts));
    }

    Formula relation() {
        Formula left = sum();
        static constexpr std::string_view signs[] = {"=", "<", "<=", ">", ">=", "!=", "in"};
        std::string name;
        std::vector<Formula> sides;
        while (true) {
            const auto found = std::find_if(std::begin(signs), std::end(signs), [this](std::string_view s) { return is(s); });
            if (found == std::end(signs)) break;
            ++at_;
            // A chain of equations comes down to its last side; 1 < x < 3 keeps its signs.
            if (sides.empty()) sides.push_back(std::move(left));
            name += (name.empty() ? "" : " ") + std::string(*found);
            sides.push_back(sum());
        }
        if (sides.empty()) return left;
        return make(Kind::relation, std::move(sides), std::move(name));
    }

    Formula sum() {
        const Deeper deeper(depth_);
        std::vector<Formula> parts;
        int sign = 1;
        while (is("+") || is("-") || is("pm")) {
            if (is("-")) sign = -sign;
            if (is("pm")) sign *= plus_minus_;
            ++at_;
        }
        parts.push_back(sign < 0 ? negated(product()) : product());
        while (is("+") || is("-") || is("pm")) {
            const int next = is("+") ? 1 : is("-") ? -1 : plus_minus_;
            ++at_;
            int own = next;
            while (is("+") || is("-")) {
                if (is("-")) own = -own;
                ++at_;
            }
            parts.push_back(own < 0 ? negated(product()) : product());
        }
        return parts.size() == 1 ? std::move(parts.front()) : make(Kind::add, std::move(parts));
    }

    bool starts_atom() const {
        if (done()) return false;
        const Sign& s = here();
        return s.kind == Sign::Kind::number || s.kind == Sign::Kind::word || s.kind == Sign::Kind::letter || s.text == "(" || s.text == "[" || s.text == "{" ||
               s.text == "set{" || (s.text == "|" && bars_ == 0) || s.text == "floor" || s.text == "ceil" || s.text == "infinity" || s.text == "empty" || s.text == "matrix";
    }

    Formula product() {
        std::vector<Formula> parts{factor()};
        while (true) {
            if (take("*")) {
                parts.push_back(factor());
            } else if (take("/")) {
                parts.push_back(inverse(factor()));
            } else if (starts_atom()) {
                const bool whole = parts.size() == 1 && parts[0].kind == Kind::number && !parts[0].decimal && parts[0].number.get_den() == 1;
                const bool plain = whole && is_plain_mixed_fraction(), mixed = plain || (whole && is_mixed_fraction());
                Formula next = factor();
                if (plain && take("/")) next = make(Kind::multiply, {std::move(next), inverse(factor())});
                if (mixed) parts[0] = make(Kind::add, {parts[0], std::move(next)});
                else parts.push_back(std::move(next));
            } else {
                break;
            }
            if (parts.size() > 200) fail("too long");
        }
        return parts.size() == 1 ? std::move(parts.front()) : make(Kind::multiply, std::move(parts));
    }

    /// 3 \frac{1}{2}: a fraction of whole numbers right after a whole number.
    bool is_mixed_fraction() const {
        const auto sign = [this](std::size_t i) -> const Sign& { return signs_[std::min(at_ + i, signs_.size() - 1)]; };
        return is_word("frac") && sign(1).text == "{" && sign(2).kind == Sign::Kind::number && sign(3).text == "}" && sign(4).text == "{" && sign(5).kind == Sign::Kind::number &&
               sign(6).text == "}";
    }

    /// 3 1/2, written with a blank.
    bool is_plain_mixed_fraction() const {
        return here().spaced && here().kind == Sign::Kind::number && at_ + 2 < signs_.size() && signs_[at_ + 1].text == "/" && signs_[at_ + 2].kind == Sign::Kind::number;
    }

    Formula factor() {
        const Deeper deeper(depth_);
        if (take("-")) return negated(factor());
        if (take("+")) return factor();
        if (take("pm")) return plus_minus_ < 0 ? negated(factor()) : factor();
        return powers(atom());
    }

    Formula powers(Formula base) {
        while (true) {
            if (take("!")) {
                base = make(Kind::function, {std::move(base)}, "factorial");
            } else if (take("%")) {
                base.percent = true;
            } else if (take("_")) {
                // The base of a numeral, or part of a name.
                const Formula index = group_or_atom();
                if (base.kind == Kind::symbol) base.name += "_" + (index.kind == Kind::number ? index.number.get_str() : index.name);
            } else if (take("'")) {
                base.name += "'";
            } else if (take("^")) {
                const Deeper deeper(depth_);
                Formula exponent = is("-") ? factor() : powers(group_or_atom());
                return make(Kind::power, {std::move(base), std::move(exponent)});
            } else {
                return base;
            }
        }
    }

    /// What follows ^, _ or a command: {...}, or a single digit, letter or command.
    Formula group_or_atom() {
        const Deeper deeper(depth_);
        if (take("{")) {
            Formula f = items();
            need("}");
            return f;
        }
        if (is("-")) return factor();
        return atom();
    }

    /// The argument of \frac and \sqrt: \frac12 means 1/2.
    Formula argument() {
        if (here().kind == Sign::Kind::number && here().text.size() > 1 && here().text.find('.') == std::string::npos) {
            Sign& sign = signs_[at_];
            Formula f = number(mpq_class(std::string(1, sign.text[0]), 10));
            sign.text.erase(0, 1);
            return f;
        }
        return group_or_atom();
    }

    Formula bracketed(std::string_view open) {
        std::vector<Formula> parts;
        const int bars = std::exchange(bars_, 0);
        Formula inner = items();
        bars_ = bars;
        const bool square_right = is("]");
        if (!square_right && !is(")")) fail("a bracket does not close");
        ++at_;
        const bool square_left = open == "[";
        if (inner.kind != Kind::list) {
            if (square_left != square_right) fail("a bracket does not close");
            return inner;
        }
        if (inner.parts.size() == 2 && (square_left || square_right)) {
            Formula f = make(Kind::interval, std::move(inner.parts));
            f.closed_left = square_left, f.closed_right = square_right;
            return f;
        }
        inner.kind = Kind::tuple;
        return inner;
    }

    Formula atom() {
        const Deeper deeper(depth_);
        const Sign sign = here();
        if (done()) fail("something is missing");
        ++at_;
        if (++count_ > 1000) fail("too long");
        switch (sign.kind) {
            case Sign::Kind::number: return numeral(sign);
            case Sign::Kind::letter: return make(Kind::symbol, {}, sign.text);
            case Sign::Kind::word: return word(sign.text);
            case Sign::Kind::end:
            case Sign::Kind::mark: break;
        }
        if (sign.text == "(" || sign.text == "[") return bracketed(sign.text);
        if (sign.text == "{") {
            Formula f = items();
            need("}");
            return f;
        }
        if (sign.text == "set{") {
            if (take("set}")) return make(Kind::set, {});
            Formula f = items();
            need("set}");
            if (f.kind != Kind::list) return make(Kind::set, {std::move(f)});
            f.kind = Kind::set;
            return f;
        }
        if (sign.text == "|") {
            ++bars_;
            Formula f = items();
            --bars_;
            need("|");
            return make(Kind::function, {std::move(f)}, "abs");
        }
        if (sign.text == "floor" || sign.text == "ceil") {
            Formula f = items();
            need(sign.text == "floor" ? "floor)" : "ceil)");
            return make(Kind::function, {std::move(f)}, sign.text);
        }
        if (sign.text == "infinity") return make(Kind::symbol, {}, "infinity");
        if (sign.text == "empty") return make(Kind::set, {});
        if (sign.text == "matrix") return matrix();
        fail("a sign that does not belong here");
    }

    static Formula numeral(const Sign& sign) {
        std::string digits = sign.text;
        const std::size_t point = digits.find('.');
        Formula f;
        if (point == std::string::npos) {
            f.number = mpq_class(digits, 10);  // Without the base a leading zero would mean octal.
            return f;
        }
        const std::size_t places = digits.size() - point - 1;
        digits.erase(point, 1);
        if (digits.empty()) fail("a point without digits");
        mpz_class power;
        mpz_ui_pow_ui(power.get_mpz_t(), 10, places);
        f.number = mpq_class(mpz_class(digits, 10), power);
        f.number.canonicalize();
        f.decimal = true;
        return f;
    }

    Formula matrix() {
        std::vector<Formula> rows(1, make(Kind::tuple, {}));
        while (!take("matrix)")) {
            if (done()) fail("a matrix does not end");
            if (take("&")) continue;
            if (take("row")) {
                if (!is("matrix)")) rows.push_back(make(Kind::tuple, {}));
                continue;
            }
            rows.back().parts.push_back(relation());
        }
        return make(Kind::matrix, std::move(rows));
    }

    Formula word(const std::string& name) {
        if (name == "frac") {
            Formula top = argument();
            return make(Kind::multiply, {std::move(top), inverse(argument())});
        }
        if (name == "binom") {
            Formula top = argument();
            return make(Kind::function, {std::move(top), argument()}, "binom");
        }
        if (name == "sqrt") {
            std::optional<Formula> degree;
            if (take("[")) {
                degree = items();
                need("]");
            }
            Formula inner = argument();
            return make(Kind::power, {std::move(inner), degree ? inverse(std::move(*degree)) : number(mpq_class(1, 2))});
        }
        static constexpr std::string_view functions[] = {"sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
                                                         "log", "ln", "exp", "max", "min", "gcd", "lcm", "abs"};
        if (std::find(std::begin(functions), std::end(functions), name) == std::end(functions)) return make(Kind::symbol, {}, name);  // \alpha, pi
        std::optional<Formula> base, exponent;
        if (name == "log" && take("_")) base = group_or_atom();
        if (take("^")) exponent = group_or_atom();
        if (name == "log" && take("_")) base = group_or_atom();
        // f(x) takes the brackets, f x takes the factors up to the next sign.
        std::vector<Formula> parts;
        if (is("(") || is("{")) {
            const bool round = is("(");
            ++at_;
            Formula inner = items();
            need(round ? ")" : "}");
            if (inner.kind == Kind::list) parts = std::move(inner.parts);
            else parts.push_back(std::move(inner));
        } else {
            std::vector<Formula> factors{factor()};
            while (here().kind == Sign::Kind::letter || here().kind == Sign::Kind::number || (here().kind == Sign::Kind::word && (is_word("pi") || is_word("frac")))) factors.push_back(factor());
            parts.push_back(factors.size() == 1 ? std::move(factors.front()) : make(Kind::multiply, std::move(factors)));
        }
        if (base) parts.push_back(std::move(*base));
        Formula f;
        if (exponent && exponent->kind == Kind::number && exponent->number == -1 && (name == "sin" || name == "cos" || name == "tan")) {
            return make(Kind::function, std::move(parts), "arc" + name);
        }
        f = make(Kind::function, std::move(parts), name);
        return exponent ? make(Kind::power, {std::move(f), std::move(*exponent)}) : f;
    }

    std::vector<Sign> signs_;
    int plus_minus_;
    std::size_t at_ = 0;
    int depth_ = 0, bars_ = 0, count_ = 0;
};

}  // namespace

Formula read_formula(std::string_view text) {
    if (text.size() > longest_answer) throw BadFormula("too long");
    const SignText read = read_signs(text);
    if (!read.words.empty()) {
        Formula f;
        f.kind = Kind::text;
        f.name = read.words;
        return f;
    }
    if (read.signs.empty()) throw BadFormula("empty");
    const bool both = std::any_of(read.signs.begin(), read.signs.end(), [](const Sign& s) { return s.kind == Sign::Kind::mark && s.text == "pm"; });
    Formula plus = Reader(read.signs, 1).whole();
    if (!both) return plus;
    Formula minus = Reader(read.signs, -1).whole();
    return make(Kind::list, {std::move(plus), std::move(minus)});
}

}  // namespace foothold
