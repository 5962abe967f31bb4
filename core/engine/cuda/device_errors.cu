// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/cuda/device_errors.cuh"

namespace foothold::device {
namespace {

__global__ void built_for_this_gpu() {}

}  // namespace

void use_first_gpu() {
    int count = 0;
    cudaError_t error = cudaGetDeviceCount(&count);
    if (error == cudaSuccess && count > 0) error = cudaSetDevice(0);
    cudaFuncAttributes attributes{};
    if (error == cudaSuccess && count > 0) error = cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(built_for_this_gpu));
    if (error == cudaSuccess && count > 0) return;
    (void)cudaGetLastError();
    throw UserError(std::string("the CUDA module finds no GPU that it can use: ") +
                    (error != cudaSuccess ? cudaGetErrorString(error) : "there is none"));
}

}  // namespace foothold::device
