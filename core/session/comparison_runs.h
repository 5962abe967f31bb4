// SPDX-License-Identifier: GPL-3.0-or-later
// Running the cells of a comparison, one after the other.
#pragma once
#include <functional>
#include <stop_token>
#include <string>

#include "session/session.h"
#include "studies/comparison.h"

namespace foothold {

/// Which cell, by place in its plan.
struct CellIndex {
    std::size_t arm = 0;
    std::int64_t seed_index = 0;
};

/// Called with the session of each cell while it runs: before its first step (done = false) and after its last.
using CellWatcher = std::function<void(CellIndex cell, Session& session, bool done)>;

/// Runs every cell that is not done yet, goes on with those in part: all arms of a seed before the next seed, so that pairs come complete
/// early. Stopping keeps what is done. Returns false if it was stopped. Throws UserError (a plan that cannot run, a cell that another
/// process holds) and RunError (what training failed with).
bool run_comparison(const ComparisonPlan& plan, const std::string& device, const CellWatcher& watch, std::stop_token stop);

}  // namespace foothold
