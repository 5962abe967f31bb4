// SPDX-License-Identifier: GPL-3.0-or-later
// Eight or sixteen floats at a time, in the compiler's own vector notation. For the kernels' source files alone, which
// are compiled once for each kind of processor (variants.h); all of it is private to each of them.
#pragma once
#include <cstddef>

namespace foothold::kernels {
namespace {

constexpr int lanes = FOOTHOLD_LANES;
using Lanes = float __attribute__((vector_size(4 * lanes)));
using Loose = float __attribute__((vector_size(4 * lanes), aligned(4), may_alias));  // Floats anywhere in memory.
using Integers = int __attribute__((vector_size(4 * lanes)));
using Eight = float __attribute__((vector_size(32)));
using LooseEight = float __attribute__((vector_size(32), aligned(4), may_alias));
using Four = float __attribute__((vector_size(16)));
using LooseFour = float __attribute__((vector_size(16), aligned(4), may_alias));

inline Lanes load(const float* from) { return *reinterpret_cast<const Loose*>(from); }
inline void store(float* to, Lanes value) { *reinterpret_cast<Loose*>(to) = value; }
inline Eight load_eight(const float* from) { return *reinterpret_cast<const LooseEight*>(from); }
inline void store_eight(float* to, Eight value) { *reinterpret_cast<LooseEight*>(to) = value; }
inline Four load_four(const float* from) { return *reinterpret_cast<const LooseFour*>(from); }
inline void store_four(float* to, Four value) { *reinterpret_cast<LooseFour*>(to) = value; }

template <class Vector = Lanes>
inline Vector all(float value) {
    if constexpr (sizeof(Vector) == 32) return Vector{value, value, value, value, value, value, value, value};
    else
        return Vector{value, value, value, value, value, value, value, value,
                      value, value, value, value, value, value, value, value};
}

inline float sum(Eight v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }

inline float sum_all(Lanes v) {
    float halves[lanes];
    store(halves, v);
    Eight total = load_eight(halves);
    if constexpr (lanes == 16) total += load_eight(halves + 8);
    return sum(total);
}

inline float largest_of(Lanes v) {
    float numbers[lanes];
    store(numbers, v);
    Eight top = load_eight(numbers);
    if constexpr (lanes == 16) {
        const Eight other = load_eight(numbers + 8);
        top = top > other ? top : other;
    }
    const Eight far = __builtin_shufflevector(top, top, 4, 5, 6, 7, 0, 1, 2, 3);
    top = top > far ? top : far;
    const Eight near = __builtin_shufflevector(top, top, 2, 3, 0, 1, 6, 7, 4, 5);
    top = top > near ? top : near;
    return top[0] > top[1] ? top[0] : top[1];
}

/// e^x to about one unit in the last place: 2^n times a polynomial (Cephes, expf); 0 below -87.
inline Lanes exponential(Lanes x) {
    const Lanes low = all(-87.0f), high = all(88.0f);
    const Integers tiny = x < low;
    x = x < low ? low : x;
    x = x > high ? high : x;
    const Lanes magic = all(12582912.0f);  // 1.5 x 2^23: adding it rounds to an integer.
    const Lanes n = (x * 1.44269504f + magic) - magic;
    const Lanes r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    Lanes p = all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    const Integers power = (__builtin_convertvector(n, Integers) + 127) << 23;
    return tiny ? Lanes{} : p * reinterpret_cast<Lanes>(power);
}

/// a x b as an offset that cannot overflow an int.
inline std::size_t at(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

inline int smaller(int a, int b) { return a < b ? a : b; }

}  // namespace
}  // namespace foothold::kernels
