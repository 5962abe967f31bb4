// SPDX-License-Identifier: GPL-3.0-or-later
// The paged decoder on the engine's model.
#pragma once
#include <memory>
#include <optional>

#include "engine/cuda/decoder.h"
#include "engine/libtorch/model.h"

namespace foothold {

/// What FOOTHOLD_OPS in the environment asks for: "tensors" = sampling by libtorch's operations alone, "reference" = on a
/// processor, sampling and training by the plain loops that the CUDA module is held against. Both are for tests.
enum class AskedOps { usual, tensors, reference };
AskedOps asked_ops();

class PagedSampling {
public:
    /// For floats or bf16 on a GPU, where the CUDA module can be opened; null otherwise. The log says which way is taken and
    /// why.
    static std::unique_ptr<PagedSampling> open(at::Device device, at::ScalarType type, bool bf16);

    /// The first batch of a model is begun by libtorch's operations too, and they do the rest where the two disagree: kernels
    /// that go wrong on some GPU must not decide what is learned.
    /// `read`: the model's weights in the ops' numbers; the same memory until forget().
    void decode(const Model& model, const at::Tensor& read, const Batch& batch);
    void forget();  ///< The model was put in another's place. Gives all memory back.
    std::int64_t bytes() const;
    /// What that is at most with a model of this shape; nothing where its shape is not for the kernels.
    std::optional<std::int64_t> bytes_for(const ModelConfig& config, std::int64_t rows, int tokens) const;

private:
    PagedSampling(std::unique_ptr<DecodeOps> ops, bool on_gpu) : ops_(std::move(ops)), on_gpu_(on_gpu) {}
    bool agrees(const Model& model, const Batch& batch);

    std::unique_ptr<DecodeOps> ops_;
    bool on_gpu_;
    std::optional<PagedDecoder> decoder_;
    enum class Trust { unknown, good, bad } trust_ = Trust::unknown;
};

}  // namespace foothold
