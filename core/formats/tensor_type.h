// SPDX-License-Identifier: GPL-3.0-or-later
// The types of numbers in model files, and how they become floats.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace foothold {

/// F32, F16 and BF16 are plain numbers; the others are ggml's blocks, which share scales (ggml-common.h of
/// https://github.com/ggml-org/ggml, block_q4_0 and following).
enum class TensorType { F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q4_K, Q6_K };

std::string_view to_string(TensorType type);

/// Numbers in one block and the bytes it takes; a plain number is a block of one.
struct BlockShape {
    std::uint64_t numbers = 1, bytes = 4;
};
BlockShape block_shape(TensorType type);

/// IEEE 754 half precision to float, exact, subnormals, infinities and NaN included.
float widen_half(std::uint16_t bits);

/// bytes [blocks x block bytes] to numbers [blocks x block numbers]. Every value is the one that the block stands for
/// in float arithmetic, computed in ggml's order of operations, so that it is the same to the bit.
void widen(TensorType type, std::span<const std::byte> bytes, std::span<float> numbers);

}  // namespace foothold
