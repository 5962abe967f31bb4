// SPDX-License-Identifier: GPL-3.0-or-later
// Two instructions of a whole warp, lanes counted as 4 g + c (PTX ISA, "Matrix fragments for mma.m16n8k16").
#pragma once
#include <cuda_bf16.h>

namespace foothold::device {

/// d [16, 8] += a [16, 16] x b [16, 8]. A lane has of d: (g, 2c), (g, 2c + 1), (g + 8, 2c), (g + 8, 2c + 1). Its words
/// are two bf16 each, the first in the lower half; of a: (g, 2c..), (g + 8, 2c..), (g, 2c + 8..), (g + 8, 2c + 8..), along
/// the columns; of b: (2c.., g), (2c + 8.., g), along the rows.
__device__ inline void multiply_add(float (&d)[4], unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

/// The transpose of a matrix [8, 8] of bf16, of which a lane has (g, 2c) and (g, 2c + 1), before and after.
__device__ inline unsigned transpose(unsigned word) {
    unsigned result;
    asm volatile("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(result) : "r"(word));
    return result;
}

}  // namespace foothold::device
