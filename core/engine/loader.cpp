// SPDX-License-Identifier: GPL-3.0-or-later
// Finds and opens the engine module, which is the only part of Foothold that links libtorch.
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "engine/engine.h"
#include "engine/module.h"
#include "record/error.h"

namespace foothold {

std::filesystem::path engine_module_path() {
    if (const char* named = std::getenv("FOOTHOLD_ENGINE_MODULE"); named && *named) return named;
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error)
        throw UserError(
            "the engine module cannot be found: /proc/self/exe cannot be read; set FOOTHOLD_ENGINE_MODULE to it");
    return program.parent_path().parent_path() / "lib" / "foothold" / "libfoothold_engine.so";
}

namespace {

/// The module's factory. The module stays loaded for the life of the process: libtorch's threads and registries do not
/// survive more.
MakeEngine* open_module() {
    static std::mutex guard;
    static MakeEngine* factory = nullptr;
    const std::lock_guard lock(guard);
    if (factory) return factory;
    const auto path = engine_module_path();
    if (!std::filesystem::exists(path))
        throw UserError(
            fmt::format("the engine module {} is not there: build it (target foothold_engine), or set "
                        "FOOTHOLD_ENGINE_MODULE to where it is",
                        path.string()));
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) throw UserError(fmt::format("the engine module cannot be opened: {}", ::dlerror()));
    factory = reinterpret_cast<MakeEngine*>(::dlsym(handle, make_engine_symbol));
    if (!factory)
        throw UserError(fmt::format("{} is an engine module of another version: build it together with the program",
                                    path.string()));
    return factory;
}

}  // namespace

std::unique_ptr<Engine> open_engine(const EngineOptions& options) {
    if (options.device != "auto" && options.device != "cpu" && options.device != "cuda")
        throw UserError(fmt::format("device \"{}\" is not known: choose auto, cpu or cuda", options.device));
    if (options.threads < 1 || options.threads > 1024)
        throw UserError(fmt::format("threads = {}: choose a number from 1 to 1024", options.threads));
    if (options.tokens_per_microbatch < 1)
        throw UserError(
            fmt::format("tokens_per_microbatch = {}: choose a positive number", options.tokens_per_microbatch));
    return std::unique_ptr<Engine>(open_module()(options));
}

}  // namespace foothold
