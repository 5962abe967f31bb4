// SPDX-License-Identifier: GPL-3.0-or-later
// Block types to floats. A block is read byte by byte at its documented offsets: nothing depends on alignment.
#include "formats/tensor_type.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

namespace foothold {
namespace {

const std::uint8_t* bytes_at(const std::byte* block, std::size_t offset) {
    return reinterpret_cast<const std::uint8_t*>(block) + offset;
}

std::uint16_t two_bytes(const std::byte* from) {
    std::uint16_t bits;
    std::memcpy(&bits, from, 2);
    return bits;
}

float half_at(const std::byte* block, std::size_t offset) { return widen_half(two_bytes(block + offset)); }

/// 32 numbers: a half d, then 32 signed bytes q; d q.
void widen_q8_0(const std::byte* block, float* to) {
    const float d = half_at(block, 0);
    for (std::size_t i = 0; i < 32; ++i)
        to[i] = static_cast<float>(static_cast<std::int8_t>(*bytes_at(block, 2 + i))) * d;
}

/// 32 numbers: a half d, then 16 bytes whose low halves are the first 16 numbers q; d (q - 8).
void widen_q4_0(const std::byte* block, float* to) {
    const float d = half_at(block, 0);
    for (std::size_t i = 0; i < 16; ++i) {
        const int both = *bytes_at(block, 2 + i);
        to[i] = static_cast<float>((both & 15) - 8) * d;
        to[i + 16] = static_cast<float>((both >> 4) - 8) * d;
    }
}

/// 32 numbers: halves d and m, then 16 bytes like those of Q4_0; d q + m.
void widen_q4_1(const std::byte* block, float* to) {
    const float d = half_at(block, 0), m = half_at(block, 2);
    for (std::size_t i = 0; i < 16; ++i) {
        const int both = *bytes_at(block, 4 + i);
        to[i] = static_cast<float>(both & 15) * d + m;
        to[i + 16] = static_cast<float>(both >> 4) * d + m;
    }
}

/// 256 numbers: halves d and dmin, 12 bytes with a scale and a minimum of 6 bits for each 32 numbers, 128 bytes of
/// which every 32 hold 64 numbers, the low halves first; d scale q - dmin minimum.
void widen_q4_k(const std::byte* block, float* to) {
    const float d = half_at(block, 0), least = half_at(block, 2);
    const std::uint8_t *packed = bytes_at(block, 4), *q = bytes_at(block, 16);
    const auto scale_and_minimum = [&](int part) -> std::pair<int, int> {
        if (part < 4) return {packed[part] & 63, packed[part + 4] & 63};
        return {(packed[part + 4] & 15) | (packed[part - 4] >> 6 << 4),
                (packed[part + 4] >> 4) | (packed[part] >> 6 << 4)};
    };
    for (int part = 0; part < 8; ++part, to += 32) {
        const auto [scale, minimum] = scale_and_minimum(part);
        const float factor = d * static_cast<float>(scale), shift = least * static_cast<float>(minimum);
        for (int i = 0; i < 32; ++i) {
            const int both = q[part / 2 * 32 + i];
            to[i] = factor * static_cast<float>(part % 2 == 0 ? both & 15 : both >> 4) - shift;
        }
    }
}

/// 256 numbers of 6 bits: 128 bytes of low halves, 64 bytes with their upper two bits, 16 signed scales of 16 numbers
/// each, a half d; d scale (q - 32).
void widen_q6_k(const std::byte* block, float* to) {
    const std::uint8_t *low = bytes_at(block, 0), *high = bytes_at(block, 128), *scales = bytes_at(block, 192);
    const float d = half_at(block, 208);
    for (int i = 0; i < 256; ++i) {
        const int part = i / 128, within = i % 128, quarter = within / 32, place = within % 32;
        const int nibbles = low[part * 64 + quarter % 2 * 32 + place], four = quarter < 2 ? nibbles & 15 : nibbles >> 4;
        const int two = (high[part * 32 + place] >> (2 * quarter)) & 3;
        const auto scale = static_cast<std::int8_t>(scales[i / 16]);
        to[i] = d * static_cast<float>(scale) * static_cast<float>((four | two << 4) - 32);
    }
}

}  // namespace

std::string_view to_string(TensorType type) {
    static constexpr std::string_view names[] = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q6_K"};
    return names[static_cast<std::size_t>(type)];
}

BlockShape block_shape(TensorType type) {
    switch (type) {
        case TensorType::F32: return {1, 4};
        case TensorType::F16:
        case TensorType::BF16: return {1, 2};
        case TensorType::Q8_0: return {32, 34};
        case TensorType::Q4_0: return {32, 18};
        case TensorType::Q4_1: return {32, 20};
        case TensorType::Q4_K: return {256, 144};
        case TensorType::Q6_K: return {256, 210};
    }
    return {};
}

float widen_half(std::uint16_t bits) {
    const std::uint32_t sign = (bits & 0x8000u) << 16, exponent = (bits >> 10) & 31u, fraction = bits & 1023u;
    if (exponent == 0) return (sign ? -1.0f : 1.0f) * static_cast<float>(fraction) * 0x1p-24f;
    const std::uint32_t wide = exponent == 31 ? 255u : exponent + 112u;
    return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

void widen(TensorType type, std::span<const std::byte> bytes, std::span<float> numbers) {
    const BlockShape shape = block_shape(type);
    assert(bytes.size() / shape.bytes == numbers.size() / shape.numbers && bytes.size() % shape.bytes == 0);
    if (type == TensorType::F32) {
        if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
        return;
    }
    float* to = numbers.data();
    for (const std::byte* block = bytes.data(); block != bytes.data() + bytes.size();
         block += shape.bytes, to += shape.numbers) {
        switch (type) {
            case TensorType::F16: *to = half_at(block, 0); break;
            case TensorType::BF16:
                *to = std::bit_cast<float>(static_cast<std::uint32_t>(two_bytes(block)) << 16);
                break;
            case TensorType::Q8_0: widen_q8_0(block, to); break;
            case TensorType::Q4_0: widen_q4_0(block, to); break;
            case TensorType::Q4_1: widen_q4_1(block, to); break;
            case TensorType::Q4_K: widen_q4_k(block, to); break;
            case TensorType::Q6_K: widen_q6_k(block, to); break;
            case TensorType::F32: break;
        }
    }
}

}  // namespace foothold
