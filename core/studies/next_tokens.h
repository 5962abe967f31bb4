// SPDX-License-Identifier: GPL-3.0-or-later
// What else could have stood at a place of an attempt, by the model as it is now. It trains and samples nothing.
#pragma once
#include <mutex>
#include <utility>

#include "studies/engine_job.h"

namespace foothold {

class NextTokens final : public EngineJob {
   public:
    /// After `context` (text, as an attempt was sampled under) and `tokens` that were generated after it.
    NextTokens(std::string context, std::vector<Token> tokens, int count);
    std::vector<Attempt> slice(const JobPorts& ports) override;
    bool done() const override;
    void give_up(const std::string& reason) override;
    /// Once done, any thread: text and probability, most probable first; empty if it was given up.
    std::vector<std::pair<std::string, double>> likely() const;
    std::vector<Token> tokens() const;  ///< The ids of likely(), in its order.
    std::int64_t step() const;  ///< The weights are those after it.

   private:
    const std::string context_;
    const std::vector<Token> tokens_;
    const int count_;
    mutable std::mutex mutex_;
    std::vector<std::pair<std::string, double>> likely_;
    std::vector<Token> ids_;
    std::int64_t step_ = 0;
    bool done_ = false;
};

}  // namespace foothold
