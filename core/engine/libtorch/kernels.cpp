// SPDX-License-Identifier: GPL-3.0-or-later
// Which variant of the kernels runs.
#include "engine/libtorch/kernels.h"

#include <cstdlib>
#include <string_view>

#include "engine/libtorch/variants.h"

namespace foothold::kernels {

#if defined(__x86_64__)

bool supported() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

namespace {

const bool wide = [] {
    const char* asked = std::getenv("FOOTHOLD_KERNELS");
    return !(asked && std::string_view(asked) == "eight") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
}();

}  // namespace

#define FOOTHOLD_CHOSEN(kernel) (wide ? sixteen::kernel : eight::kernel)

#else

bool supported() { return true; }
#define FOOTHOLD_CHOSEN(kernel) eight::kernel

#endif

void pack(const float* weights, int outputs, int inputs, float* packed) {
    FOOTHOLD_CHOSEN(pack)(weights, outputs, inputs, packed);
}

void pack_columns(const float* x, int rows, int columns, float* packed) {
    FOOTHOLD_CHOSEN(pack_columns)(x, rows, columns, packed);
}

void multiply_columns(const float* a, int rows, int inputs, const float* packed, int outputs, int first, int last,
                      const float* plus, float* c) {
    FOOTHOLD_CHOSEN(multiply_columns)(a, rows, inputs, packed, outputs, first, last, plus, c);
}

void multiply_deep(const float* a, int rows, int inputs, const float* packed, int outputs, float* c) {
    FOOTHOLD_CHOSEN(multiply_deep)(a, rows, inputs, packed, outputs, c);
}

void add_outer(const float* packed_a, int a_columns, const float* packed_b, int b_columns, int rows, float* c) {
    FOOTHOLD_CHOSEN(add_outer)(packed_a, a_columns, packed_b, b_columns, rows, c);
}

void rms_norm(const float* x, int rows, int size, const float* weight, float eps, float* y) {
    FOOTHOLD_CHOSEN(rms_norm)(x, rows, size, weight, eps, y);
}

void rms_norm_backward(const float* dy, const float* x, int rows, int size, const float* weight, float eps, float* dx,
                       float* dweight) {
    FOOTHOLD_CHOSEN(rms_norm_backward)(dy, x, rows, size, weight, eps, dx, dweight);
}

void silu_times(const float* gate_up, int rows, int size, float* y) {
    FOOTHOLD_CHOSEN(silu_times)(gate_up, rows, size, y);
}

void silu_times_backward(const float* dy, const float* gate_up, int rows, int size, float* dgate_up) {
    FOOTHOLD_CHOSEN(silu_times_backward)(dy, gate_up, rows, size, dgate_up);
}

void rotate(float* x, int heads, int size, const float* cos, const float* sin, bool back) {
    FOOTHOLD_CHOSEN(rotate)(x, heads, size, cos, sin, back);
}

void attend(const float* q, const HeadCounts& counts, float scale, const Span& first, const Span& second, float* scratch, float* y) {
    FOOTHOLD_CHOSEN(attend)(q, counts, scale, first, second, scratch, y);
}

void attend_rows(const Queries& queries, const PackedHead& head, float* scratch, float* y, int y_stride, float* log_sums,
                 int log_stride) {
    FOOTHOLD_CHOSEN(attend_rows)(queries, head, scratch, y, y_stride, log_sums, log_stride);
}

void attend_rows_backward(const Queries& queries, const PackedHeadBackward& head, const float* y, const float* dy,
                          int y_stride, const float* log_sums, int log_stride, float* scratch, float* dq, float* dkeys,
                          float* dvalues) {
    FOOTHOLD_CHOSEN(attend_rows_backward)(queries, head, y, dy, y_stride, log_sums, log_stride, scratch, dq, dkeys, dvalues);
}

double exponentials(const float* x, int size, float shift, float scale, float* y) {
    return FOOTHOLD_CHOSEN(exponentials)(x, size, shift, scale, y);
}

void find_largest(const float* x, int size, int count, float* best) { FOOTHOLD_CHOSEN(find_largest)(x, size, count, best); }

double weighted_sum(const float* weights, const float* x, int size, float shift) {
    return FOOTHOLD_CHOSEN(weighted_sum)(weights, x, size, shift);
}

}  // namespace foothold::kernels
