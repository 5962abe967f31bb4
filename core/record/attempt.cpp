// SPDX-License-Identifier: GPL-3.0-or-later
// Names, states and hashes of records.
#include "record/attempt.h"

#include <cstring>

namespace foothold {
namespace {

class Hash {
   public:
    void bytes(const void* data, std::size_t size) {
        const auto* p = static_cast<const unsigned char*>(data);
        for (std::size_t i = 0; i < size; ++i) value_ = (value_ ^ p[i]) * 0x100000001b3ull;
    }
    template <class T>
    void number(T x) {
        bytes(&x, sizeof x);
    }
    void text(const std::string& s) {
        number(s.size());
        bytes(s.data(), s.size());
    }
    template <class T>
    void numbers(const std::vector<T>& v) {
        number(v.size());
        bytes(v.data(), v.size() * sizeof(T));
    }
    std::uint64_t value() const { return value_; }

   private:
    std::uint64_t value_ = 0xcbf29ce484222325ull;
};

}  // namespace

const char* to_string(Verdict verdict) {
    static constexpr const char* names[] = {"correct", "wrong", "unparseable"};
    return names[static_cast<int>(verdict)];
}

const char* to_string(Origin origin) {
    static constexpr const char* names[] = {"train", "eval", "probe", "branch", "given"};
    return names[static_cast<int>(origin)];
}

const char* to_string(GroupState state) {
    static constexpr const char* names[] = {"all wrong", "mixed", "all right", "rescued", "lucky rescue"};
    return names[static_cast<int>(state)];
}

GroupState GroupSummary::state() const {
    if (correct == 0) return GroupState::all_wrong;
    if (hint_ratio > 0) return sound > 0 ? GroupState::rescued : GroupState::lucky;
    return correct == attempts ? GroupState::all_right : GroupState::mixed;
}

const double* StepSummary::metric(const std::string& name) const {
    for (const auto& [key, value] : metrics)
        if (key == name) return &value;
    return nullptr;
}

bool is_timing(const std::string& metric) {
    // Probes are made by whoever watches: they do not belong to what a run repeats.
    return metric == "tokens_probe" || metric == "step_time" || metric == "tokens_per_second" || metric.starts_with("time/");
}

std::uint64_t hash_record(const StepRecord& record) {
    Hash hash;
    hash.number(record.summary.step);
    for (const auto& [name, value] : record.summary.metrics) {
        if (is_timing(name)) continue;
        hash.text(name);
        hash.number(value);
    }
    for (const Attempt& a : record.attempts) {
        hash.number(a.problem);
        hash.number(a.occurrence);
        hash.number(a.round);
        hash.number(a.attempt);
        hash.number(static_cast<int>(a.origin));
        hash.number(a.hint_ratio);
        hash.text(a.sampled_under);
        hash.text(a.trained_under);
        hash.numbers(a.tokens);
        hash.numbers(a.logprobs);
        hash.numbers(a.entropies);
        hash.numbers(a.confidence);
        hash.number(a.reward);
        hash.number(a.advantage);
        hash.number(static_cast<int>(a.verdict));
        hash.number(static_cast<int>(a.soundness));
        hash.number(a.first_wrong_step);
    }
    return hash.value();
}

}  // namespace foothold
