// SPDX-License-Identifier: GPL-3.0-or-later
// An adapter of low rank on a model. The model's weights are the merged ones, W = W0 + scale B A, so that every pass,
// sampling first of all, is that of an ordinary model. What is different is the way back: only A and B have a gradient,
//     dB = scale dy^T (x A^T)   and   dA = scale (dy B)^T x,
// both made from small products. The gradient of W, as large as the model and one a worker, never exists.
#pragma once
#include <ATen/ATen.h>

#include <span>
#include <vector>

#include "engine/libtorch/large_pages.h"
#include "engine/libtorch/model.h"
#include "engine/libtorch/workers.h"

namespace foothold {

struct AdaptedMatrix {
    std::int64_t offset = 0;                ///< Of `weight`, in Model::flat.
    at::Tensor weight;                      // [outputs, inputs] merged: rows of one of the model's matrices
    at::Tensor base;                        // [outputs, inputs] W0
    at::Tensor a, b;                        // [rank, inputs], [outputs, rank]: leaves, views of Adapter::flat
    Floats packed_a, packed_b;  ///< As the kernels read them: A from inputs, B from outputs, to the rank.
};

class Adapter {
public:
    /// Takes over a model that nothing is merged into: its own weights have no gradient any more. `flat` [numbers] is A
    /// and B in the order of lora_shapes(). merge() comes next.
    Adapter(Model& model, const LoraConfig& lora, at::Tensor flat);
    /// Leaves the model with the weights and the gradients that it had.
    ~Adapter();
    Adapter(const Adapter&) = delete;
    Adapter& operator=(const Adapter&) = delete;

    /// Brings the model's weights up to date: a function of W0, A and B alone, so that a model that was loaded is the
    /// one that was trained, to the bit. With `by_kernels`, by kernels.h, and packs for them.
    void merge(Workers& workers, bool by_kernels);

    /// The adapted matrices within one of the model's (q, k and v are one there).
    std::span<const AdaptedMatrix> of(const at::Tensor& weight) const;
    /// The first row of an adapted matrix in the model's.
    std::int64_t first_row(const AdaptedMatrix& matrix, const at::Tensor& weight) const {
        return (matrix.offset - model_.offset(weight)) / matrix.a.size(1);
    }

    /// y [..., outputs of the weight] = x weight^T, given, becomes a function of A and B without changing its numbers.
    /// What comes back to x goes through the weight as it is.
    void watch(const at::Tensor& x, const at::Tensor& weight, at::Tensor& y) const;
    /// Adds to `sum`, laid out as `flat`, what comes back for dy of y = x weight^T. Two dimensions each.
    void add_gradient(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& sum) const;

    std::int64_t offset(const at::Tensor& leaf) const { return leaf.storage_offset() - flat.storage_offset(); }
    std::int64_t bytes() const;  ///< W0, A, B and what is packed of them.

    const LoraConfig lora;
    at::Tensor flat;                 // [numbers]
    std::vector<at::Tensor> leaves;  ///< What autograd differentiates by: every A and B.

private:
    Model& model_;
    std::vector<AdaptedMatrix> matrices_;  ///< In the order of their places.
};

}  // namespace foothold
