// SPDX-License-Identifier: GPL-3.0-or-later
// One door to all forms of models.
#include "engine/model_file.h"

#include <fmt/format.h>

#include "engine/gguf_model.h"
#include "engine/hugging_face.h"
#include "engine/lora.h"
#include "engine/parameters.h"
#include "engine/peft.h"
#include "engine/safetensors.h"
#include "engine/tensor_sources.h"
#include "formats/gguf.h"
#include "formats/json_file.h"
#include "record/error.h"
#include "record/paths.h"

namespace foothold {
namespace fs = std::filesystem;
namespace {

TensorSources sources_of(const fs::path& path, ModelForm form, ModelFile& model) {
    switch (form) {
        case ModelForm::gguf: return gguf_sources(path, model.state.config);
        case ModelForm::hugging_face: return hugging_face_sources(path, model.state.config);
        default: return own_sources(path, model);
    }
}

void read(const fs::path& path, const TensorSources& sources, bool numbers, EngineState& state) {
    if (numbers)
        read_tensors(path, sources, state);
    else
        check_sources(path, sources, state);
}

/// Where the base of an adapter of ours is.
fs::path base_of(const fs::path& path, const ModelFile& adapter) {
    const auto named = adapter.metadata.find(base_model_key);
    const std::string name = named == adapter.metadata.end() ? "" : named->second;
    const fs::path base = find_file(name, path.parent_path());
    if (name.empty() || !fs::exists(base))
        throw UserError(
            fmt::format("{}: this is an adapter, and the model \"{}\" that it belongs to is not there: put it back",
                        path.string(), name));
    return base;
}

/// open_model(), or describe_model() without the numbers. `above`: how many adapters lie on this model.
ModelFile open(const fs::path& path, bool numbers, int above) {
    if (above > 8)
        throw UserError(
            fmt::format("{}: the base of this adapter is an adapter, whose base is one, and so on", path.string()));
    const ModelForm form = model_form(path);
    ModelFile model;
    fs::path base_path;
    if (form == ModelForm::peft) {
        base_path = base_of_adapter(path);
    } else {
        const TensorSources sources = sources_of(path, form, model);
        read(path, sources, numbers, model.state);
        if (model.state.lora.rank == 0) return model;
        base_path = base_of(path, model);
    }
    EngineState base = open(base_path, numbers, above + 1).state;
    if (form == ModelForm::peft) model.state = read_peft(path, base.config);
    try {
        if (numbers)
            model.state = merged(std::move(base), model.state);
        else
            check_base(model.state, base.config, model.state.base);
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", path.string(), error.what()));
    }
    if (!numbers) model.state = std::move(base);
    return model;
}

}  // namespace

ModelForm model_form(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error)) throw UserError(fmt::format("{}: there is no such file", path.string()));
    if (fs::is_directory(path, error)) {
        if (fs::exists(path / "config.json", error)) return ModelForm::hugging_face;
        if (fs::exists(path / "adapter_config.json", error)) return ModelForm::peft;
        throw UserError(fmt::format("{}: this folder is no model: a folder in Hugging Face's layout has a config.json",
                                    path.string()));
    }
    return is_gguf(path) ? ModelForm::gguf : ModelForm::ours;
}

const char* to_string(ModelForm form) {
    static constexpr const char* names[] = {"safetensors of Foothold", "GGUF", "Hugging Face folder", "PEFT folder"};
    return names[static_cast<int>(form)];
}

ModelFile open_model(const fs::path& path) { return open(path, true, 0); }

ModelFile describe_model(const fs::path& path) { return open(path, false, 0); }

}  // namespace foothold
