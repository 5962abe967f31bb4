// SPDX-License-Identifier: GPL-3.0-or-later
// UTF-8 by hand, everything that needs Unicode's tables by utf8proc.
#include "text/unicode.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "record/error.h"

namespace foothold {
namespace {

/// The character at `at`: its length, or how many bytes are a well-formed start of one (good = false).
struct Sequence {
    std::size_t bytes;
    bool good;
};

// Unicode 15, table 3-7.
Sequence sequence_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const unsigned lead = byte(at);
    if (lead < 0x80) return {1, true};
    if (lead < 0xc2 || lead > 0xf4) return {1, false};
    const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    for (std::size_t i = 1; i < length; ++i) {
        const unsigned next = byte(at + i);
        if (at + i >= text.size() || next < (i == 1 ? low : 0x80) || next > (i == 1 ? high : 0xbf)) return {i, false};
    }
    return {length, true};
}

}  // namespace

std::optional<std::size_t> find_bad_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const Sequence s = sequence_at(text, at);
        if (!s.good) return at;
        at += s.bytes;
    }
    return std::nullopt;
}

std::string repaired_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    for (std::size_t at = 0; at < bytes.size();) {
        const Sequence s = sequence_at(bytes, at);
        if (s.good) out += bytes.substr(at, s.bytes);
        else out += "\xef\xbf\xbd";
        at += s.bytes;
    }
    return out;
}

CodePoint first_code_point(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
    const std::size_t length = sequence_at(text, 0).bytes;
    char32_t value = length == 1 ? byte(0) : byte(0) & (0xffu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) value = value << 6 | (byte(i) & 0x3f);
    return {value, length};
}

void append_utf8(std::string& out, char32_t code) {
    unsigned char bytes[4];
    const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes);
    out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
}

std::string normalized(std::string_view text, NormalForm form) {
    if (form == NormalForm::none) return std::string(text);
    int options = UTF8PROC_STABLE;
    options |= form == NormalForm::nfc || form == NormalForm::nfkc ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
    if (form == NormalForm::nfkc || form == NormalForm::nfkd) options |= UTF8PROC_COMPAT;
    utf8proc_uint8_t* mapped = nullptr;
    const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                                   static_cast<utf8proc_option_t>(options));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(mapped, &std::free);
    if (size < 0) throw UserError(fmt::format("the text cannot be brought into a Unicode normal form: {}", utf8proc_errmsg(size)));
    return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)};
}

bool is_number(char32_t code) {
    // What Unicode 16 and 17 added; Debian's utf8proc knows Unicode 15.
    static constexpr char32_t later[][2] = {{0x116d0, 0x116e3}, {0x11bf0, 0x11bf9}, {0x11de0, 0x11de9}, {0x16130, 0x16139},
                                            {0x16d70, 0x16d79}, {0x16ff4, 0x16ff6}, {0x1ccf0, 0x1ccf9}, {0x1e5f1, 0x1e5fa}};
    for (const auto& [low, high] : later)
        if (code >= low && code <= high) return true;
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code));
    return category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_NL || category == UTF8PROC_CATEGORY_NO;
}

bool is_white_space(char32_t code) {
    return (code >= 9 && code <= 13) || code == 0x20 || code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
           code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

bool is_word(char32_t code) {
    switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
        case UTF8PROC_CATEGORY_LU:
        case UTF8PROC_CATEGORY_LL:
        case UTF8PROC_CATEGORY_LT:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_LO:
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_MC:
        case UTF8PROC_CATEGORY_ME:
        case UTF8PROC_CATEGORY_ND:
        case UTF8PROC_CATEGORY_PC: return true;
        default: return false;
    }
}

const std::array<char32_t, 256>& byte_alphabet() {
    static const std::array<char32_t, 256> table = [] {
        std::array<char32_t, 256> out{};
        char32_t next = 256;
        for (char32_t b = 0; b < 256; ++b) {
            const bool prints = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
            out[b] = prints ? b : next++;
        }
        return out;
    }();
    return table;
}

std::optional<std::string> bytes_of_token(std::string_view token) {
    static const std::array<int, 512> back = [] {
        std::array<int, 512> out{};
        out.fill(-1);
        for (std::size_t b = 0; b < 256; ++b) out[byte_alphabet()[b]] = static_cast<int>(b);
        return out;
    }();
    std::string out;
    while (!token.empty()) {
        const CodePoint code = first_code_point(token);
        if (code.value >= back.size() || back[code.value] < 0) return std::nullopt;
        out += static_cast<char>(back[code.value]);
        token.remove_prefix(code.bytes);
    }
    return out;
}

}  // namespace foothold
