// SPDX-License-Identifier: GPL-3.0-or-later
// Forking: a run that begins as another one was after a step, and goes on with something changed.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "record/experiment.h"
#include "store/run_store.h"

namespace foothold {

struct ForkRequest {
    std::filesystem::path parent;
    std::int64_t step = 0;  ///< Last step that both have.
    std::vector<std::pair<std::string, Value>> changes;  ///< In effect from the next step on; none = the same run again.
    std::filesystem::path dir;     ///< Folder of the new run; empty = a new one under runs_dir().
    std::string name;              ///< For people; empty = the parent's with the step.
    std::int64_t steps = 0;        ///< Planned; 0 = the parent's.
};

/// Makes the new run and returns its folder: the parent's records up to the step, its checkpoints up to there, its variants and notes. It
/// needs the parent no more. Steps after the nearest checkpoint are trained again when it goes on. Throws UserError (no such step, a key
/// that needs a new run, a value refused, folder in use), RunError (disk).
std::filesystem::path fork_run(const ForkRequest& request);

/// What has to be trained again to reach a step's weights: from the nearest checkpoint on, as long as it took when it was stored.
struct Replay {
    std::int64_t checkpoint = 0;  ///< Its step; the same where nothing is repeated.
    double seconds = 0;
};
/// Throws UserError if there is no checkpoint at or before the step.
Replay replay_to(const RunReader& run, std::int64_t step);

/// A fresh folder under runs_dir(), named by time and `stem`.
std::filesystem::path new_run_dir(const std::string& stem);

/// Now, UTC, ISO 8601.
std::string timestamp();

}  // namespace foothold
