// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of a fuzzer as a file, for the readers that take a path; run puts $TMPDIR into memory.
#pragma once
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "engine/hugging_face.h"
#include "record/error.h"

namespace foothold::fuzz {

inline const std::filesystem::path& scratch() {
    static const std::filesystem::path made = [] {
        const auto path = std::filesystem::temp_directory_path() / ("foothold-fuzz-" + std::to_string(::getpid()));
        std::filesystem::create_directories(path);
        return path;
    }();
    return made;
}

inline std::filesystem::path as_file(const std::filesystem::path& path, const std::uint8_t* data, std::size_t size) {
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    return path;
}

/// A folder with the smallest model in Hugging Face's layout, one of whose files is to be overwritten.
inline std::filesystem::path model_folder() {
    const auto folder = scratch() / "model";
    if (std::filesystem::exists(folder)) return folder;
    ModelConfig config;
    config.hidden_size = 8;
    config.intermediate_size = 12;
    config.num_attention_heads = 2;
    config.num_key_value_heads = 1;
    config.num_hidden_layers = 1;
    config.vocab_size = 6;
    write_hugging_face(folder, initial_state(config, 1));
    return folder;
}

/// Whatever the bytes are, a reader answers with a value or a UserError.
template <class Read>
int survives(Read read) {
    try {
        read();
    } catch (const UserError&) {
    }
    return 0;
}

}  // namespace foothold::fuzz
