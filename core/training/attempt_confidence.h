// SPDX-License-Identifier: GPL-3.0-or-later
// The confidence of a recorded attempt, as scores of traces want it.
#pragma once
#include "record/attempt.h"
#include "statistics/confidence_scores.h"
#include "text/tokenizer.h"

namespace foothold {

/// Minus the entropy of each token's distribution, before it was drawn; only results count, i.e. what follows "=". A step ends with its
/// result. An attempt without any is one step in which every token counts.
TraceConfidence confidence_of(const Attempt& attempt, const Tokenizer& tokenizer);

}  // namespace foothold
