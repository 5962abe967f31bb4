// SPDX-License-Identifier: GPL-3.0-or-later
// Ids of variants.
#include "record/variant.h"

#include "record/random.h"

namespace foothold {

std::int64_t variant_id(const std::string& problem_id, std::span<const std::string> steps) {
    std::uint64_t key = text_key(problem_id);
    for (const std::string& step : steps) key = random_key({key, text_key(step)});
    return static_cast<std::int64_t>(key >> 1 | 1);
}

}  // namespace foothold
