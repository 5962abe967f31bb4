// SPDX-License-Identifier: GPL-3.0-or-later
// The sampler as a kernel of its own.
#include <algorithm>

#include "engine/cuda/sampler.cuh"

namespace foothold::device {
namespace {

template <bool Four>
__global__ void __launch_bounds__(1024) sample_kernel(int vocabulary, const float* logits, SamplerState state) {
    const int index = static_cast<int>(blockIdx.x);
    sample_row<Four>(index, vocabulary, logits + static_cast<std::size_t>(index) * vocabulary, state);
}

}  // namespace

void sample(cudaStream_t stream, int rows, int vocabulary, const float* logits, const SamplerState& state) {
    // Two blocks share a processor: while one draws, which nothing is read for, the other reads.
    const int threads = std::min(512, threads_for(vocabulary / eight + 1));
    if (fours(vocabulary, logits))
        sample_kernel<true><<<rows, threads, 0, stream>>>(vocabulary, logits, state);
    else
        sample_kernel<false><<<rows, threads, 0, stream>>>(vocabulary, logits, state);
}

}  // namespace foothold::device
