// SPDX-License-Identifier: GPL-3.0-or-later
// The door between the program and the engine module: one function, found by name.
#pragma once
#include <filesystem>

#include "engine/engine.h"

namespace foothold {

/// Makes an engine without a model, to be deleted by the caller. Throws UserError when the device is not there.
using MakeEngine = Engine*(const EngineOptions& options);

/// Exported by the module. The number goes up whenever engine.h changes, so that an old module is refused instead of
/// crashing.
inline constexpr const char* make_engine_symbol = "foothold_make_engine_5";

/// Where the engine module is: FOOTHOLD_ENGINE_MODULE, or lib/foothold/ beside the program's folder.
std::filesystem::path engine_module_path();

}  // namespace foothold
