// SPDX-License-Identifier: GPL-3.0-or-later
// Forward and backward of a micro-batch, whatever does the work.
#pragma once
#include <ATen/ATen.h>

#include <span>

#include "engine/engine.h"

namespace foothold {

class Passes {
public:
    virtual ~Passes() = default;

    /// Log-probs of all scored tokens, sequence after sequence. Keeps what backward() needs until the next call.
    virtual std::span<const float> forward(std::span<const ScoredSequence* const> sequences) = 0;

    /// Adds to `sum`, laid out as Model::flat or, where the model has an adapter, as Adapter::flat, for d loss / d log-prob
    /// in the order of forward()'s.
    virtual void backward(std::span<const float> slopes, const at::Tensor& sum) = 0;

    /// Memory of its own that it holds until it goes; nothing where libtorch's allocator keeps it anyway.
    virtual std::int64_t bytes() const { return 0; }
};

inline std::span<const float> numbers_of(const at::Tensor& host) {
    return {host.const_data_ptr<float>(), static_cast<std::size_t>(host.numel())};
}

}  // namespace foothold
