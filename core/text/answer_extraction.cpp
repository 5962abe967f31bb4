// SPDX-License-Identifier: GPL-3.0-or-later
// Searching an output for its answer.
#include "text/answer_extraction.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace foothold {
namespace {

constexpr auto npos = std::string_view::npos;

std::string_view trimmed(std::string_view text) {
    const std::size_t from = text.find_first_not_of(" \t\r\n");
    if (from == npos) return {};
    return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

bool digit(char c) { return c >= '0' && c <= '9'; }

/// What stands in the braces that open at `open`; none if they do not close within the longest answer.
std::optional<std::string_view> in_braces(std::string_view text, std::size_t open) {
    int depth = 0;
    const std::size_t end = std::min(text.size(), open + longest_answer + 2);
    for (std::size_t at = open; at < end; ++at) {
        if (text[at] == '\\') ++at;
        else if (text[at] == '{') ++depth;
        else if (text[at] == '}' && --depth == 0) return text.substr(open + 1, at - open - 1);
    }
    return std::nullopt;
}

std::optional<std::string_view> last_box(std::string_view text) {
    // An output of nothing but open boxes must not cost more than a few looks.
    std::size_t at = text.size();
    for (int looks = 0; looks < 64 && at != npos && at > 0; ++looks) {
        at = text.rfind("boxed", at - 1);
        if (at == npos) break;
        if (at == 0 || (text[at - 1] != '\\' && text[at - 1] != 'f')) continue;
        const std::size_t open = text.find_first_not_of(" \t", at + 5);
        if (open == npos) continue;
        if (text[open] != '{') {
            // \boxed 5: what stands before the next blank or dollar.
            const std::size_t end = std::min(text.find_first_of(" \n$.", open), text.size());
            if (text[at + 5] == ' ' && end > open && end - open < 100) return text.substr(open, end - open);
            continue;
        }
        if (const auto inner = in_braces(text, open); inner && !trimmed(*inner).empty()) return inner;
    }
    return std::nullopt;
}

/// Takes what may stand between two parts of one answer off the start (or the end): blanks, dollars, commas, "and", "or". True if there was a
/// comma or a word among it.
bool take_joint(std::string_view& text, bool at_start) {
    constexpr std::string_view words[] = {"\\text{ and }", "\\text{and}", "\\text{ or }", "\\text{or}", "and", "or", ","};
    constexpr std::string_view blanks[] = {" ", "\t", "\n", "$", "\\)", "\\(", "\\quad", "\\,"};
    bool joined = false;
    const auto take = [&](std::string_view part) {
        if (at_start ? !text.starts_with(part) : !text.ends_with(part)) return false;
        at_start ? text.remove_prefix(part.size()) : text.remove_suffix(part.size());
        return true;
    };
    for (bool more = true; more;) {
        more = std::any_of(std::begin(blanks), std::end(blanks), take);
        if (std::any_of(std::begin(words), std::end(words), take)) more = joined = true;
    }
    return joined;
}

/// The last box, with those right before it that belong to the same answer: "\boxed{2} and \boxed{3}" says both, whatever a hedge hopes for.
std::optional<std::string> last_boxes(std::string_view text) {
    const auto last = last_box(text);
    if (!last) return std::nullopt;
    std::string out(*last);
    std::string_view box = *last;
    for (int boxes = 1; boxes < 16; ++boxes) {
        const std::size_t inside = static_cast<std::size_t>(box.data() - text.data()), mark = text.substr(0, inside).rfind("boxed");
        if (mark == npos || mark == 0) break;
        std::string_view before = text.substr(0, mark - 1);
        if (!take_joint(before, false) || !before.ends_with('}')) break;
        const auto other = last_box(before);
        if (!other || other->data() + other->size() + 1 != before.data() + before.size()) break;
        out = std::string(*other) + ", " + out;
        box = *other;
    }
    return out;
}

/// Phrases after which an answer stands, without capitals.
constexpr std::array<std::string_view, 6> phrases = {"answer is", "answer:", "answer to the problem is", "answer to this problem is", "answer to the question is", "answer equals"};

/// Does one of the phrases begin at `at`? The byte after it, else npos.
std::size_t phrase_end(std::string_view text, std::size_t at) {
    for (const std::string_view phrase : phrases) {
        if (text.size() - at < phrase.size()) continue;
        if (std::equal(phrase.begin(), phrase.end(), text.begin() + static_cast<std::ptrdiff_t>(at), [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); }))
            return at + phrase.size();
    }
    return npos;
}

/// A sentence's end from `from` on: a line's end, or a full stop that is not part of a number.
std::size_t statement_end(std::string_view text, std::size_t from) {
    bool formula = false;
    for (std::size_t at = from; at < text.size(); ++at) {
        if (text[at] == '$') formula = !formula;
        if (text[at] == '\n' && trimmed(text.substr(from, at - from)).size() > 1) return at;
        if (text[at] == '.' && !formula && (at + 1 == text.size() || !digit(text[at + 1]))) return at;
        if (at - from > longest_answer) return at;
    }
    return text.size();
}

/// The first formula between dollars, \( \) or \[ \]; `rest`, if given, becomes what stands after it.
std::optional<std::string_view> first_formula(std::string_view text, std::string_view* rest = nullptr) {
    constexpr std::string_view pairs[][2] = {{"$$", "$$"}, {"$", "$"}, {"\\(", "\\)"}, {"\\[", "\\]"}};
    std::size_t best = npos;
    std::optional<std::string_view> out;
    for (const auto& [open, close] : pairs) {
        std::size_t from = text.find(open);
        if (from == npos || from >= best) continue;
        if (open == "$" && from > 0 && text[from - 1] == '\\') continue;  // \$5 is money.
        std::size_t end = text.find(close, from + open.size());
        while (open == "$" && end != npos && text[end - 1] == '\\') end = text.find(close, end + 1);
        if (end == npos) continue;
        const auto inner = text.substr(from + open.size(), end - from - open.size());
        if (trimmed(inner).empty()) continue;
        best = from, out = inner;
        if (rest) *rest = text.substr(end + close.size());
    }
    return out;
}

std::optional<std::string_view> last_formula(std::string_view text) {
    if (text.size() > 2 * longest_answer) text.remove_prefix(text.size() - 2 * longest_answer);
    std::optional<std::string_view> out;
    for (const std::string_view mark : {"$", "\\)", "\\]"}) {
        const std::size_t end = text.rfind(mark);
        if (end == npos || end == 0) continue;
        const std::string_view open = mark == "$" ? "$" : mark == "\\)" ? "\\(" : "\\[";
        std::size_t last = end;
        while (mark == "$" && last > 0 && text[last - 1] == '$') --last;  // $$ ... $$
        if (last == 0) continue;
        const std::size_t from = text.rfind(open, last - 1);
        if (from == npos) continue;
        const auto inner = text.substr(from + open.size(), last - from - open.size());
        if (trimmed(inner).empty() || inner.find('\n') != npos) continue;
        if (!out || inner.data() > out->data()) out = inner;
    }
    return out;
}

std::optional<std::string_view> last_number(std::string_view text) {
    std::size_t end = text.find_last_of("0123456789");
    if (end == npos) return std::nullopt;
    std::size_t from = end;
    const auto part = [&](std::size_t i) { return digit(text[i]) || ((text[i] == '.' || text[i] == ',' || text[i] == '/') && i > 0 && digit(text[i - 1])); };
    while (from > 0 && end - from < 100 && part(from - 1)) --from;
    if (end - from >= 100) return std::nullopt;
    if (from > 0 && text[from - 1] == '-' && (from == 1 || !std::isalnum(static_cast<unsigned char>(text[from - 2])))) --from;
    if (end + 1 < text.size() && text[end + 1] == '%') ++end;
    return text.substr(from, end - from + 1);
}

/// What an answer's sentence says: the formula in it (or formulas: "$2$ and $3$"), else the words themselves.
std::string said(std::string_view sentence) {
    sentence = trimmed(sentence);
    while (!sentence.empty() && (sentence.front() == ':' || sentence.front() == '*' || sentence.front() == ' ')) sentence.remove_prefix(1);
    while (!sentence.empty() && (sentence.back() == '*' || sentence.back() == '.' || sentence.back() == '!' || sentence.back() == ' ')) sentence.remove_suffix(1);
    std::string_view rest;
    if (const auto formula = first_formula(sentence, &rest)) {
        std::string out(*formula);
        while (take_joint(rest, true)) {
            // Its opening dollar went with the joint.
            const std::string reopened = "$" + std::string(rest);
            std::string_view after;
            const auto next = first_formula(reopened, &after);
            if (!next || next->data() != reopened.data() + 1) break;
            out += ", " + std::string(*next);
            rest.remove_prefix(rest.size() - after.size());
        }
        return out;
    }
    return std::string(sentence);
}

}  // namespace

