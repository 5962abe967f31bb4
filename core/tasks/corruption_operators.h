// SPDX-License-Identifier: GPL-3.0-or-later
// The operators themselves. Each takes a trace, the places it may touch, a donor trace and the family's alphabet.
#pragma once
#include "tasks/corruption.h"

namespace foothold::operators {

using Steps = std::vector<std::string>;
using Places = std::vector<std::size_t>;

Steps swap(Steps steps, const Places& touched, const Steps& donor, const Alphabet& alphabet, Random& random);
Steps swap_numbers(Steps steps, const Places& touched, const Steps& donor, const Alphabet& alphabet, Random& random);
Steps noise(Steps steps, const Places& touched, const Steps& donor, const Alphabet& alphabet, Random& random);
Steps shuffle(Steps steps, const Places& touched, const Steps& donor, const Alphabet& alphabet, Random& random);
Steps filler(Steps steps, const Places& touched, const Steps& donor, const Alphabet& alphabet, Random& random);
Steps truncate(Steps steps, const Places& touched, const Steps& donor, const Alphabet& alphabet, Random& random);

}  // namespace foothold::operators
