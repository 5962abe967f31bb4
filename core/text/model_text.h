// SPDX-License-Identifier: GPL-3.0-or-later
// The language of a model: its tokenizer, how it is talked to, and how it ends an answer.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>

#include "text/chat_template.h"
#include "text/tokenizer_files.h"

namespace foothold {

struct ModelText {
    std::shared_ptr<const Tokenizer> tokenizer;
    ChatTemplate chat;           ///< known() is false for a model that was not made for chats.
    std::int32_t end_token = 0;  ///< Ends an answer: the chat's end of turn, else the end of the text.
};

/// Of a GGUF file, of a Hugging Face directory (tokenizer.json, tokenizer_config.json, chat_template.jinja), of a tokenizer.json in such a one, of a
/// weights file that stands beside them, or of an adapter in PEFT's layout (its base's, if it has none). Throws UserError.
ModelText read_model_text(const std::filesystem::path& path);
/// Its tokenizer alone: a model with an unknown chat template has ids all the same.
std::shared_ptr<const Tokenizer> read_model_tokenizer(const std::filesystem::path& path);
/// Has this path a tokenizer to read?
bool has_model_text(const std::filesystem::path& path);
/// Of a GGUF file's keys.
ModelText model_text(const GgufVocabulary& vocabulary);

}  // namespace foothold
