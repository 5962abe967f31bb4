// SPDX-License-Identifier: GPL-3.0-or-later
// The weights of a model in the order in which kernels.h reads them.
#include "engine/libtorch/packed.h"

#include <atomic>

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
void PackedWeights::each(const Model& model, Workers& workers, Work work) {
    std::vector<std::pair<Matrix*, const at::Tensor*>> all = {{&head, &model.head}};  // The largest first.
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Model::Layer& from = model.layers[i];
        all.insert(all.end(), {{&layers[i].gate_up, &from.gate_up}, {&layers[i].down, &from.down}, {&layers[i].qkv, &from.qkv}, {&layers[i].o, &from.o}});
    }
    std::atomic<std::size_t> next = 0;
    workers.run([&](int) {
        for (std::size_t i; (i = next++) < all.size();) work(*all[i].first, *all[i].second);
    });
}

PackedWeights::PackedWeights(const Model& model, Workers& workers) : layers(model.layers.size()) { each(model, workers, pack_forward); }

void PackedWeights::add_backward(const Model& model, Workers& workers) {
    if (head.backward.empty()) each(model, workers, pack_backward);
}

void PackedWeights::repack(const Model& model, Workers& workers) {
    each(model, workers, pack_forward);
    if (!head.backward.empty()) each(model, workers, pack_backward);
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
