// SPDX-License-Identifier: GPL-3.0-or-later
// Bias, norm and rotation of one head by one warp.
#pragma once
#include "engine/cuda/device.cuh"

namespace foothold::device {

/// What a head's numbers [size] go through: null where it has none. `cos` and `sin` are [size / 2], of its position.
template <class T>
struct Turn {
    const T *bias, *norm;
    float eps;
    const float *cos, *sin;
};

/// Pairs: pairs of numbers of a lane, so that heads have up to 64 Pairs numbers. From and To may be the same place.
template <int Pairs, class T, class From, class To>
__device__ inline void turn_head(int size, const Turn<T>& turn, const From* from, To* to) {
    const int lane = static_cast<int>(threadIdx.x) % warp, half = size / 2;
    float a[Pairs], b[Pairs], squares = 0;
#pragma unroll
    for (int k = 0; k < Pairs; ++k) {
        const int i = lane + k * warp;
        if (i >= half) continue;
        a[k] = load(from + i);
        b[k] = load(from + half + i);
        if (turn.bias) {
            a[k] += load(turn.bias + i);
            b[k] += load(turn.bias + half + i);
        }
        squares = fmaf(a[k], a[k], fmaf(b[k], b[k], squares));
    }
    const float scale = turn.norm ? 1 / sqrtf(warp_sum(squares) / static_cast<float>(size) + turn.eps) : 1;
#pragma unroll
    for (int k = 0; k < Pairs; ++k) {
        const int i = lane + k * warp;
        if (i >= half) continue;
        if (turn.norm) {
            a[k] *= scale * load(turn.norm + i);
            b[k] *= scale * load(turn.norm + half + i);
        }
        if (turn.cos) {
            const float c = turn.cos[i], s = turn.sin[i], first = a[k];
            a[k] = fmaf(first, c, -(b[k] * s));
            b[k] = fmaf(b[k], c, first * s);
        }
        store(to + i, a[k]);
        store(to + half + i, b[k]);
    }
}

}  // namespace foothold::device
