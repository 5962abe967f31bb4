// SPDX-License-Identifier: GPL-3.0-or-later
// Escaping and tags.
#include "report/markup.h"

#include <cstdint>

namespace foothold {
namespace {

constexpr const char* replacement = "\xef\xbf\xbd";

/// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode table 3-7), its code point in `code`; 0 if
/// there is none.
std::size_t utf8_length(std::string_view text, std::uint32_t& code) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t first = byte(0);
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xc2 && first < 0xe0 ? 2
                               : first >= 0xe0 && first < 0xf0 ? 3
                               : first >= 0xf0 && first < 0xf5 ? 4
                                                               : 0;
    if (length == 0 || length > text.size()) return 0;
    code = length == 1 ? first : first & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
        code = code << 6 | (byte(i) & 0x3f);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    return overlong || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff ? 0 : length;
}

bool is_hidden(std::uint32_t code) {
    const bool control = (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0);
    const bool direction =
        code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return control || direction || code == 0xfffe || code == 0xffff;
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        std::uint32_t code = 0;
        const std::size_t length = utf8_length(text, code);
        if (length == 0 || is_hidden(code))
            out += replacement;
        else if (code == '&')
            out += "&amp;";
        else if (code == '<')
            out += "&lt;";
        else if (code == '>')
            out += "&gt;";
        else if (code == '"')
            out += "&quot;";
        else if (code == '\'')
            out += "&#39;";
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

void Markup::open(std::string_view name, Attributes attributes) {
    out_ += '<';
    out_ += name;
    for (const auto& [key, value] : attributes) {
        out_ += ' ';
        out_ += key;
        out_ += "=\"";
        out_ += escaped(value);
        out_ += '"';
    }
}

Markup::Element Markup::element(std::string_view name, Attributes attributes) {
    open(name, attributes);
    out_ += '>';
    return {this, name};
}

void Markup::leaf(std::string_view name, Attributes attributes, std::string_view content) {
    const Element whole = element(name, attributes);
    text(content);
}

void Markup::empty(std::string_view name, Attributes attributes) {
    open(name, attributes);
    out_ += "/>";
}

}  // namespace foothold
