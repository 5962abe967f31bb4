// SPDX-License-Identifier: GPL-3.0-or-later
// A tensor in a file: what its table says, and how its numbers are read.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "formats/tensor_type.h"

namespace foothold {

struct TensorEntry {
    std::string name;
    std::vector<std::int64_t> shape;  ///< Slowest dimension first, as Hugging Face writes it.
    TensorType type = TensorType::F32;
    std::uint64_t begin = 0, bytes = 0;  ///< Where its data are in the file.
    std::int64_t numbers() const;        ///< How many it holds.
};

/// How many numbers a shape holds. Throws UserError when a size is negative or the product is beyond 2^63 - 1.
std::int64_t count_numbers(const std::vector<std::int64_t>& shape);

/// Throws UserError naming a tensor whose bytes lie beyond the file's `size`, overlap another's or begin before `data`.
void check_places(std::vector<const TensorEntry*> tensors, std::uint64_t data, std::uint64_t size);

/// The numbers of one tensor in the order of its shape, block types expanded; read in pieces, so that memory is that of
/// the floats. Throws UserError with file and tensor when the file has changed meanwhile.
std::vector<float> read_numbers(const std::filesystem::path& path, const TensorEntry& tensor);

}  // namespace foothold
