// SPDX-License-Identifier: GPL-3.0-or-later
// The tokenizer of symbolic families: one word, one token.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace foothold {

/// Words separated by single blanks, to ids and back. Ids are places in the list.
class Vocabulary final : public Tokenizer {
   public:
    explicit Vocabulary(std::vector<std::string> words);
    std::vector<std::int32_t> encode(std::string_view text) const override;  ///< Throws UserError naming the unknown word.
    std::vector<std::int32_t> encode_start(std::string_view text, std::size_t bytes) const override { return encode(text.substr(0, bytes)); }
    /// Words joined by blanks. Unlike sub-word tokenizers it throws std::out_of_range for an id that is not there.
    std::string decode(std::span<const std::int32_t> ids, std::int32_t stop = -1) const override;
    std::optional<std::int32_t> find(std::string_view word) const override;
    std::int32_t id(std::string_view word) const;  ///< Throws UserError if unknown.
    int size() const override { return static_cast<int>(words_.size()); }
    std::vector<std::string> words() const override { return words_; }

   private:
    std::vector<std::string> words_;
    std::map<std::string, std::int32_t, std::less<>> ids_;
};

/// Splits at blanks; runs of blanks count as one.
std::vector<std::string_view> split_words(std::string_view text);
/// Joins non-empty parts with one blank, or with nothing after a part that ends a line.
std::string join_words(std::span<const std::string> parts);

}  // namespace foothold
