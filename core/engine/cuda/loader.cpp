// SPDX-License-Identifier: GPL-3.0-or-later
// Finds and opens the CUDA module.
#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <mutex>

#include "engine/cuda/train_ops.h"
#include "engine/module.h"
#include "record/error.h"

namespace foothold {

namespace {

/// A function of the module, which is opened once a process.
void* function(const char* name) {
    static std::mutex guard;
    static void* handle = nullptr;
    const std::lock_guard lock(guard);
    const auto path = engine_module_path().parent_path() / "libfoothold_cuda.so";
    if (!handle) {
        if (!std::filesystem::exists(path))
            throw UserError(fmt::format("{} is not there: it is built where nvcc 13 is found (packaging/bootstrap --with-nvcc)", path.string()));
        handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!handle) throw UserError(fmt::format("the CUDA module cannot be opened: {}. packaging/bootstrap --cuda installs what it needs", ::dlerror()));
    }
    void* found = ::dlsym(handle, name);
    if (!found) throw UserError(fmt::format("{} is a CUDA module of another version: build it together with the program", path.string()));
    return found;
}

}  // namespace

std::unique_ptr<DecodeOps> open_cuda_ops(Number number) {
    return std::unique_ptr<DecodeOps>(reinterpret_cast<MakeDecodeOps*>(function(make_decode_ops_symbol))(number));
}

std::unique_ptr<TrainOps> open_cuda_train_ops(Number number) {
    return std::unique_ptr<TrainOps>(reinterpret_cast<MakeTrainOps*>(function(make_train_ops_symbol))(number));
}

}  // namespace foothold
