// SPDX-License-Identifier: GPL-3.0-or-later
// kernels.h is compiled once for each kind of processor; kernels.cpp chooses among them at run time.
#pragma once
#include "engine/libtorch/kernels.h"

// clang-format off
#define FOOTHOLD_DECLARE_KERNELS(variant)                                \
    namespace foothold::kernels::variant {                               \
    decltype(kernels::pack) pack;                                        \
    decltype(kernels::pack_columns) pack_columns;                        \
    decltype(kernels::multiply_columns) multiply_columns;                \
    decltype(kernels::multiply_deep) multiply_deep;                      \
    decltype(kernels::add_outer) add_outer;                              \
    decltype(kernels::rms_norm) rms_norm;                                \
    decltype(kernels::rms_norm_backward) rms_norm_backward;              \
    decltype(kernels::silu_times) silu_times;                            \
    decltype(kernels::silu_times_backward) silu_times_backward;          \
    decltype(kernels::rotate) rotate;                                    \
    decltype(kernels::attend) attend;                                    \
    decltype(kernels::attend_rows) attend_rows;                          \
    decltype(kernels::attend_rows_backward) attend_rows_backward;        \
    decltype(kernels::exponentials) exponentials;                        \
    decltype(kernels::find_largest) find_largest;                        \
    decltype(kernels::weighted_sum) weighted_sum;                        \
    }
// clang-format on

FOOTHOLD_DECLARE_KERNELS(eight)
#if defined(__x86_64__)
FOOTHOLD_DECLARE_KERNELS(sixteen)
#endif
