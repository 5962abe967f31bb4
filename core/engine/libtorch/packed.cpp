// SPDX-License-Identifier: GPL-3.0-or-later
// The weights of a model in the order in which kernels.h reads them.
#include "engine/libtorch/packed.h"

#include "engine/libtorch/kernels.h"

namespace foothold {

PackedWeights::PackedWeights(const Model& model, bool backward) {
    const auto pack = [&](const at::Tensor& weight) {
        Matrix matrix{static_cast<int>(weight.size(0)), static_cast<int>(weight.size(1)), {}, {}};
        matrix.forward.resize(kernels::packed_size(matrix.outputs, matrix.inputs));
        kernels::pack(weight.const_data_ptr<float>(), matrix.outputs, matrix.inputs, matrix.forward.data());
        if (backward) {
            matrix.backward.resize(kernels::packed_size(matrix.inputs, matrix.outputs));
            kernels::pack_columns(weight.const_data_ptr<float>(), matrix.outputs, matrix.inputs,
                                  matrix.backward.data());
        }
        return matrix;
    };
    for (const Model::Layer& layer : model.layers)
        layers.push_back({pack(layer.qkv), pack(layer.o), pack(layer.gate_up), pack(layer.down)});
    head = pack(model.head);
}

}  // namespace foothold
