// SPDX-License-Identifier: GPL-3.0-or-later
// Benchmarks that open the window, offscreen where there is no display. Each gives one line of JSON; a window that fails is a RunError.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace foothold::cli {

/// Trains an experiment in the window: what its thread cost.
nlohmann::ordered_json bench_window(const std::string& experiment);

/// Opens a stored run in the window and goes to steps drawn at random. A run that is not there is made: `problems` groups of 8 attempts a
/// step. Without a folder it is made in the temporary one and deleted afterwards (2,000 steps of 512 problems need 10 GB).
nlohmann::ordered_json bench_scrub(const std::string& run, std::int64_t steps, std::int64_t problems);

}  // namespace foothold::cli
