// SPDX-License-Identifier: GPL-3.0-or-later
// The tokenizer of symbolic families: one word, one token.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foothold {

/// Words separated by single blanks, to ids and back. Ids are places in the list.
class Vocabulary {
   public:
    explicit Vocabulary(std::vector<std::string> words);
    std::vector<std::int32_t> encode(std::string_view text) const;  ///< Throws UserError naming the unknown word.
    /// Words joined by blanks; `stop` (the end token) and what follows are left out if stop >= 0.
    std::string decode(std::span<const std::int32_t> ids, std::int32_t stop = -1) const;
    std::int32_t id(std::string_view word) const;  ///< Throws UserError if unknown.
    int size() const { return static_cast<int>(words_.size()); }
    const std::vector<std::string>& words() const { return words_; }

   private:
    std::vector<std::string> words_;
    std::map<std::string, std::int32_t, std::less<>> ids_;
};

/// Splits at blanks; runs of blanks count as one.
std::vector<std::string_view> split_words(std::string_view text);
/// Joins non-empty parts with one blank.
std::string join_words(std::span<const std::string> parts);

}  // namespace foothold
