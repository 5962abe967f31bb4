// SPDX-License-Identifier: GPL-3.0-or-later
// What leaves the store: tables and lines other programs read.
#pragma once
#include <filesystem>
#include <ostream>

#include "store/run_store.h"

namespace foothold {

/// CSV, a row a step from step 0 on, first column `step`; a metric absent in a step leaves its field empty.
void export_metrics(const RunReader& run, std::ostream& out);

/// JSONL, every attempt of every round, keys as in the command-line contract (`export --what rollouts`).
void export_rollouts(const RunReader& run, std::ostream& out);

}  // namespace foothold
