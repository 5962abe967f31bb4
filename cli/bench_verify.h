// SPDX-License-Identifier: GPL-3.0-or-later
// bench verify: how fast answers are judged.
#pragma once
#include <nlohmann/json.hpp>

namespace foothold::cli {

/// Checks a second on one core, over ordinary outputs (numbers, fractions, roots, formulas, sets, words), and the milliseconds that each
/// hostile output takes.
nlohmann::ordered_json bench_verify();

}  // namespace foothold::cli
