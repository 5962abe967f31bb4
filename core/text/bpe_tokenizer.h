// SPDX-License-Identifier: GPL-3.0-or-later
// Byte-level BPE: added tokens, normal form, pre-tokenization, merges.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/added_tokens.h"
#include "text/byte_pairs.h"
#include "text/splitter.h"
#include "text/tokenizer.h"
#include "text/unicode.h"

namespace foothold {

/// Ids beyond this are a damaged file, not a vocabulary.
inline constexpr std::int64_t largest_vocabulary = 1 << 22;

class BpeTokenizer final : public Tokenizer {
   public:
    struct Parts {
        BytePairs pairs;
        std::vector<AddedToken> added;
        NormalForm form = NormalForm::none;
        std::vector<std::unique_ptr<Splitter>> splitters;  ///< One after the other.
    };
    explicit BpeTokenizer(Parts parts);

    std::vector<std::int32_t> encode(std::string_view text) const override;
    std::vector<std::int32_t> encode_start(std::string_view text, std::size_t bytes) const override;
    std::string decode(std::span<const std::int32_t> ids, std::int32_t stop = -1) const override;
    std::optional<std::int32_t> find(std::string_view token) const override;
    int size() const override { return static_cast<int>(tokens_.size()); }
    std::vector<std::string> words() const override;

   private:
    struct Encoding {
        std::vector<std::int32_t> ids;
        std::vector<std::size_t> lengths;  ///< Bytes of the normalised text that each covers.
    };
    Encoding encoded(std::string_view text) const;
    void encode_piece(std::string_view text, Encoding& out) const;
    std::size_t normalized_size(std::string_view text) const;

    BytePairs pairs_;
    AddedTokens before_, after_;  ///< Looked for before and after normalising.
    NormalForm form_;
    std::vector<std::unique_ptr<Splitter>> splitters_;
    std::vector<std::string> tokens_;  ///< Bytes of each id; empty where there is none.
    std::unordered_map<std::string, std::int32_t> added_ids_;
};

}  // namespace foothold
