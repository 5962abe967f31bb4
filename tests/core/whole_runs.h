// SPDX-License-Identifier: GPL-3.0-or-later
// Small whole runs on the real engine and the shipped base, shared by the tests that need them.
#pragma once
#include <thread>

#include "record/experiment_file.h"
#include "session/session.h"

namespace foothold {

inline Experiment small(const std::string& more = "") {
    return parse_experiment("steps = 8\n[model]\npath = \"" FOOTHOLD_SOURCE_DIR
                            "/resources/models/chain-slips.safetensors\"\n[problems]\ntiers = [\"+:4\", \"*:6\"]\npool = 8\n[sampling]\nproblems = 4\nattempts = 4\n"
                            "[heldout]\nevery = 4\nn = 4\n[checkpoint]\nevery = 3\n" + more, "small");
}

inline SessionOptions at(const std::filesystem::path& dir, std::int64_t steps = 0) {
    SessionOptions options;
    options.dir = dir;
    options.steps = steps;
    options.device = "cpu";
    return options;
}

inline std::vector<std::uint64_t> hashes(const std::filesystem::path& dir) {
    std::vector<std::uint64_t> out;
    for (const StepSummary& s : RunReader::open(dir)->summaries()) out.push_back(s.hash);
    return out;
}

inline void run_to_end(Session& session) {
    session.run();
    session.finish({});
}

/// Waits for a condition on a session without a clock of its own: it is polled while the trainer works.
template <class Condition>
void until(const Session& session, Condition condition) {
    while (!condition() && session.progress().state != TrainerState::failed) std::this_thread::yield();
}

}  // namespace foothold
