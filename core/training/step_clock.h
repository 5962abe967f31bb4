// SPDX-License-Identifier: GPL-3.0-or-later
// A stop watch for the phases of a step.
#pragma once
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "record/step_phases.h"

namespace foothold {

/// Every moment from its making on belongs to one phase: the parts add up to the whole.
class StepClock {
public:
    explicit StepClock(StepPhase first = StepPhase::draw) : phase_(first) {}

    void enter(StepPhase phase) {
        const auto now = Clock::now();
        spent_[static_cast<std::size_t>(phase_)] += now - since_;
        phase_ = phase;
        since_ = now;
    }
    void stop() { enter(phase_); }
    double seconds() const {
        return std::chrono::duration<double>(since_ - start_).count();
    }  ///< Until the last enter() or stop().

    /// `time/<phase>` of every phase from `first` on, in seconds, likewise. Those that the session measures are 0.
    void add_metrics(StepPhase first, std::vector<std::pair<std::string, double>>& out) const {
        for (auto i = static_cast<std::size_t>(first); i < step_phases.size(); ++i)
            out.emplace_back(step_phases[i].metric, std::chrono::duration<double>(spent_[i]).count());
    }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_ = Clock::now();
    Clock::time_point since_ = start_;
    StepPhase phase_;
    std::array<Clock::duration, step_phases.size()> spent_{};
};

}  // namespace foothold
