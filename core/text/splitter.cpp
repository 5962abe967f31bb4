// SPDX-License-Identifier: GPL-3.0-or-later
// Splitting by patterns (PCRE2) and by digits.
#include "text/splitter.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include "record/error.h"
#include "text/unicode.h"

namespace foothold {

const char* const gpt2_pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

namespace {

/// A piece of a text and whether it is what the pattern looks for.
struct Part {
    std::string_view text;
    bool match;
};

void assemble(const std::vector<Part>& parts, SplitBehavior behavior, std::vector<std::string_view>& out) {
    const auto join = [](std::string_view a, std::string_view b) { return std::string_view(a.data(), a.size() + b.size()); };
    // Only neighbours are joined, so the pieces stay views of one text.
    bool joined = false;  // MergedWithNext, Contiguous: the next part goes to the last piece.
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto& [text, match] = parts[i];
        if (text.empty()) continue;
        switch (behavior) {
            case SplitBehavior::isolated: out.push_back(text); break;
            case SplitBehavior::removed:
                if (!match) out.push_back(text);
                break;
            case SplitBehavior::merged_with_previous:
                if (match && i > 0 && !parts[i - 1].match && !out.empty()) out.back() = join(out.back(), text);
                else out.push_back(text);
                break;
            case SplitBehavior::merged_with_next:
                if (joined && !match) out.back() = join(out.back(), text);
                else out.push_back(text);
                joined = match;
                break;
            case SplitBehavior::contiguous:
                if (i > 0 && parts[i - 1].match == match && !parts[i - 1].text.empty()) out.back() = join(out.back(), text);
                else out.push_back(text);
                break;
        }
    }
}

/// Unicode's White_Space: PCRE2's own \s takes in U+180E, Oniguruma's does not.
constexpr const char* space_class = R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

/// The pattern in PCRE2's dialect. What the two read differently and tokenizers do not need is refused.
std::string translated(const std::string& pattern) {
    std::string out;
    bool in_class = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '\\' && i + 1 < pattern.size()) {
            const char next = pattern[++i];
            if (next == 's') out += in_class ? space_class : fmt::format("[{}]", space_class);
            else if (next == 'S' && !in_class) out += fmt::format("[^{}]", space_class);
            else if (std::string_view("SwWbBhHRXKkyYGgN").find(next) != std::string_view::npos)
                throw UserError(fmt::format("the pattern uses \\{}{}, which is not supported: {}", next, in_class ? " in brackets" : "", pattern));
            else out += {c, next};
            continue;
        }
        if (in_class && c == '&' && pattern.compare(i, 2, "&&") == 0) throw UserError(fmt::format("the pattern uses && in brackets, which is not supported: {}", pattern));
        if (in_class && c == '[' && pattern.compare(i, 2, "[:") != 0) throw UserError(fmt::format("the pattern uses brackets in brackets, which is not supported: {}", pattern));
        if (c == '[' && !in_class) {
            in_class = true;
            out += c;
            if (pattern.compare(i + 1, 1, "^") == 0) out += pattern[++i];
            continue;
        }
        if (c == ']') in_class = false;
        out += c;
    }
    return out;
}

class RegexSplitter final : public Splitter {
   public:
    RegexSplitter(const std::string& pattern, SplitBehavior behavior, bool invert) : behavior_(behavior), invert_(invert) {
        const std::string own = translated(pattern);
        int error = 0;
        std::size_t offset = 0;
        code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(own.data()), own.size(), PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr));
        if (!code_) {
            PCRE2_UCHAR text[256];
            pcre2_get_error_message(error, text, sizeof text);
            throw UserError(fmt::format("the pattern cannot be read ({}): {}", reinterpret_cast<const char*>(text), pattern));
        }
        pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);  // Without it the interpreter runs: the same matches, slower.
    }

    void split(std::string_view text, std::vector<std::string_view>& out) const override {
        const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(pcre2_match_data_create(1, nullptr), &pcre2_match_data_free);
        std::vector<Part> parts;
        std::size_t at = 0, from = 0;
        while (from <= text.size()) {
            const int found = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, PCRE2_NO_UTF_CHECK, match.get(), nullptr);
            if (found == PCRE2_ERROR_NOMATCH) break;
            if (found < 0) throw UserError(fmt::format("the tokenizer's pattern gave up on a text of {} bytes (PCRE2 error {})", text.size(), found));
            const std::size_t* place = pcre2_get_ovector_pointer(match.get());
            if (place[0] > at) parts.push_back({text.substr(at, place[0] - at), invert_});
            if (place[1] > place[0]) parts.push_back({text.substr(place[0], place[1] - place[0]), !invert_});
            at = place[1];
            from = place[1] > place[0] ? place[1] : place[1] + (place[1] < text.size() ? first_code_point(text.substr(place[1])).bytes : 1);
        }
        if (at < text.size()) parts.push_back({text.substr(at), invert_});
        assemble(parts, behavior_, out);
    }

   private:
    std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code_{nullptr, &pcre2_code_free};
    SplitBehavior behavior_;
    bool invert_;
};

class LiteralSplitter final : public Splitter {
   public:
    LiteralSplitter(std::string literal, SplitBehavior behavior, bool invert) : literal_(std::move(literal)), behavior_(behavior), invert_(invert) {}

    void split(std::string_view text, std::vector<std::string_view>& out) const override {
        std::vector<Part> parts;
        std::size_t at = 0;
        for (std::size_t found; !literal_.empty() && (found = text.find(literal_, at)) != std::string_view::npos; at = found + literal_.size()) {
            if (found > at) parts.push_back({text.substr(at, found - at), invert_});
            parts.push_back({text.substr(found, literal_.size()), !invert_});
        }
        if (at < text.size()) parts.push_back({text.substr(at), invert_});
        assemble(parts, behavior_, out);
    }

   private:
    std::string literal_;
    SplitBehavior behavior_;
    bool invert_;
};

class DigitSplitter final : public Splitter {
   public:
    explicit DigitSplitter(bool individual) : individual_(individual) {}

    void split(std::string_view text, std::vector<std::string_view>& out) const override {
        std::size_t from = 0;
        bool number = false;
        for (std::size_t at = 0; at < text.size();) {
            const CodePoint code = first_code_point(text.substr(at));
            const bool is = is_number(code.value);
            if (at > from && (is != number || (is && individual_))) {
                out.push_back(text.substr(from, at - from));
                from = at;
            }
            number = is;
            at += code.bytes;
        }
        if (from < text.size()) out.push_back(text.substr(from));
    }

   private:
    bool individual_;
};

}  // namespace

std::unique_ptr<Splitter> make_regex_splitter(const std::string& pattern, SplitBehavior behavior, bool invert) {
    return std::make_unique<RegexSplitter>(pattern, behavior, invert);
}

std::unique_ptr<Splitter> make_literal_splitter(const std::string& text, SplitBehavior behavior, bool invert) {
    return std::make_unique<LiteralSplitter>(text, behavior, invert);
}

std::unique_ptr<Splitter> make_digit_splitter(bool individual) { return std::make_unique<DigitSplitter>(individual); }

}  // namespace foothold
