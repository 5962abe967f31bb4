// SPDX-License-Identifier: GPL-3.0-or-later
// What leaves the store: tables and lines other programs read.
#pragma once
#include <filesystem>
#include <functional>
#include <ostream>
#include <span>

#include "store/run_store.h"

namespace foothold {

/// Every step of a run in order, a part of them in memory at a time.
void for_each_step(const RunReader& run, const std::function<void(const StepSummary&)>& use);

/// A file that is there whole or not at all: written to `beside` (in the same folder) first, then renamed. What was at `target` stays if
/// it fails. Throws UserError (a place that cannot be written), RunError (writing failed), what `write` throws.
void write_whole_file(const std::filesystem::path& target, const std::filesystem::path& beside, const std::function<void(std::ostream&)>& write);
inline void write_whole_file(const std::filesystem::path& target, const std::function<void(std::ostream&)>& write) {
    write_whole_file(target, target.string() + ".part", write);
}

/// CSV, a row a step from step 0 on, first column `step`; a metric absent in a step leaves its field empty.
void export_metrics(const RunReader& run, std::ostream& out);

/// JSONL, every attempt of every round, keys as in the command-line contract (`export --what rollouts`).
void export_rollouts(const RunReader& run, std::ostream& out);

/// JSONL, a line for each attempt that TRL would log (`log_completions`), with its columns: step, prompt, completion, one named after the
/// reward, extra ones (problem, hint_ratio), advantage. prompt is the whole context, hint included. Of a group with several rounds the
/// attempts that were trained on; where none was, those of the last round.
void export_completions(const RunReader& run, std::ostream& out);

/// The same as rollouts for some attempts; `problems` are those of their run (RunInfo::problems).
void export_attempts(std::span<const Attempt> attempts, const std::vector<Problem>& problems, std::ostream& out);

}  // namespace foothold
