// SPDX-License-Identifier: GPL-3.0-or-later
// Errors of CUDA and cuBLAS as ours, and the GPU that is used.
#pragma once
#include <cublas_v2.h>
#include <cuda_runtime.h>

#include <string>

#include "record/error.h"

namespace foothold::device {

inline void check(cudaError_t error, const char* what) {
    if (error == cudaSuccess) return;
    (void)cudaGetLastError();  // One that can be recovered from is not seen again.
    if (error == cudaErrorMemoryAllocation) throw RunError(std::string(what) + ": the GPU is out of memory");
    throw RunError(std::string(what) + ": " + cudaGetErrorString(error));
}

inline void check(cublasStatus_t status, const char* what) {
    if (status != CUBLAS_STATUS_SUCCESS) throw RunError(std::string(what) + ": " + cublasGetStatusString(status));
}

/// Makes the first GPU the thread's. Throws UserError where there is none that the kernels are built for.
void use_first_gpu();

}  // namespace foothold::device
