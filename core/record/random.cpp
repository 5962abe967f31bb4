// SPDX-License-Identifier: GPL-3.0-or-later
// What is made of philox.h.
#include "record/random.h"

#include <cmath>
#include <numbers>

#include "record/philox.h"

namespace foothold {

std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter) { return philox_words(key, counter); }

double uniform_at(std::uint64_t key, std::uint64_t counter) { return philox_uniform(key, counter); }

double Random::normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
}

}  // namespace foothold
