// SPDX-License-Identifier: GPL-3.0-or-later
// A model as a folder in Hugging Face's layout, an adapter as one in PEFT's.
#pragma once
#include <filesystem>

namespace foothold {

/// Writes the weights of a run's last checkpoint, or of a model of any form, to the folder `to`, with the tokenizer's
/// files of the model that it comes from where they are known; an adapter merged into its base. Throws UserError (no
/// such run or model, the folder holds a model), RunError (cannot be written).
void export_model(const std::filesystem::path& run_or_model, const std::filesystem::path& to);

/// Writes the adapter of a LoRA run's last checkpoint to the folder `to`. Its base is named by its path. Throws as
/// export_model() does, and UserError when the run trains the model itself.
void export_adapter(const std::filesystem::path& run, const std::filesystem::path& to);

}  // namespace foothold
