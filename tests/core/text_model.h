// SPDX-License-Identifier: GPL-3.0-or-later
// A language model small enough for a test: random weights, the tokenizer of the parity tests, chat turns.
#pragma once
#include <filesystem>

#include "engine/hugging_face.h"
#include "record/experiment_file.h"

namespace foothold {

/// Writes it into a folder that is not there yet.
inline void write_text_model(const std::filesystem::path& folder) {
    ModelConfig config;
    config.hidden_size = 16;
    config.intermediate_size = 24;
    config.num_attention_heads = 2;
    config.num_key_value_heads = 1;
    config.num_hidden_layers = 1;
    config.vocab_size = 1508;
    config.max_position_embeddings = 512;
    write_hugging_face(folder, initial_state(config, 5));
    std::filesystem::copy_file(FOOTHOLD_SOURCE_DIR "/tests/parity/tokenizer.json", folder / "tokenizer.json");
    save_text_file(folder / "tokenizer_config.json", R"({"chat_template": "<|im_start|> <|im_end|>"})");
}

}  // namespace foothold
