// SPDX-License-Identifier: GPL-3.0-or-later
// A group sampled to be looked at: under a trace cut anywhere, or branching off in the middle of an attempt. It trains nothing.
#pragma once
#include <mutex>

#include "studies/engine_job.h"

namespace foothold {

struct GroupProbeSettings {
    std::uint32_t problem = 0;  ///< Index in the run's problems.
    std::int64_t variant = 0;   ///< Id of the trace; 0 = the reference trace.
    std::vector<std::string> steps;  ///< The trace that the hint is cut from.
    int given = 0;                   ///< Steps of it that are given; 0 = no hint.
    std::vector<Token> forced;       ///< Branch: tokens that every attempt starts with, after the hint.
    int attempts = 8;
    std::int64_t seed = 1;
};

class GroupProbe final : public EngineJob {
   public:
    explicit GroupProbe(GroupProbeSettings settings);
    std::vector<Attempt> slice(const JobPorts& ports) override;
    bool done() const override;
    void give_up(const std::string& reason) override;
    const GroupProbeSettings& settings() const { return settings_; }
    /// Once done, any thread: the attempts, their advantages those that the group would get in training.
    std::vector<Attempt> attempts() const;
    std::int64_t step() const;    ///< Once done: sampled under the weights after this step.
    std::string failure() const;  ///< For people; empty = none.

   private:
    const GroupProbeSettings settings_;
    mutable std::mutex mutex_;
    std::vector<Attempt> attempts_;
    std::int64_t step_ = 0;
    std::string failure_;
    bool done_ = false;
};

}  // namespace foothold
