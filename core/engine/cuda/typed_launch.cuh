// SPDX-License-Identifier: GPL-3.0-or-later
// What both kinds of ops share: kernels in the type of their numbers, and that type's name in cuBLAS.
#pragma once
#include "engine/cuda/device.cuh"
#include "engine/cuda/device_errors.cuh"

namespace foothold::device {

class TypedLaunch {
protected:
    explicit TypedLaunch(Number number) : number_(number) {}

    template <class T>
    static const T* of(const void* numbers) { return static_cast<const T*>(numbers); }
    template <class T>
    static T* of(void* numbers) { return static_cast<T*>(numbers); }
    cudaDataType type() const { return number_ == Number::f32 ? CUDA_R_32F : CUDA_R_16BF; }

    /// Calls work<T>(), which launches something.
    template <class Work>
    void launch(const char* what, Work work) {
        if (number_ == Number::f32)
            work.template operator()<float>();
        else
            work.template operator()<bf16>();
        check(cudaGetLastError(), what);
    }

    const Number number_;
};

}  // namespace foothold::device
