// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of the run store share: runs made of samples, and comparison field by field.
#pragma once
#include <QTemporaryDir>
#include <bit>
#include <cstring>
#include <fstream>
#include <functional>

#include "core/store_samples.h"
#include "record/error.h"
#include "store/run_store.h"

namespace foothold::stores {

namespace fs = std::filesystem;

inline std::string refusal(const std::function<void()>& call) {
    try {
        call();
    } catch (const UserError& error) {
        return error.what();
    }
    return {};
}

inline void touch(const fs::path& path, const std::string& text = "weights") { std::ofstream(path) << text; }

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

template <class T>
inline bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

inline bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

/// The name of the first field that differs; empty if none does.
inline std::string difference(const Attempt& a, const Attempt& b, bool tokens = true) {
    if (a.step != b.step) return "step";
    if (a.problem != b.problem) return "problem";
    if (a.occurrence != b.occurrence) return "occurrence";
    if (a.round != b.round) return "round";
    if (a.attempt != b.attempt) return "attempt";
    if (a.origin != b.origin) return "origin";
    if (a.variant != b.variant) return "variant";
    if (a.hint_ratio != b.hint_ratio) return "hint_ratio";
    if (a.prompt != b.prompt) return "prompt";
    if (a.hint != b.hint) return "hint";
    if (a.sampled_under != b.sampled_under) return "sampled_under";
    if (a.trained_under != b.trained_under) return "trained_under";
    if (a.completion != b.completion) return "completion";
    if (a.trained != b.trained) return "trained";
    if (!same_bits(a.reward, b.reward)) return "reward";
    if (!same_bits(a.advantage, b.advantage)) return "advantage";
    if (a.verdict != b.verdict) return "verdict";
    if (a.soundness != b.soundness) return "soundness";
    if (a.first_wrong_step != b.first_wrong_step) return "first_wrong_step";
    if (a.skipping != b.skipping) return "skipping";
    if (a.ended != b.ended) return "ended";
    if (a.extracted != b.extracted) return "extracted";
    if (!tokens) return b.tokens.empty() && b.logprobs.empty() ? "" : "tokens read";
    if (!same_bits(a.tokens, b.tokens)) return "tokens";
    if (!same_bits(a.logprobs, b.logprobs)) return "logprobs";
    if (!same_bits(a.entropies, b.entropies)) return "entropies";
    if (!same_bits(a.confidence, b.confidence)) return "confidence";
    return {};
}

inline std::string difference(const StepSummary& a, const StepSummary& b) {
    if (a.step != b.step) return "step";
    if (a.hash != b.hash) return "hash";
    if (a.groups != b.groups) return "groups";
    if (a.applied != b.applied) return "applied";
    if (a.metrics.size() != b.metrics.size()) return "metrics";
    for (std::size_t i = 0; i < a.metrics.size(); ++i)
        if (a.metrics[i].first != b.metrics[i].first || !same_bits(a.metrics[i].second, b.metrics[i].second))
            return a.metrics[i].first;
    return {};
}

inline AttemptQuery of_step(std::int64_t step) {
    AttemptQuery query;
    query.step = step;
    return query;
}

/// Steps 0, 1, ... without a gap, each with all its attempts; the number of steps, or -1 if one is not whole.
inline std::int64_t whole_steps(const fs::path& dir) {
    auto reader = RunReader::open(dir);
    const auto steps = reader->summaries();
    for (std::size_t s = 0; s < steps.size(); ++s) {
        const StepRecord expected = samples::step(static_cast<std::int64_t>(s));
        if (!difference(expected.summary, steps[s]).empty()) return -1;
        if (reader->attempts(of_step(expected.summary.step)).size() != expected.attempts.size()) return -1;
    }
    return static_cast<std::int64_t>(steps.size());
}

/// A folder for one test.
class Folder {
   public:
    Folder() { fs::permissions(root(), fs::perms(0755)); }
    fs::path root() const { return dir_.path().toStdString(); }
    static std::unique_ptr<RunWriter> make(const fs::path& dir) { return RunWriter::create(dir, samples::experiment("ghpo"), samples::info()); }
    fs::path finished(const char* name, std::int64_t steps) const {
        auto writer = make(root() / name);
        for (std::int64_t s = 0; s < steps; ++s) writer->append(samples::step(s));
        writer->flush();
        return root() / name;
    }

   private:
    QTemporaryDir dir_;
};

}  // namespace foothold::stores
