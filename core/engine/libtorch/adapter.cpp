// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/libtorch/adapter.h"

#include <algorithm>

#include "engine/libtorch/kernels.h"
#include "engine/lora.h"

namespace foothold {

Adapter::Adapter(Model& model, const LoraConfig& config, at::Tensor numbers)
    : lora(config), flat(std::move(numbers)), model_(model) {
    const at::NoGradGuard no_grad;
    const auto placements = place_parameters(model.config);
    std::int64_t at = 0;
    const auto take = [&](std::int64_t rows, std::int64_t columns) {
        at::Tensor leaf = flat.narrow(0, at, rows * columns).view({rows, columns}).detach();
        leaf.requires_grad_(true);
        leaves.push_back(leaf);
        at += rows * columns;
        return leaf;
    };
    for (const LoraModule& module : lora_modules(model.config, lora)) {
        const auto place = std::ranges::lower_bound(placements, module.weight(), {}, &Placement::name);
        AdaptedMatrix matrix;
        matrix.offset = place->offset;
        matrix.weight = model.flat.narrow(0, place->offset, place->size).view({module.outputs, module.inputs});
        matrix.base = matrix.weight.clone();
        matrix.a = take(lora.rank, module.inputs);
        matrix.b = take(module.outputs, lora.rank);
        matrices_.push_back(std::move(matrix));
    }
    std::ranges::sort(matrices_, {}, &AdaptedMatrix::offset);
    for (at::Tensor& leaf : model.leaves) leaf.requires_grad_(false);
    model.adapter = this;
}

Adapter::~Adapter() {
    const at::NoGradGuard no_grad;
    model_.adapter = nullptr;
    for (AdaptedMatrix& matrix : matrices_) matrix.weight.copy_(matrix.base);
    for (at::Tensor& leaf : model_.leaves) leaf.requires_grad_(true);
}

void Adapter::merge(Workers& workers, bool by_kernels) {
    workers.run([&](int worker) {
        const at::NoGradGuard no_grad;
        for (auto i = static_cast<std::size_t>(worker); i < matrices_.size();
             i += static_cast<std::size_t>(workers.count())) {
            AdaptedMatrix& matrix = matrices_[i];
            matrix.weight.copy_(matrix.base);
            if (!by_kernels) {
                matrix.weight.addmm_(matrix.b, matrix.a, 1, lora.scale());
                continue;
            }
            const int rank = lora.rank, inputs = static_cast<int>(matrix.a.size(1)),
                      outputs = static_cast<int>(matrix.b.size(0));
            const float *a = matrix.a.const_data_ptr<float>(), *b = matrix.b.const_data_ptr<float>();
            const at::Tensor scaled = matrix.b * lora.scale();
            Floats across(kernels::packed_size(inputs, rank));
            kernels::pack_columns(a, rank, inputs, across.data());
            kernels::multiply(scaled.const_data_ptr<float>(), outputs, rank, across.data(), inputs,
                              matrix.weight.const_data_ptr<float>(), matrix.weight.data_ptr<float>());
            matrix.packed_a.resize(kernels::packed_size(rank, inputs));
            kernels::pack(a, rank, inputs, matrix.packed_a.data());
            matrix.packed_b.resize(kernels::packed_size(rank, outputs));
            kernels::pack_columns(b, outputs, rank, matrix.packed_b.data());
        }
    });
}

std::span<const AdaptedMatrix> Adapter::of(const at::Tensor& weight) const {
    const std::int64_t begin = model_.offset(weight);
    const auto first = std::ranges::lower_bound(matrices_, begin, {}, &AdaptedMatrix::offset);
    const auto last = std::ranges::lower_bound(matrices_, begin + weight.numel(), {}, &AdaptedMatrix::offset);
    return {first, last};
}

void Adapter::watch(const at::Tensor& x, const at::Tensor& weight, at::Tensor& y) const {
    for (const AdaptedMatrix& matrix : of(weight)) {
        const at::Tensor change = at::linear(at::linear(x.detach(), matrix.a), matrix.b) * lora.scale();
        y.narrow(-1, first_row(matrix, weight), matrix.b.size(0)).add_(change - change.detach());
    }
}

void Adapter::add_gradient(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight,
                           const at::Tensor& sum) const {
    const auto add = [&](const at::Tensor& leaf, const at::Tensor& left, const at::Tensor& right) {
        sum.narrow(0, offset(leaf), leaf.numel()).view_as(leaf).addmm_(left.t(), right, 1, lora.scale());
    };
    for (const AdaptedMatrix& matrix : of(weight)) {
        const at::Tensor part = dy.narrow(1, first_row(matrix, weight), matrix.b.size(0));
        add(matrix.b, part, at::linear(x, matrix.a));
        add(matrix.a, at::mm(part, matrix.b), x);
    }
}

std::int64_t Adapter::bytes() const {
    auto sum = static_cast<std::int64_t>(flat.nbytes());
    for (const AdaptedMatrix& matrix : matrices_)
        sum += static_cast<std::int64_t>(matrix.base.nbytes() +
                                         (matrix.packed_a.size() + matrix.packed_b.size()) * sizeof(float));
    return sum;
}

}  // namespace foothold
