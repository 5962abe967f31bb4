// SPDX-License-Identifier: GPL-3.0-or-later
// Judging a completion.
#include "training/judged_attempt.h"

namespace foothold {

Placement placement_of(const Experiment& experiment, const Family& family) {
    const std::string& knob = experiment.guidance.placement;
    return knob == "answer" ? Placement::answer : knob == "prompt" ? Placement::prompt : family.natural_placement();
}

void judge_completion(Attempt& attempt, Completion&& completion, const Family& family, const Problem& problem, Placement placement) {
    attempt.tokens = std::move(completion.tokens);
    attempt.logprobs = std::move(completion.logprobs);
    attempt.entropies = std::move(completion.entropies);
    attempt.confidence = std::move(completion.confidence);
    attempt.ended = completion.ended;
    attempt.completion = family.tokenizer().decode(attempt.tokens, family.end_token());
    const Judgement judgement = family.judge(problem, attempt.hint, placement, attempt.completion, attempt.ended);
    attempt.verdict = judgement.verdict;
    attempt.soundness = judgement.soundness;
    attempt.first_wrong_step = judgement.first_wrong_step;
    attempt.skipping = judgement.skipping;
    attempt.extracted = judgement.extracted;
    attempt.reward = judgement.verdict == Verdict::correct ? 1 : 0;
}

}  // namespace foothold
