// SPDX-License-Identifier: GPL-3.0-or-later
// The operators themselves. Each takes a trace and gives back another; what each does is said where it is registered, in corruption.cpp.
#pragma once
#include "tasks/corruption.h"

namespace foothold::operators {

using Steps = std::vector<std::string>;

// Wrong or foreign content.
Steps swap(Steps steps, const CorruptionContext& context);
Steps swap_numbers(Steps steps, const CorruptionContext& context);
Steps noise(Steps steps, const CorruptionContext& context);
Steps irrelevant(Steps steps, const CorruptionContext& context);
Steps error(Steps steps, const CorruptionContext& context);
Steps error_propagated(Steps steps, const CorruptionContext& context);
Steps wrong_answer(Steps steps, const CorruptionContext& context);
// Order and number of steps.
Steps shuffle(Steps steps, const CorruptionContext& context);
Steps reverse(Steps steps, const CorruptionContext& context);
Steps remove(Steps steps, const CorruptionContext& context);
Steps insert(Steps steps, const CorruptionContext& context);
Steps truncate(Steps steps, const CorruptionContext& context);
// Other or no words.
Steps paraphrase(Steps steps, const CorruptionContext& context);
Steps filler(Steps steps, const CorruptionContext& context);
Steps empty(Steps steps, const CorruptionContext& context);

}  // namespace foothold::operators
