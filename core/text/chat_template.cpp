// SPDX-License-Identifier: GPL-3.0-or-later
// The families of chat templates. Checked against transformers on the templates that the models ship (tests/core/test_tokenizer.cpp).
#include "text/chat_template.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "record/error.h"
#include "text/unicode.h"

namespace foothold {
namespace {

constexpr const char* role_names[] = {"system", "user", "assistant"};
const char* name_of(Role role) { return role_names[static_cast<int>(role)]; }

/// The marks <|...|> of a template, each once.
std::vector<std::string> marks_in(std::string_view text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; (at = text.find("<|", at)) != std::string_view::npos; at += 2) {
        const std::size_t end = text.find("|>", at);
        if (end == std::string_view::npos || end - at > 40) continue;
        std::string mark(text.substr(at, end + 2 - at));
        if (std::find(out.begin(), out.end(), mark) == out.end()) out.push_back(std::move(mark));
    }
    return out;
}

/// The system text written out in a ChatML template: between the system's opening and <|im_end|>, without code in it.
std::string default_system(std::string_view jinja) {
    constexpr std::string_view opening = "<|im_start|>system", closing = "<|im_end|>";
    for (std::size_t at = 0; (at = jinja.find(opening, at)) != std::string_view::npos;) {
        at += opening.size();
        std::string_view rest = jinja.substr(at);
        if (rest.starts_with("\\n")) rest.remove_prefix(2);
        else if (rest.starts_with('\n')) rest.remove_prefix(1);
        else continue;
        const std::string_view text = rest.substr(0, rest.find(closing));
        if (text.size() < rest.size() && !text.empty() && text.find_first_of("'\"{}") == std::string_view::npos) return std::string(text);
    }
    return {};
}

/// Python's str.strip().
std::string_view trimmed(std::string_view text) {
    const auto space = [](char32_t c) { return is_white_space(c) || (c >= 0x1c && c <= 0x1f); };
    while (!text.empty()) {
        const CodePoint code = first_code_point(text);
        if (!space(code.value)) break;
        text.remove_prefix(code.bytes);
    }
    while (!text.empty()) {
        std::size_t at = text.size() - 1;
        while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
        if (!space(first_code_point(text.substr(at)).value)) break;
        text = text.substr(0, at);
    }
    return text;
}

std::string_view without(std::string_view text, char c, bool front, bool back) {
    while (front && text.starts_with(c)) text.remove_prefix(1);
    while (back && text.ends_with(c)) text.remove_suffix(1);
    return text;
}

/// Qwen3's answer: the thought, if the text holds one, and what follows it.
std::pair<std::string, std::string> thought_and_answer(std::string_view text) {
    constexpr std::string_view open = "<think>", close = "</think>";
    const std::size_t first = text.find(close);
    if (first == std::string_view::npos) return {"", std::string(text)};
    std::string_view thought = without(text.substr(0, first), '\n', false, true);
    if (const std::size_t begin = thought.rfind(open); begin != std::string_view::npos) thought = thought.substr(begin + open.size());
    return {std::string(without(thought, '\n', true, false)), std::string(without(text.substr(text.rfind(close) + close.size()), '\n', true, false))};
}

}  // namespace

ChatTemplate ChatTemplate::recognise(std::string_view jinja) {
    ChatTemplate out;
    if (jinja.empty()) return out;
    const std::vector<std::string> marks = marks_in(jinja);
    const auto has = [&](const char* mark) { return std::find(marks.begin(), marks.end(), mark) != marks.end(); };
    const auto only = [&](std::initializer_list<std::string_view> known) {
        return std::all_of(marks.begin(), marks.end(), [&](const std::string& m) { return std::find(known.begin(), known.end(), m) != known.end(); });
    };
    const bool dated = jinja.find("Today Date: ") != std::string_view::npos;
    if (has("<|im_start|>") && has("<|im_end|>") && only({"<|im_start|>", "<|im_end|>", "<|endoftext|>"}) && jinja.find("strftime_now") == std::string_view::npos) {
        out.family_ = Family::chatml;
        out.default_system_ = default_system(jinja);
        out.thinks_ = jinja.find("enable_thinking") != std::string_view::npos;
    } else if (has("<|start_header_id|>") && has("<|eot_id|>") &&
               only({"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|python_tag|>", "<|begin_of_text|>", "<|end_of_text|>"})) {
        out.family_ = Family::llama3;
        out.dated_ = dated;
    } else {
        throw UserError(fmt::format("the model's chat template is of an unknown kind (its marks: {}); known are ChatML as SmolLM2 and Qwen2, 2.5 and 3 have it, and Llama 3's",
                                    marks.empty() ? "none" : fmt::format("{}", fmt::join(marks, " "))));
    }
    return out;
}

std::string ChatTemplate::name() const {
    switch (family_) {
        case Family::chatml: return thinks_ ? "ChatML with thoughts" : "ChatML";
        case Family::llama3: return dated_ ? "Llama 3.1" : "Llama 3";
        case Family::none: break;
    }
    return "none";
}

std::string ChatTemplate::end_of_turn() const { return family_ == Family::llama3 ? "<|eot_id|>" : "<|im_end|>"; }

std::string ChatTemplate::render(std::span<const ChatTurn> turns, bool generate) const {
    std::string out;
    if (family_ == Family::llama3) {
        out += "<|begin_of_text|>";
        const auto turn = [&](std::string_view role, std::string_view text) {
            out += fmt::format("<|start_header_id|>{}<|end_header_id|>\n\n{}<|eot_id|>", role, text);
        };
        if (dated_) {
            // The templates' own fallback date, not today's: a run must repeat.
            std::string system = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n";
            if (!turns.empty() && turns.front().role == Role::system) {
                system += trimmed(turns.front().text);
                turns = turns.subspan(1);
            }
            turn("system", system);
        }
        for (const ChatTurn& t : turns) turn(name_of(t.role), trimmed(t.text));
        if (generate) out += "<|start_header_id|>assistant<|end_header_id|>\n\n";
        return out;
    }
    const auto turn = [&](std::string_view role, std::string_view text) { out += fmt::format("<|im_start|>{}\n{}<|im_end|>\n", role, text); };
    if (!default_system_.empty() && (turns.empty() || turns.front().role != Role::system)) turn("system", default_system_);
    std::size_t last_query = turns.empty() ? 0 : turns.size() - 1;
    for (std::size_t i = 0; i < turns.size(); ++i)
        if (turns[i].role == Role::user) last_query = i;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const ChatTurn& t = turns[i];
        if (!thinks_ || t.role != Role::assistant) {
            turn(name_of(t.role), t.text);
            continue;
        }
        const auto [thought, answer] = thought_and_answer(t.text);
        if (i > last_query && (i + 1 == turns.size() || !thought.empty()))
            turn("assistant", fmt::format("<think>\n{}\n</think>\n\n{}", without(thought, '\n', true, true), without(answer, '\n', true, false)));
        else turn("assistant", answer);
    }
    if (generate) out += "<|im_start|>assistant\n";
    return out;
}

}  // namespace foothold
