// SPDX-License-Identifier: GPL-3.0-or-later
// A model that attempts problems: opened, with its family and engine.
#pragma once
#include <filesystem>
#include <memory>

#include "common.h"
#include "engine/engine.h"
#include "tasks/family.h"

namespace foothold::cli {

struct LoadedModel {
    Experiment experiment;  ///< What the model was made for, with the flags put in.
    std::unique_ptr<Family> family;
    std::unique_ptr<Engine> engine;  ///< With the weights loaded.
};

/// `family`: its name, or empty for the one that the model was made for (a language model: plain text). Throws UserError.
LoadedModel load_model(const std::string& model, const std::string& family, const ComputeFlags& flags);

/// The problems of a file: in any form for families of plain text, of our own form, in words that the family knows, for others. Throws UserError
/// with file and line.
std::vector<Problem> read_problems(const std::string& file, const LoadedModel& model);

}  // namespace foothold::cli
