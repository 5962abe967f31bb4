// SPDX-License-Identifier: GPL-3.0-or-later
// What a run leaves behind: attempts, groups and steps, as plain data.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "record/experiment.h"

namespace foothold {

enum class Verdict : std::uint8_t { correct, wrong, unparseable };
/// `given`: the reference solution put among the attempts; nothing was sampled.
enum class Origin : std::uint8_t { train, eval, probe, branch, given };
/// Is a success sound (its own steps right and following on)? Unknown where the steps cannot be checked or the attempt failed.
enum class Soundness : std::uint8_t { unknown, lucky, sound };

const char* to_string(Verdict verdict);
const char* to_string(Origin origin);

/// One sampled completion with the context it was sampled under and the one it is trained under.
struct Attempt {
    std::int64_t id = 0;  ///< Row in the store; 0 = not stored yet.
    std::int64_t step = 0;
    std::uint32_t problem = 0;     ///< Index in the run's problem list (pool first, then held-out).
    std::uint16_t occurrence = 0;  ///< Nth visit of the problem within the step.
    std::uint16_t round = 0;       ///< 0 = first round of the step.
    std::uint16_t attempt = 0;     ///< Index within the group.
    Origin origin = Origin::train;
    std::int64_t variant = 0;  ///< 0 = the problem's own trace.
    float hint_ratio = 0;      ///< 0 = no hint.
    std::string prompt, hint;  ///< Text; the hint as given, corrupted where it was.
    std::string sampled_under, trained_under;  ///< The full contexts as text; trained_under empty if not trained.
    std::vector<std::int32_t> context;  ///< Ids of sampled_under, as sampled; not stored.
    std::string completion;
    std::vector<std::int32_t> tokens;  ///< Ids of the completion, end token included. [tokens]
    std::vector<float> logprobs, entropies, confidence;  ///< [tokens]
    bool trained = false;
    double reward = 0;
    double advantage = 0;
    Verdict verdict = Verdict::wrong;
    Soundness soundness = Soundness::unknown;
    std::int32_t first_wrong_step = -1;  ///< Counted from 0 over the whole trace, hint included; -1 = none.
    bool skipping = false;               ///< Fewer steps written than the problem had left.
    bool ended = false;                  ///< Wrote the end token (otherwise cut at the limit).
    std::string extracted;               ///< The answer read from it; empty if none.
};

/// What became of a group in a step.
enum class GroupState : std::uint8_t { all_wrong, mixed, all_right, rescued, lucky };
const char* to_string(GroupState state);

/// A group in 20 bytes, for the history that the window keeps.
struct GroupSummary {
    std::uint32_t problem = 0;
    std::uint16_t occurrence = 0;
    std::uint16_t rounds = 1;
    float hint_ratio = 0;               ///< Of the round that counts (is trained); 0 = none.
    std::uint8_t attempts = 0;
    std::uint8_t correct_before = 0;    ///< Successes in the round without a hint; no_plain_round if there was none.
    std::uint8_t correct = 0;           ///< Successes in the round that counts.
    std::uint8_t sound = 0;             ///< Sound ones among them.
    static constexpr std::uint8_t no_plain_round = 255;
    GroupState state() const;
    bool has_gradient() const { return correct > 0 && correct < attempts; }
    bool operator==(const GroupSummary&) const = default;
};

/// A step as history keeps it.
struct StepSummary {
    std::int64_t step = 0;  ///< 1 is the first; 0 is the state before training (held-out only, no groups).
    std::vector<GroupSummary> groups;
    std::vector<std::pair<std::string, double>> metrics;  ///< Names as in `export --what metrics`, in a fixed order.
    std::vector<Intervention> applied;                    ///< Interventions that took effect with this step.
    std::uint64_t hash = 0;                               ///< Of all records of the step, timings apart.
    const double* metric(const std::string& name) const;
};

/// A step as it goes to the store: the summary and every attempt.
struct StepRecord {
    StepSummary summary;
    std::vector<Attempt> attempts;
    std::string checkpoint;  ///< File name within the run directory, empty if none was made.
};

/// FNV-1a over the records of a step: everything but times. Two runs with equal hashes made the same attempts.
std::uint64_t hash_record(const StepRecord& record);

/// True for metrics that measure time or what was probed beside training: they differ between runs that are otherwise equal.
bool is_timing(const std::string& metric);

}  // namespace foothold
