// SPDX-License-Identifier: GPL-3.0-or-later
// Finds and opens the Parquet module, which is the only part of Foothold that links Apache Arrow.
#include "formats/parquet_file.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <fstream>

#include "record/error.h"
#include "record/paths.h"

namespace foothold {
namespace {

/// The module stays loaded for the life of the process, since Arrow has threads of its own.
ReadParquet* open_module(const std::filesystem::path& wanted_for) {
    static ReadParquet* const found = [&] {
        const auto path = program_dir().parent_path() / "lib" / "foothold" / "libfoothold_parquet.so";
        if (!std::filesystem::exists(path))
            throw UserError(fmt::format("{}: is a Parquet file, and this Foothold was built without Apache Arrow: run packaging/bootstrap --with-parquet and build again, "
                                        "or save its rows as JSON lines",
                                        wanted_for.string()));
        void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!handle) throw UserError(fmt::format("the module that reads Parquet cannot be opened ({}): run packaging/bootstrap --with-parquet and build again", ::dlerror()));
        void* function = ::dlsym(handle, read_parquet_symbol);
        if (!function) throw UserError(fmt::format("{} is a module of another version: build it together with the program", path.string()));
        return reinterpret_cast<ReadParquet*>(function);
    }();
    return found;
}

}  // namespace

bool is_parquet(const std::filesystem::path& path) {
    char start[4] = {};
    std::ifstream(path, std::ios::binary).read(start, sizeof start);
    return std::string_view(start, sizeof start) == "PAR1";
}

void for_each_parquet_row(const std::filesystem::path& path, const std::function<void(const std::string& row)>& use) { open_module(path)(path, use); }

}  // namespace foothold
