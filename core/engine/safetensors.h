// SPDX-License-Identifier: GPL-3.0-or-later
// Models and checkpoints on disk: safetensors (8-byte little-endian header length, JSON header, data without holes).
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "engine/engine.h"

namespace foothold {

/// A model file of ours: the state, and strings of `__metadata__`: "config" (JSON, Hugging Face's keys) is kept in state.config;
/// the others ("vocabulary", "recipe", "memory", ...) are here.
struct ModelFile {
    EngineState state;
    std::map<std::string, std::string> metadata;
};

/// Reads a file of ours (F32; F16 and BF16 are widened). Throws UserError that says what is wrong with the file: not safetensors,
/// truncated, a tensor missing or of the wrong shape for its config.
ModelFile read_model(const std::filesystem::path& path);

/// Writes beside the target, syncs and renames, so that the target is the old file or the new one, never half of it.
/// Throws RunError (disk full, not writable) and leaves nothing behind.
void write_model(const std::filesystem::path& path, const ModelFile& model);

}  // namespace foothold
