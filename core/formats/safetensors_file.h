// SPDX-License-Identifier: GPL-3.0-or-later
// Safetensors (https://github.com/huggingface/safetensors): an 8-byte length, a JSON header, data without holes.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "formats/tensor_entry.h"

namespace foothold {

/// All of a safetensors file but the tensors' data, which read_numbers() reads. The tensors' bytes cover the data
/// without holes and match their shapes and types.
struct SafetensorsFile {
    std::filesystem::path path;
    std::map<std::string, std::string> metadata;
    std::map<std::string, TensorEntry> tensors;
};

/// Throws UserError with the file's name that says what is wrong: no such file, not safetensors, truncated, another
/// type of numbers than F32, F16 and BF16.
SafetensorsFile read_safetensors(const std::filesystem::path& path);

/// A tensor to be written, as F32.
struct TensorView {
    std::string name;
    std::vector<std::int64_t> shape;
    std::span<const float> numbers;
};

/// Writes beside the target, syncs and renames (AtomicFile). Throws RunError and leaves nothing behind.
void write_safetensors(const std::filesystem::path& path, const std::map<std::string, std::string>& metadata,
                       const std::vector<TensorView>& tensors);

}  // namespace foothold
