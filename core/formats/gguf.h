// SPDX-License-Identifier: GPL-3.0-or-later
// GGUF files: header, metadata and tensor table (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2
// and 3, little-endian). The engine finds its weights here, the text room its vocabulary; neither needs the other.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "formats/tensor_entry.h"

namespace foothold {

/// A value of the metadata. Every integer type is widened to int64 (larger ones are refused), floats to double, and an
/// array of bool to one of int64 (0 or 1). Texts are the file's bytes: nothing says that they are UTF-8.
using GgufValue = std::variant<std::int64_t, double, bool, std::string, std::vector<std::int64_t>, std::vector<double>,
                               std::vector<std::string>>;

/// All of a GGUF file but the tensors' data. What read_gguf() returns keeps these promises: names are unique, every
/// tensor's bytes lie within the file and match its shape and type, and no two tensors share bytes.
struct GgufFile {
    std::filesystem::path path;
    std::map<std::string, GgufValue> metadata;
    std::map<std::string, TensorEntry> tensors;  ///< By name.

    /// The value of a key, or null where there is none. Throws UserError naming file and key when it has another type.
    template <class T>
    const T* find(const std::string& key) const;

    /// The same, for a key that must be there.
    template <class T>
    const T& need(const std::string& key) const;

    /// A number, whole or not, for keys that writers give as either; `otherwise` where there is none.
    double number(const std::string& key, double otherwise) const;
};

/// Whether a file begins with GGUF's magic number (false also when it cannot be read).
bool is_gguf(const std::filesystem::path& path);

/// Reads everything but the tensors' data, which read_numbers() does. Memory stays within a small multiple of the
/// metadata's bytes. Throws UserError with the file's name, the place and what is wrong: no GGUF file, another version
/// or byte order, truncated, sizes beyond the file, impossible shapes, a type of numbers that is not known.
GgufFile read_gguf(const std::filesystem::path& path);

}  // namespace foothold
