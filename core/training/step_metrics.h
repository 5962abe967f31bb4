// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers that describe a step, under TRL's names where TRL has them.
#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "record/attempt.h"
#include "text/tokenizer.h"

namespace foothold {

using Metrics = std::vector<std::pair<std::string, double>>;

/// Shares of dead, rescued and hinted groups among those trained on, and before hints among all drawn.
void add_group_metrics(std::span<const GroupSummary> trained_on, std::span<const GroupSummary> drawn, Metrics& out);

/// Rewards, lengths and the share of lucky successes in the push towards successes (`advantage_share/lucky`, 0 without any), of the attempts as trained (the last round of each group). [attempts]
void add_attempt_metrics(std::span<const Attempt* const> attempts, std::size_t group_size, Metrics& out);

/// What a group's attempts without a hint would answer together, as mean credit over groups (1 = right, shared among ties): `vote/majority`, the answer of
/// most; `vote/surest-step`, that of the attempt whose least sure step is surest (confidence_of); `vote/surest-mean`, that of the attempt surest on average over
/// all its tokens. Nothing where no group has such attempts. [groups][attempts]
void add_vote_metrics(std::span<const std::vector<const Attempt*>> groups, const Tokenizer& tokenizer, Metrics& out);

/// Accuracy, soundness, greedy accuracy and skipping of one tier's held-out attempts (round 0 sampled, round 1 greedy).
void add_heldout_metrics(const std::string& tier, std::span<const Attempt> attempts, Metrics& out);

}  // namespace foothold
