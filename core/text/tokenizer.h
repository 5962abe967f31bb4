// SPDX-License-Identifier: GPL-3.0-or-later
// What turns text into a model's ids and back.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foothold {

/// The words of one model. Thread-safe: nothing changes after it was made.
class Tokenizer {
   public:
    virtual ~Tokenizer() = default;
    /// Ids of a text; nothing is added, special tokens spelled in it become their ids. Throws UserError where the text is not UTF-8, or
    /// holds a word that the model does not know.
    virtual std::vector<std::int32_t> encode(std::string_view text) const = 0;
    /// The first tokens of encode(text), as many as lie within its first `bytes` bytes: a text is encoded whole and cut afterwards, since
    /// a part encoded alone may come out in other tokens.
    virtual std::vector<std::int32_t> encode_start(std::string_view text, std::size_t bytes) const = 0;
    /// The text of ids, special tokens spelled out; `stop` (the end token) and what follows are left out if stop >= 0. Ids that the
    /// vocabulary does not have are left out; bytes that are not UTF-8 become U+FFFD.
    virtual std::string decode(std::span<const std::int32_t> ids, std::int32_t stop = -1) const = 0;
    /// The id of a token with exactly this text.
    virtual std::optional<std::int32_t> find(std::string_view token) const = 0;
    virtual int size() const = 0;  ///< Ids are 0 .. size - 1; a model may have room for more.
    virtual std::vector<std::string> words() const = 0;  ///< Text of each id, for people. [size]
};

}  // namespace foothold
