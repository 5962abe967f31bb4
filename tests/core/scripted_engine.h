// SPDX-License-Identifier: GPL-3.0-or-later
// An engine in plain C++ whose attempts follow a script: it solves a context or not as a function says, and remembers what it was asked.
#pragma once
#include <cmath>
#include <functional>

#include "engine/engine.h"
#include "record/random.h"
#include "tasks/family.h"

namespace foothold {

class ScriptedEngine : public Engine {
   public:
    /// solves(context text, attempt): does this attempt write the right completion? `answers` finds the problem of a prompt.
    ScriptedEngine(const Family& family, std::function<bool(const std::string&, int)> solves, std::function<std::string(const std::string&)> completion)
        : family_(family), solves_(std::move(solves)), completion_(std::move(completion)) {
        config_.vocab_size = family.tokenizer().size();
        state_.config = config_;
        state_.tensors["weight"] = {{1}, {0}};
    }

    void load(const EngineState& state) override { state_ = state; }
    EngineState state() const override { return state_; }
    const ModelConfig& config() const override { return config_; }

    std::vector<std::vector<Completion>> generate(std::span<const GenerateRequest> requests, const DecodingRules&, Token end, std::stop_token stop,
                                                  const std::function<void(std::int64_t)>&) override {
        ++generations;
        std::vector<std::vector<Completion>> out;
        for (const GenerateRequest& request : requests) {
            if (stop.stop_requested()) throw Stopped{};
            asked.push_back(request);
            const std::string context = family_.tokenizer().decode(request.context);
            std::vector<Completion> group;
            for (int a = 0; a < request.attempts; ++a) {
                Completion c;
                c.tokens = family_.tokenizer().encode(solves_(context, a) ? completion_(context) : "# n0 n0 n0 n0");
                c.tokens.push_back(end);
                c.ended = true;
                c.logprobs.assign(c.tokens.size(), -0.5f);
                c.entropies.assign(c.tokens.size(), 0.1f);
                if (unsure)
                    for (std::size_t t = 0; t < c.tokens.size(); ++t) c.entropies[t] = unsure(context, a, t, c.tokens);
                c.confidence.assign(c.tokens.size(), 1.0f);
                group.push_back(std::move(c));
            }
            out.push_back(std::move(group));
        }
        return out;
    }

    std::vector<NextToken> next_tokens(std::span<const Token>, int count) override {
        const int all = std::min(count, config_.vocab_size);
        std::vector<NextToken> out;
        for (Token t = 0; t < all; ++t) out.push_back({t, 1.0 / config_.vocab_size});
        return out;
    }
    std::vector<std::vector<float>> score(std::span<const ScoredSequence> sequences, bool, std::stop_token) override {
        std::vector<std::vector<float>> out;
        for (const ScoredSequence& s : sequences) out.emplace_back(s.scored(), -0.5f);
        return out;
    }
    void keep_reference() override {}

    UpdateResult update(std::span<const ScoredSequence> sequences, const LogprobGradient& gradient, const OptimizerSettings&, std::stop_token) override {
        ++updates;
        trained.assign(sequences.begin(), sequences.end());
        gradients = gradient_rows(sequences, gradient);
        state_.optimizer_steps += 1;
        state_.tensors["weight"].data[0] += 1;
        return {};
    }
    std::vector<float> gradient(std::span<const ScoredSequence> sequences, const LogprobGradient& gradient) override {
        gradients = gradient_rows(sequences, gradient);
        return {};
    }
    MemoryPlan plan(const PlanRequest&) const override { return {}; }
    std::string device_name() const override { return "script"; }
    Memory memory() const override { return {}; }

    /// Entropy of token t of an attempt under a context, where it matters.
    std::function<float(const std::string&, int, std::size_t, const std::vector<Token>&)> unsure;
    std::vector<GenerateRequest> asked;       ///< Every request so far.
    std::vector<ScoredSequence> trained;      ///< Of the last update.
    std::vector<std::vector<float>> gradients;  ///< Of the last update, [rows][scored].
    int generations = 0, updates = 0;

   private:
    static std::vector<std::vector<float>> gradient_rows(std::span<const ScoredSequence> sequences, const LogprobGradient& gradient) {
        std::vector<std::vector<float>> out;
        for (std::size_t r = 0; r < sequences.size(); ++r) {
            const std::vector<float> logprobs(sequences[r].scored(), -0.5f);
            out.emplace_back(sequences[r].scored());
            gradient(r, logprobs, out.back());
        }
        return out;
    }

    const Family& family_;
    std::function<bool(const std::string&, int)> solves_;
    std::function<std::string(const std::string&)> completion_;
    ModelConfig config_;
    EngineState state_;
};

}  // namespace foothold
