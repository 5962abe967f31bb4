// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of the counter-based random numbers, constexpr so that it is the same code on a processor and on a GPU.
#pragma once
#include <array>
#include <cstdint>

namespace foothold {

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11): four words for a key and a counter.
constexpr std::array<std::uint32_t, 4> philox_words(std::uint64_t key, std::uint64_t counter) {
    std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    std::uint32_t x0 = static_cast<std::uint32_t>(counter), x1 = static_cast<std::uint32_t>(counter >> 32), x2 = 0, x3 = 0;
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = 0xD2511F53ull * x0, b = 0xCD9E8D57ull * x2;
        x0 = static_cast<std::uint32_t>(b >> 32) ^ x1 ^ k0;
        x1 = static_cast<std::uint32_t>(b);
        x2 = static_cast<std::uint32_t>(a >> 32) ^ x3 ^ k1;
        x3 = static_cast<std::uint32_t>(a);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return {x0, x1, x2, x3};
}

/// Uniform in [0, 1) with 53 bits.
constexpr double philox_uniform(std::uint64_t key, std::uint64_t counter) {
    const auto x = philox_words(key, counter);
    const std::uint64_t bits = (static_cast<std::uint64_t>(x[0]) << 32 | x[1]) >> 11;
    return static_cast<double>(bits) * 0x1p-53;
}

}  // namespace foothold
