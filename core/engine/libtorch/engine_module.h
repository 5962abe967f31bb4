// SPDX-License-Identifier: GPL-3.0-or-later
// The engine on libtorch, one class for CPU and CUDA: the device is a field.
#pragma once
#include <ATen/ATen.h>

#include <optional>

#include "engine/cuda/train_ops.h"
#include "engine/engine.h"
#include "engine/libtorch/adapter.h"
#include "engine/libtorch/decode_paged.h"
#include "engine/libtorch/model.h"
#include "engine/libtorch/packed.h"
#include "engine/libtorch/passes.h"
#include "engine/libtorch/workers.h"

namespace foothold {

std::int64_t free_memory(at::Device device);  ///< Bytes.

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
    void place(const EngineState& state);  ///< load() without its checks.
    void place_adapter(const EngineState& state, const at::Tensor& flat);
    EngineState fetch() const;  ///< state(), libtorch's errors as they come.
    /// What update() changes: all weights, or the adapter's. Gradients and moments have its layout.
    const at::Tensor& trained() const { return adapter_ ? adapter_->flat : model_->flat; }
    const Model& model() const;
    /// The model's weights as the kernels read them, made when they are first asked for after a change; null where the
    /// kernels do not do the work. Before the workers begin, from the caller's thread alone.
    const PackedWeights* packed(bool backward);
    /// A model's weights as the CUDA module's ops read them: rounded where their numbers are, else the weights themselves.
    at::Tensor as_read(const Model& model) const;
    /// The same of model_, whose rounded copy is kept, one for sampling and training.
    const at::Tensor& read_weights();
    std::unique_ptr<Passes> passes(const Model& model, const at::Tensor& weights, const PackedWeights* packed, bool recompute) const;
    bool trains_by_ops() const;
    /// What DevicePasses takes for so many tokens at a time, whatever it trains.
    std::int64_t pass_bytes(const ModelConfig& config, std::int64_t tokens, bool recompute) const;
    /// Whether so many tokens at a time find room only if layers are computed twice.
    bool recomputes(std::int64_t tokens) const;
    /// Sets the weights to where `before` leads in the direction that they went, `norm` away.
    void hold_update(const at::Tensor& before, double norm);
    /// One step of AdamW along `slopes` x `scale`.
    void step(const at::Tensor& slopes, const OptimizerSettings& optimizer, double scale);
    at::TensorOptions options() const { return at::TensorOptions().dtype(type_).device(device_); }
    /// The gradient of all sequences, flat in the layout of trained(). Leaves the model as it is.
    at::Tensor accumulate(std::span<const ScoredSequence> sequences, const LogprobGradient& gradient,
                          std::stop_token stop);
    /// In one micro-batch of attempts after a context of this length; `asked` instead of the setting.
    std::int64_t tokens_at_once(std::int64_t context, int asked = 0) const;
    void check(std::span<const ScoredSequence> sequences) const;

    EngineOptions settings_;
    at::Device device_;
    at::ScalarType type_;
    bool fused_;  ///< The kernels of kernels.h do the work: floats on a processor that has the instructions.
    Workers workers_;
    std::optional<Model> model_, reference_;
    std::optional<Adapter> adapter_;           // On model_; let go before it.
    std::unique_ptr<PagedSampling> paged_;     // Null where other decoders do the work.
    std::unique_ptr<TrainOps> train_ops_;      // Null where others train.
    at::Tensor rounded_;                       // [parameters] of model_ in bf16, where that is what is read.
    bool rounded_stale_ = true;                // The weights have changed since.
    std::optional<PackedWeights> packed_;      // Of model_.
    bool packed_stale_ = false;                // Its weights have changed since.
    std::vector<std::unique_ptr<Passes>> passes_;  // One a worker, between updates; on model_ and packed_, let go before them.
    at::Tensor first_moment_, second_moment_;  // In the layout of trained(); undefined until there is something in them.
    std::optional<std::uint64_t> base_hash_;   // Of model_ without an adapter, once one asked for it.
    std::int64_t optimizer_steps_ = 0;
};

}  // namespace foothold
