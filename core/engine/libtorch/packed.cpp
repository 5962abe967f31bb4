// SPDX-License-Identifier: GPL-3.0-or-later
// The weights of a model in the order in which kernels.h reads them.
#include "engine/libtorch/packed.h"

#include "engine/libtorch/kernels.h"

namespace foothold {

PackedWeights::PackedWeights(const Model& model) {
    const auto pack = [&](const at::Tensor& weight) {
        Matrix matrix{static_cast<int>(weight.size(0)), static_cast<int>(weight.size(1)), {}, {}};
        matrix.forward.resize(kernels::packed_size(matrix.outputs, matrix.inputs));
        kernels::pack(weight.const_data_ptr<float>(), matrix.outputs, matrix.inputs, matrix.forward.data());
        return matrix;
    };
    for (const Model::Layer& layer : model.layers)
        layers.push_back({pack(layer.qkv), pack(layer.o), pack(layer.gate_up), pack(layer.down)});
    head = pack(model.head);
}

void PackedWeights::add_backward(const Model& model) {
    if (!head.backward.empty()) return;
    const auto add = [&](Matrix& matrix, const at::Tensor& weight) {
        matrix.backward.resize(kernels::packed_size(matrix.inputs, matrix.outputs));
        kernels::pack_columns(weight.const_data_ptr<float>(), matrix.outputs, matrix.inputs, matrix.backward.data());
    };
    for (std::size_t i = 0; i < layers.size(); ++i) {
        add(layers[i].qkv, model.layers[i].qkv);
        add(layers[i].o, model.layers[i].o);
        add(layers[i].gate_up, model.layers[i].gate_up);
        add(layers[i].down, model.layers[i].down);
    }
    add(head, model.head);
}

std::int64_t PackedWeights::bytes() const {
    const auto of = [](const Matrix& matrix) {
        return static_cast<std::int64_t>((matrix.forward.size() + matrix.backward.size()) * sizeof(float));
    };
    std::int64_t sum = of(head);
    for (const Layer& layer : layers) sum += of(layer.qkv) + of(layer.o) + of(layer.gate_up) + of(layer.down);
    return sum;
}

}  // namespace foothold
