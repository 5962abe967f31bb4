// SPDX-License-Identifier: GPL-3.0-or-later
// Made-up records for the tests of the store: every field differs, the awkward values are among them.
#pragma once
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "record/experiment_file.h"
#include "record/random.h"
#include "store/run_store.h"

namespace foothold::samples {

inline RunInfo info(std::size_t pool = 3, std::size_t heldout = 2) {
    RunInfo info;
    info.name = "a run, \"quoted\"";
    info.created = "2026-03-04T05:06:07Z";
    info.version = "0.1.0";
    info.device = "cpu";
    info.host = "böx";
    info.parent = "/runs/parent";
    info.parent_step = 7;
    info.planned_steps = 150;
    info.vocabulary = {"<end>", " ", "1", "∗"};
    for (std::size_t i = 0; i < pool + heldout; ++i)
        info.problems.push_back({"chain/*:10/" + std::to_string(i),
                                 "chain",
                                 i % 2 ? "*:10" : "+:4",
                                 "1 + " + std::to_string(i),
                                 std::to_string(i + 1),
                                 {"step, one", "step \"two\"", std::string("zero\0byte", 9)}});
    info.pool_size = pool;
    return info;
}

inline Attempt attempt(std::int64_t step, std::uint32_t problem, int round, int index, std::size_t tokens = 12) {
    Random random(random_key({static_cast<std::uint64_t>(step), problem, static_cast<std::uint64_t>(round),
                              static_cast<std::uint64_t>(index)}));
    Attempt a;
    a.step = step;
    a.problem = problem;
    a.occurrence = static_cast<std::uint16_t>(problem % 2);
    a.round = static_cast<std::uint16_t>(round);
    a.attempt = static_cast<std::uint16_t>(index);
    a.variant = index == 1 ? 4'000'000'000 : 0;
    a.hint_ratio = round > 0 ? 0.3f * static_cast<float>(round) : 0.f;
    a.prompt = "prompt of " + std::to_string(problem);
    a.hint = round > 0 ? "hint\nof " + std::to_string(problem) : "";
    a.sampled_under = a.prompt + " => " + a.hint;
    a.trained = index != 2;
    a.trained_under = a.trained ? a.sampled_under : "";
    a.completion = std::string("zero\0byte ", 10) + "über \"all\" " + std::to_string(random.below(1000));
    for (std::size_t i = 0; i < tokens; ++i) {
        a.tokens.push_back(static_cast<std::int32_t>(random.below(40)));
        a.logprobs.push_back(static_cast<float>(-random.uniform()));
        a.entropies.push_back(static_cast<float>(random.uniform()));
        a.confidence.push_back(static_cast<float>(random.normal()));
    }
    if (tokens > 3) {
        a.logprobs[0] = -std::numeric_limits<float>::infinity();
        a.logprobs[1] = -0.f;
        a.logprobs[2] = std::numeric_limits<float>::quiet_NaN();
        a.entropies[0] = std::numeric_limits<float>::denorm_min();
    }
    a.reward = index % 3 == 0 ? 1 : 0;
    a.advantage = index == 1 ? -0.0 : random.normal() / 3;
    a.verdict = static_cast<Verdict>(index % 3);
    a.soundness = static_cast<Soundness>((index + 2) % 3);
    a.first_wrong_step = index % 2 ? index : -1;
    a.skipping = index % 2 == 0;
    a.ended = index % 3 != 1;
    a.extracted = index % 3 == 2 ? "" : std::to_string(random.below(13));
    return a;
}

/// A step with `groups` groups of `size` attempts in one or two rounds.
inline StepRecord step(std::int64_t number, std::uint32_t groups = 3, int size = 4, std::size_t tokens = 12) {
    StepRecord record;
    record.summary.step = number;
    for (std::uint32_t g = 0; g < groups; ++g) {
        const int rounds = 1 + static_cast<int>(g % 2);
        GroupSummary group;
        group.problem = g;
        group.occurrence = static_cast<std::uint16_t>(g % 2);
        group.rounds = static_cast<std::uint16_t>(rounds);
        group.hint_ratio = rounds > 1 ? 0.3f : 0.f;
        group.attempts = static_cast<std::uint8_t>(size);
        group.correct_before = g == 2 ? GroupSummary::no_plain_round : 0;
        group.correct = static_cast<std::uint8_t>(1 + g);
        group.sound = static_cast<std::uint8_t>(g);
        record.summary.groups.push_back(group);
        for (int round = 0; round < rounds; ++round)
            for (int i = 0; i < size; ++i) record.attempts.push_back(attempt(number, g, round, i, tokens));
    }
    record.summary.metrics = {
        {"reward", 1.0 / 3 + static_cast<double>(number)}, {"frac_all_wrong", -0.0}, {"loss", 1e-300}};
    record.summary.hash = hash_record(record);
    return record;
}

/// The text of a valid experiment file with this policy.
inline std::string experiment(const std::string& policy) {
    Experiment experiment;
    experiment.guidance.policy = policy;
    return write_experiment(experiment);
}

}  // namespace foothold::samples
