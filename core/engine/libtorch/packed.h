// SPDX-License-Identifier: GPL-3.0-or-later
// The weights of a model in the order in which kernels.h reads them.
#pragma once
#include <vector>

#include "engine/libtorch/model.h"

namespace foothold {

/// A copy: made for one call, since the weights change between calls.
struct PackedWeights {
    /// With `backward` also what leads from outputs to inputs.
    PackedWeights(const Model& model, bool backward);

    struct Matrix {
        int outputs = 0, inputs = 0;
        std::vector<float> forward, backward;
    };
    struct Layer {
        Matrix qkv, o, gate_up, down;
    };
    std::vector<Layer> layers;
    Matrix head;
};

}  // namespace foothold
