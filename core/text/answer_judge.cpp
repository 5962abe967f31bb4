// SPDX-License-Identifier: GPL-3.0-or-later
// Comparing answers by what they are.
#include "text/answer_judge.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "text/answer_extraction.h"
#include "text/formula.h"
#include "text/formula_values.h"

namespace foothold {
namespace {

using Kind = Formula::Kind;

bool same(const Formula& a, const Formula& b);

/// Six places after the point: 0.333333 stands for 1/3.
bool close(const mpq_class& a, const mpq_class& b) { return abs(a - b) * 2000000 <= 1; }

/// +1 or -1 for infinity with its sign, 0 for anything else.
int infinite(const Formula& f) {
    if (f.kind == Kind::symbol && f.name == "infinity") return 1;
    if (f.kind == Kind::multiply && f.parts.size() == 2 && f.parts[0].kind == Kind::number && f.parts[0].number == -1) return -infinite(f.parts[1]);
    return 0;
}

bool same_value(const Formula& a, const Formula& b) {
    if (infinite(a) || infinite(b)) return infinite(a) == infinite(b);
    const bool rounded = has_decimal(a) || has_decimal(b);
    const auto left = exact_value(a), right = exact_value(b);
    if (left && right) return *left == *right || (rounded && close(*left, *right));
    const bool varies = has_variable(a) || has_variable(b);
    int agreed = 0;
    for (std::uint64_t point = 0; point < (varies ? 3u : 1u); ++point) {
        const auto x = value_at(a, point), y = value_at(b, point);
        if (!x && !y) continue;
        if (!x || !y) return false;
        const double size = std::max(std::abs(*x), std::abs(*y));
        if (std::abs(*x - *y) > (rounded ? std::max(6e-7, 1e-9 * size) : 1e-9 * size + 1e-13)) return false;
        ++agreed;
    }
    if (agreed == 0) return false;
    if (rounded) return true;
    for (std::uint64_t point = 0; point < (varies ? 2u : 1u); ++point)
        if (const auto exact = equal_to_30_digits(a, b, point); exact && !*exact) return false;
    return true;
}

/// Members in any order, each once.
bool same_members(const std::vector<Formula>& a, const std::vector<Formula>& b) {
    const auto within = [](const std::vector<Formula>& some, const std::vector<Formula>& all) {
        return std::all_of(some.begin(), some.end(), [&](const Formula& x) { return std::any_of(all.begin(), all.end(), [&](const Formula& y) { return same(x, y); }); });
    };
    if (a.size() > 40 || b.size() > 40) return false;
    return within(a, b) && within(b, a);
}

bool same_in_order(const std::vector<Formula>& a, const std::vector<Formula>& b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same);
}

std::vector<std::string> signs_of(const Formula& relation) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at <= relation.name.size();) {
        const std::size_t end = std::min(relation.name.find(' ', at), relation.name.size());
        out.push_back(relation.name.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

bool equations_only(const Formula& relation) {
    const auto signs = signs_of(relation);
    return std::all_of(signs.begin(), signs.end(), [](const std::string& s) { return s == "="; });
}

Formula difference(const Formula& a, const Formula& b) {
    Formula minus, out;
    minus.kind = Kind::multiply;
    minus.parts.resize(1);
    minus.parts[0].number = -1;
    minus.parts.push_back(b);
    out.kind = Kind::add;
    out.parts = {a, minus};
    return out;
}

/// l = r and m = s say the same if their differences are a constant multiple of each other; inequalities need the same direction.
bool same_relation(const Formula& a, const Formula& b) {
    const auto signs = signs_of(a), others = signs_of(b);
    if (signs.size() != others.size()) return false;
    if (signs.size() > 1) {
        if (signs == others && same_in_order(a.parts, b.parts)) return true;
        std::vector<Formula> back(b.parts.rbegin(), b.parts.rend());
        const auto turned = [](const std::string& s) { return s[0] == '<' ? ">" + s.substr(1) : s[0] == '>' ? "<" + s.substr(1) : s; };
        std::vector<std::string> turned_signs;
        for (auto s = others.rbegin(); s != others.rend(); ++s) turned_signs.push_back(turned(*s));
        return signs == turned_signs && same_in_order(a.parts, back);
    }
    const bool equation = signs[0] == "=" || signs[0] == "!=";
    if (equation ? signs[0] != others[0] : signs[0].substr(1) != others[0].substr(1)) return false;
    const Formula x = difference(a.parts[0], a.parts[1]), y = difference(b.parts[0], b.parts[1]);
    std::optional<std::complex<double>> ratio;
    for (std::uint64_t point = 0; point < 4; ++point) {
        const auto p = value_at(x, point), q = value_at(y, point);
        if (!p || !q || std::abs(*q) < 1e-12) return same_in_order(a.parts, b.parts) && signs == others;
        const auto here = *p / *q;
        if (ratio && std::abs(here - *ratio) > 1e-9 * std::abs(*ratio)) return false;
        ratio = here;
    }
    if (std::abs(*ratio) < 1e-12) return false;
    if (equation) return true;
    return (signs[0][0] == others[0][0]) == (ratio->real() > 0);
}

/// x < 3, 1 < x <= 2 as intervals; none for other relations.
std::optional<Formula> interval_of(const Formula& f) {
    const auto signs = signs_of(f);
    Formula end;
    end.kind = Kind::symbol;
    end.name = "infinity";
    Formula minus_end;
    minus_end.kind = Kind::multiply;
    minus_end.parts.resize(1);
    minus_end.parts[0].number = -1;
    minus_end.parts.push_back(end);
    Formula out;
    out.kind = Kind::interval;
    const auto inequality = [](const std::string& s) { return s[0] == '<' || s[0] == '>'; };
    if (!std::all_of(signs.begin(), signs.end(), inequality)) return std::nullopt;
    if (signs.size() == 1) {
        const bool left = f.parts[0].kind == Kind::symbol && !has_variable(f.parts[1]);
        if (!left && !(f.parts[1].kind == Kind::symbol && !has_variable(f.parts[0]))) return std::nullopt;
        const Formula& bound = f.parts[left ? 1 : 0];
        const bool below = (signs[0][0] == '<') == left, closed = signs[0].size() == 2;
        out.parts = below ? std::vector<Formula>{minus_end, bound} : std::vector<Formula>{bound, end};
        (below ? out.closed_right : out.closed_left) = closed;
        return out;
    }
    if (signs.size() != 2 || signs[0][0] != signs[1][0] || f.parts[1].kind != Kind::symbol) return std::nullopt;
    const bool up = signs[0][0] == '<';
    out.parts = {f.parts[up ? 0 : 2], f.parts[up ? 2 : 0]};
    out.closed_left = signs[up ? 0 : 1].size() == 2;
    out.closed_right = signs[up ? 1 : 0].size() == 2;
    return out;
}

/// What a relation says of its left side, where the other answer says no relation: x = 5 says 5, x in A says A.
const Formula* right_side(const Formula& f) {
    if (f.kind != Kind::relation) return nullptr;
    return equations_only(f) || f.name == "in" ? &f.parts.back() : nullptr;
}

bool same_intervals(const Formula& a, const Formula& b) {
    return a.closed_left == b.closed_left && a.closed_right == b.closed_right && same_in_order(a.parts, b.parts);
}

bool collection(const Formula& f) { return f.kind == Kind::list || f.kind == Kind::set; }

bool same(const Formula& a, const Formula& b) {
    if (a.kind == Kind::text || b.kind == Kind::text) return a.kind == b.kind && a.name == b.name;
    if (a.kind == Kind::relation && b.kind == Kind::relation) {
        if (same_relation(a, b)) return true;
        // y = 2x against f(x) = 2x: what they say is the same.
        const Formula *x = right_side(a), *y = right_side(b);
        return x && y && a.parts.size() == 2 && b.parts.size() == 2 && a.parts[0].kind == Kind::symbol && b.parts[0].kind == Kind::symbol && a.parts[0].name == b.parts[0].name && same(*x, *y);
    }
    if (a.kind == Kind::relation || b.kind == Kind::relation) {
        const bool first = a.kind == Kind::relation;
        const Formula &relation = first ? a : b, &other = first ? b : a;
        if (const Formula* side = right_side(relation)) return same(*side, other);
        const auto interval = interval_of(relation);
        if (!interval) return false;
        if (other.kind == Kind::interval) return same_intervals(*interval, other);
        return other.kind == Kind::tuple && other.parts.size() == 2 && !interval->closed_left && !interval->closed_right && same_in_order(interval->parts, other.parts);
    }
    if (collection(a) || collection(b)) {
        if (collection(a) && collection(b)) return same_members(a.parts, b.parts);
        const Formula &some = collection(a) ? a : b, &other = collection(a) ? b : a;
        if (other.kind == Kind::tuple) return some.kind == Kind::list && same_in_order(some.parts, other.parts);
        return some.parts.size() == 1 && same(some.parts[0], other);
    }
    if (a.kind == Kind::join || b.kind == Kind::join) return a.kind == b.kind && same_members(a.parts, b.parts);
    if (a.kind == Kind::interval || b.kind == Kind::interval) {
        if (a.kind == b.kind) return same_intervals(a, b);
        return false;
    }
    if (a.kind == Kind::tuple || b.kind == Kind::tuple) return a.kind == b.kind && same_in_order(a.parts, b.parts);
    if (a.kind == Kind::matrix || b.kind == Kind::matrix)
        return a.kind == b.kind && same_in_order(a.parts, b.parts);
    if (a.percent != b.percent) {
        Formula share = a.percent ? a : b;
        share.percent = false;
        Formula hundredth;
        hundredth.kind = Kind::multiply;
        hundredth.parts = {share, Formula{}};
        hundredth.parts[1].number = mpq_class(1, 100);
        const Formula& other = a.percent ? b : a;
        return same_value(share, other) || same_value(hundredth, other);
    }
    return same_value(a, b);
}

}  // namespace

Verdict compare_answers(std::string_view gold, std::string_view answer) {
    if (gold.size() > longest_answer || answer.size() > longest_answer) return Verdict::unparseable;
    try {
        const Formula right = read_formula(gold), given = read_formula(answer);
        exact_value(given);  // Refuses what is larger than any answer, also where the gold is of another kind.
        return same(right, given) || (right.kind == Kind::text && right.name == plain_words(answer)) || (given.kind == Kind::text && given.name == plain_words(gold)) ? Verdict::correct
                                                                                                                                                              : Verdict::wrong;
    } catch (const BadFormula&) {
        // What cannot be read may still be the same, sign for sign.
        return plain_words(gold) == plain_words(answer) && !plain_words(gold).empty() ? Verdict::correct : Verdict::unparseable;
    }
}

namespace {

/// Words around an answer, rather than a formula?
bool is_prose(const std::string& text) {
    try {
        return read_formula(text).kind == Kind::text;
    } catch (const BadFormula&) {
        return true;
    }
}

}  // namespace

AnswerVerdict judge_answer(std::string_view gold, std::string_view output, AnswerMark weakest) {
    AnswerVerdict out;
    auto found = find_answer(output);
    if (!found || found->mark > weakest) return out;
    out.verdict = compare_answers(gold, found->text);
    out.extracted = std::move(found->text);
    if (out.verdict == Verdict::correct || !is_prose(out.extracted) || is_prose(std::string(gold))) return out;
    // Words around a number: "The answer is that 5 apples are left". A short output that states nothing is taken for what it ends with, where
    // that counts at all.
    std::optional<std::string> number;
    if (found->mark == AnswerMark::stated) number = only_number(out.extracted);
    else if (found->mark == AnswerMark::whole && weakest == AnswerMark::number)
        if (auto last = last_result(out.extracted)) number = std::move(last->text);
    if (!number) return out;
    out.verdict = compare_answers(gold, *number);
    out.extracted = std::move(*number);
    return out;
}

}  // namespace foothold
