// SPDX-License-Identifier: GPL-3.0-or-later
// Finds and opens the CUDA module.
#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <mutex>

#include "engine/cuda/ops.h"
#include "engine/module.h"
#include "record/error.h"

namespace foothold {

std::unique_ptr<DecodeOps> open_cuda_ops(Number number) {
    static std::mutex guard;
    static MakeDecodeOps* make = nullptr;
    const std::lock_guard lock(guard);
    if (!make) {
        const auto path = engine_module_path().parent_path() / "libfoothold_cuda.so";
        if (!std::filesystem::exists(path))
            throw UserError(fmt::format("{} is not there: it is built where nvcc 13 is found (packaging/bootstrap --with-nvcc)", path.string()));
        void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!handle) throw UserError(fmt::format("the CUDA module cannot be opened: {}. packaging/bootstrap --cuda installs what it needs", ::dlerror()));
        make = reinterpret_cast<MakeDecodeOps*>(::dlsym(handle, make_decode_ops_symbol));
        if (!make) throw UserError(fmt::format("{} is a CUDA module of another version: build it together with the program", path.string()));
    }
    return std::unique_ptr<DecodeOps>(make(number));
}

}  // namespace foothold
