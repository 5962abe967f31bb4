// SPDX-License-Identifier: GPL-3.0-or-later
// UTF-8: checking, repairing, normal forms, and the letters that byte-level tokenizers write bytes with.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace foothold {

/// Byte of the first place that is not UTF-8 (no overlong forms, no surrogates, at most U+10FFFF); none if all is well.
std::optional<std::size_t> find_bad_utf8(std::string_view text);

/// Each ill-formed sequence (the longest start of a character, else one byte) becomes U+FFFD.
std::string repaired_utf8(std::string_view bytes);

/// A code point and how many bytes it takes; `text` must be UTF-8 and not empty.
struct CodePoint {
    char32_t value;
    std::size_t bytes;
};
CodePoint first_code_point(std::string_view text);
void append_utf8(std::string& out, char32_t code);

enum class NormalForm { none, nfc, nfd, nfkc, nfkd };
std::string normalized(std::string_view text, NormalForm form);

bool is_number(char32_t code);      ///< General category Nd, Nl or No.
bool is_white_space(char32_t code);  ///< Unicode's White_Space.
bool is_word(char32_t code);        ///< Letter, mark, decimal digit, connector: \w of Unicode's regular expressions.

/// GPT-2's alphabet: each byte as a printable character; those that print stand for themselves, the others follow from U+0100 on.
const std::array<char32_t, 256>& byte_alphabet();
/// Bytes of a token written in that alphabet; none if a character is not in it.
std::optional<std::string> bytes_of_token(std::string_view token);

}  // namespace foothold
