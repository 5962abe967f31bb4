// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens that are looked for in the text before anything else: <|im_start|> and its kind.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace foothold {

struct AddedToken {
    std::int32_t id = 0;
    std::string text;
    bool lstrip = false, rstrip = false;  ///< Takes in the white space before or after it.
    bool single_word = false;             ///< Only where no letter or digit stands next to it.
    bool normalized = false;              ///< Looked for after the text was normalised, else before.
    bool special = false;
};

/// A stretch of text: an added token, or text between (id = -1).
struct Stretch {
    std::string_view text;
    std::int32_t id;
};

class AddedTokens {
   public:
    AddedTokens() = default;
    explicit AddedTokens(std::vector<AddedToken> tokens);  ///< Those without text are left out.
    /// Leftmost first, of those the longest, as Hugging Face's AddedVocabulary.
    std::vector<Stretch> split(std::string_view text) const;
    const std::vector<AddedToken>& tokens() const { return tokens_; }

   private:
    std::vector<AddedToken> tokens_;                          ///< The longest first.
    std::array<std::vector<std::uint32_t>, 256> by_first_;  ///< Places in tokens_ by first byte.
};

}  // namespace foothold