std::optional<FoundAnswer> find_answer(std::string_view output) {
    if (output.size() > longest_output) return std::nullopt;
    if (const std::size_t thought = output.rfind("</think>"); thought != npos) output.remove_prefix(thought + 8);
    else if (output.substr(0, 64).find("<think>") != npos) return std::nullopt;
    const auto found = [](std::string_view text, AnswerMark mark) -> std::optional<FoundAnswer> {
        text = trimmed(text);
        if (text.empty() || text.size() > longest_answer) return std::nullopt;
        return FoundAnswer{std::string(text), mark};
    };
    if (const auto boxes = last_boxes(output)) return found(*boxes, AnswerMark::box);
    if (const std::size_t hashes = output.rfind("####"); hashes != npos) {
        const auto line = trimmed(output.substr(hashes + 4, longest_answer + 2));
        if (const auto marked = found(said(line.substr(0, line.find('\n'))), AnswerMark::hashes)) return marked;
    }
    // Phrases are looked for near the end only: an answer stands there, and an output may be of any size.
    const std::size_t window = output.size() > 20000 ? output.size() - 20000 : 0;
    for (std::size_t at = output.size(); at > window;) {
        --at;
        if ((output[at] | 0x20) != 'a') continue;
        const std::size_t after = phrase_end(output, at);
        if (after == npos) continue;
        const auto stated = found(said(output.substr(after, statement_end(output, after) - after)), AnswerMark::stated);
        if (stated) return stated;
    }
    const auto all = trimmed(output);
    if (all.size() <= 200 && all.find('\n') == npos && std::count(all.begin(), all.end(), ' ') <= 24 && all.find(". ") == npos) return found(said(all), AnswerMark::whole);
    return last_result(output);
}

std::optional<FoundAnswer> last_result(std::string_view text) {
    if (const auto formula = last_formula(text)) return FoundAnswer{std::string(trimmed(*formula)), AnswerMark::formula};
    if (const auto number = last_number(text)) return FoundAnswer{std::string(*number), AnswerMark::number};
    return std::nullopt;
}

std::optional<std::string> only_number(std::string_view text) {
    const auto number = last_number(text);
    if (!number || text.find(" not ") != npos) return std::nullopt;
    const std::size_t from = static_cast<std::size_t>(number->data() - text.data());
    return text.find_first_of("0123456789") < from ? std::nullopt : std::optional(std::string(*number));
}

std::size_t answer_statement(std::string_view text) {
    std::size_t first = std::min(text.find("\\boxed"), text.find("####"));
    first = std::min(first, text.find("\\fbox"));
    for (std::size_t at = 0; at < std::min(first, text.size()); ++at)
        if ((text[at] | 0x20) == 'a' && phrase_end(text, at) != npos) return at;
    return first;
}

}  // namespace foothold
