// SPDX-License-Identifier: GPL-3.0-or-later
// The weights of a model in the order in which kernels.h reads them.
#include "engine/libtorch/packed.h"

#include "engine/libtorch/kernels.h"

namespace foothold {

namespace {

void pack_forward(PackedWeights::Matrix& matrix, const at::Tensor& weight) {
    matrix.outputs = static_cast<int>(weight.size(0));
    matrix.inputs = static_cast<int>(weight.size(1));
    matrix.forward.resize(kernels::packed_size(matrix.outputs, matrix.inputs));
    kernels::pack(weight.const_data_ptr<float>(), matrix.outputs, matrix.inputs, matrix.forward.data());
}

void pack_backward(PackedWeights::Matrix& matrix, const at::Tensor& weight) {
    matrix.backward.resize(kernels::packed_size(matrix.inputs, matrix.outputs));
    kernels::pack_columns(weight.const_data_ptr<float>(), matrix.outputs, matrix.inputs, matrix.backward.data());
}

}  // namespace

template <class Work>
void PackedWeights::each(const Model& model, Work work) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        work(layers[i].qkv, model.layers[i].qkv);
        work(layers[i].o, model.layers[i].o);
        work(layers[i].gate_up, model.layers[i].gate_up);
        work(layers[i].down, model.layers[i].down);
    }
    work(head, model.head);
}

PackedWeights::PackedWeights(const Model& model) : layers(model.layers.size()) { each(model, pack_forward); }

void PackedWeights::add_backward(const Model& model) {
    if (head.backward.empty()) each(model, pack_backward);
}

void PackedWeights::repack(const Model& model) {
    each(model, pack_forward);
    if (!head.backward.empty()) each(model, pack_backward);
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
