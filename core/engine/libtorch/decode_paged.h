// SPDX-License-Identifier: GPL-3.0-or-later
// The paged decoder on the engine's model.
#pragma once
#include <memory>
#include <optional>

#include "engine/cuda/decoder.h"
#include "engine/libtorch/model.h"

namespace foothold {

class PagedSampling {
public:
    /// For floats on a GPU, where the CUDA module can be opened; null otherwise. The log says which way is taken and why.
    /// FOOTHOLD_DECODE in the environment: "tensors" = never, "bf16" = weights, keys and values in bf16 while sampling,
    /// "reference" = on a processor, by plain loops, for tests.
    static std::unique_ptr<PagedSampling> open(at::Device device, at::ScalarType type);

    /// The first batch of a model is begun by libtorch's operations too, and they do the rest where the two disagree: kernels
    /// that go wrong on some GPU must not decide what is learned.
    void decode(const Model& model, const Batch& batch);
    void forget();  ///< The model was put in another's place. Gives all memory back.
    std::int64_t bytes() const;
    /// What that is at most with a model of this shape; nothing where its shape is not for the kernels.
    std::optional<std::int64_t> bytes_for(const ModelConfig& config, std::int64_t rows, int tokens) const;

private:
    PagedSampling(std::unique_ptr<DecodeOps> ops, bool on_gpu) : ops_(std::move(ops)), on_gpu_(on_gpu) {}
    bool agrees(const Model& model, const Batch& batch);
    /// The model's weights where the ops read them.
    DecoderWeights weights(const Model& model) const;

    std::unique_ptr<DecodeOps> ops_;
    bool on_gpu_;
    at::Tensor rounded_;  // [parameters] bf16, where that is the type.
    std::optional<PagedDecoder> decoder_;
    enum class Trust { unknown, good, bad } trust_ = Trust::unknown;
};

}  // namespace foothold
