// SPDX-License-Identifier: GPL-3.0-or-later
// The engine on libtorch, one class for CPU and CUDA: the device is a field.
#pragma once
#include <ATen/ATen.h>

#include <optional>

#include "engine/engine.h"
#include "engine/libtorch/model.h"
#include "engine/libtorch/workers.h"

namespace foothold {

class LibtorchEngine final : public Engine {
public:
    explicit LibtorchEngine(const EngineOptions& options);

    void load(const EngineState& state) override;
    EngineState state() const override;
    const ModelConfig& config() const override { return model().config; }
    std::vector<std::vector<Completion>> generate(std::span<const GenerateRequest> requests, const DecodingRules& rules,
                                                  Token end_token, std::stop_token stop,
                                                  const std::function<void(std::int64_t)>& progress) override;
    std::vector<NextToken> next_tokens(std::span<const Token> context, int count) override;
    std::vector<std::vector<float>> score(std::span<const ScoredSequence> sequences, bool reference,
                                          std::stop_token stop) override;
    void keep_reference() override;
    UpdateResult update(std::span<const ScoredSequence> sequences, const LogprobGradient& gradient,
                        const OptimizerSettings& optimizer, std::stop_token stop) override;
    std::vector<float> gradient(std::span<const ScoredSequence> sequences, const LogprobGradient& gradient) override;
    MemoryPlan plan(const PlanRequest& request) const override;
    std::string device_name() const override;
    Memory memory() const override;

private:
    const Model& model() const;
    at::TensorOptions options() const { return at::TensorOptions().dtype(type_).device(device_); }
    /// The gradient of all sequences, flat in the layout of Model::flat. Leaves the model as it is.
    at::Tensor accumulate(std::span<const ScoredSequence> sequences, const LogprobGradient& gradient,
                          std::stop_token stop);
    std::int64_t tokens_at_once() const;  ///< In one micro-batch.
    void check(std::span<const ScoredSequence> sequences) const;

    EngineOptions settings_;
    at::Device device_;
    at::ScalarType type_;
    bool fused_;  ///< The kernels of kernels.h do the work: floats on a processor that has the instructions.
    Workers workers_;
    std::optional<Model> model_, reference_;
    at::Tensor first_moment_, second_moment_;  // [parameters], in the layout of Model::flat
    std::int64_t optimizer_steps_ = 0;
};

}  // namespace foothold
