// SPDX-License-Identifier: GPL-3.0-or-later
// A configuration of TRL's GRPO trainer (`trl grpo --config FILE.yaml`) as an experiment.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "record/experiment.h"

namespace foothold {

struct TrlRun {
    Experiment experiment;
    std::filesystem::path out;  ///< output_dir; empty where the file names none.
    bool use_cpu = false;
    std::string report;  ///< Lines for people: what became what, what Foothold does anyway, what has no counterpart and was ignored.
};

/// By its name: .yaml, .yml or .json.
bool is_trl_config(const std::filesystem::path& path);

/// Reads YAML or JSON with TRL's keys. What the file leaves open is TRL's default, not ours; without hints (guidance.policy = "grpo"), since
/// TRL has none. `changes` are set last, as by --set, and count where several keys make one: epochs become steps by the number of
/// problems in the file named in the end. Throws UserError with file and line: an unknown key with the nearest known name, a value of the
/// wrong type or range, a method that Foothold does not have, a model or data set that is not on this machine.
TrlRun read_trl_config(const std::filesystem::path& path, const std::vector<std::pair<std::string, Value>>& changes = {});

}  // namespace foothold
