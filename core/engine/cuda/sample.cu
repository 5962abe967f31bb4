// SPDX-License-Identifier: GPL-3.0-or-later
// The sampler as a kernel of its own.
#include "engine/cuda/sampler.cuh"

namespace foothold::device {
namespace {

__global__ void __launch_bounds__(1024) sample_kernel(int vocabulary, const float* logits, SamplerState state) {
    const int index = static_cast<int>(blockIdx.x);
    sample_row(index, vocabulary, logits + static_cast<std::size_t>(index) * vocabulary, state);
}

}  // namespace

void sample(cudaStream_t stream, int rows, int vocabulary, const float* logits, const SamplerState& state) {
    sample_kernel<<<rows, threads_for(vocabulary / 8 + 1), 0, stream>>>(vocabulary, logits, state);
}

}  // namespace foothold::device
