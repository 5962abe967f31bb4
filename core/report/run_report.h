// SPDX-License-Identifier: GPL-3.0-or-later
// A run as one page to hand on.
#pragma once
#include <string>

#include "report/markup.h"
#include "store/run_store.h"

namespace foothold {

struct RunFacts;

/// The report of a run as one HTML document: what was run and changed, plots, tables, a few groups in full, what it
/// cost, how to repeat it, what it does not show. A run gives the same page every time. Throws UserError (a damaged
/// run).
std::string run_report(const RunReader& run);

// Its larger parts.
void add_run_plots(Markup& page, const RunFacts& facts);
void add_heat_map(Markup& page, const RunFacts& facts);
void add_time_plot(Markup& page, const RunFacts& facts);
void add_group_examples(Markup& page, const RunFacts& facts, const RunReader& run);

}  // namespace foothold
