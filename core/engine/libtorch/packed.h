// SPDX-License-Identifier: GPL-3.0-or-later
// The weights of a model in the order in which kernels.h reads them.
#pragma once
#include <vector>

#include "engine/libtorch/large_pages.h"
#include "engine/libtorch/model.h"
#include "engine/libtorch/workers.h"

namespace foothold {

/// A copy, made by all workers, good until the weights change; then repack() makes it good again, in the memory that it
/// has.
struct PackedWeights {
    PackedWeights(const Model& model, Workers& workers);
    /// Adds what leads from outputs to inputs, unless it is there.
    void add_backward(const Model& model, Workers& workers);
    void repack(const Model& model, Workers& workers);
    std::int64_t bytes() const;

    struct Matrix {
        int outputs = 0, inputs = 0;
        Floats forward, backward;
    };
    struct Layer {
        Matrix qkv, o, gate_up, down;
    };
    std::vector<Layer> layers;
    Matrix head;

private:
    /// Calls work(matrix, its weight) for each, whichever worker is free.
    template <class Work>
    void each(const Model& model, Workers& workers, Work work);
};

}  // namespace foothold
