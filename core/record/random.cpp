// SPDX-License-Identifier: GPL-3.0-or-later
// Philox and what is made of it.
#include "record/random.h"

#include <cmath>
#include <numbers>

namespace foothold {

std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter) {
    std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    std::array<std::uint32_t, 4> x{static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), 0, 0};
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = 0xD2511F53ull * x[0], b = 0xCD9E8D57ull * x[2];
        x = {static_cast<std::uint32_t>(b >> 32) ^ x[1] ^ k0, static_cast<std::uint32_t>(b),
             static_cast<std::uint32_t>(a >> 32) ^ x[3] ^ k1, static_cast<std::uint32_t>(a)};
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return x;
}

double uniform_at(std::uint64_t key, std::uint64_t counter) {
    const auto x = philox(key, counter);
    const std::uint64_t bits = (static_cast<std::uint64_t>(x[0]) << 32 | x[1]) >> 11;
    return static_cast<double>(bits) * 0x1p-53;
}

double Random::normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
}

}  // namespace foothold
