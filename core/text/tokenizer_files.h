// SPDX-License-Identifier: GPL-3.0-or-later
// Tokenizers from files: Hugging Face's tokenizer.json, and the vocabulary that GGUF carries.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace foothold {

/// Byte-level BPE out of a tokenizer.json's text. Throws UserError naming `name` and the place of what is damaged or not supported.
std::unique_ptr<Tokenizer> parse_tokenizer_json(const std::string& text, const std::string& name);
std::unique_ptr<Tokenizer> read_tokenizer_json(const std::filesystem::path& path);

/// What GGUF says of the words of a model; names are those of its keys under `tokenizer.`.
struct GgufVocabulary {
    std::string model;                 ///< ggml.model: "gpt2" is byte-level BPE.
    std::string pre;                   ///< ggml.pre: how the text is split first.
    std::vector<std::string> tokens;   ///< ggml.tokens
    std::vector<std::int32_t> types;   ///< ggml.token_type: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
    std::vector<std::string> merges;   ///< ggml.merges: "left right"
    std::int32_t bos = -1, eos = -1, unknown = -1;
    std::string chat_template;
};

/// Throws UserError naming the key that is damaged or not supported.
std::unique_ptr<Tokenizer> make_tokenizer(const GgufVocabulary& vocabulary);

}  // namespace foothold
