// SPDX-License-Identifier: GPL-3.0-or-later
// One door to all forms of models.
#include "engine/model_file.h"

#include <fmt/format.h>

#include "engine/gguf_model.h"
#include "engine/hugging_face.h"
#include "engine/parameters.h"
#include "engine/safetensors.h"
#include "engine/tensor_sources.h"
#include "formats/gguf.h"
#include "record/error.h"

namespace foothold {
namespace {

TensorSources sources_of(const std::filesystem::path& path, ModelFile& model) {
    switch (model_form(path)) {
        case ModelForm::gguf: return gguf_sources(path, model.state.config);
        case ModelForm::hugging_face: return hugging_face_sources(path, model.state.config);
        case ModelForm::ours: break;
    }
    return own_sources(path, model);
}

}  // namespace

ModelForm model_form(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) throw UserError(fmt::format("{}: there is no such file", path.string()));
    if (std::filesystem::is_directory(path, error)) {
        if (std::filesystem::exists(path / "config.json", error)) return ModelForm::hugging_face;
        throw UserError(fmt::format("{}: this folder is no model: a folder in Hugging Face's layout has a config.json",
                                    path.string()));
    }
    return is_gguf(path) ? ModelForm::gguf : ModelForm::ours;
}

const char* to_string(ModelForm form) {
    static constexpr const char* names[] = {"safetensors of Foothold", "GGUF", "Hugging Face folder"};
    return names[static_cast<int>(form)];
}

ModelFile open_model(const std::filesystem::path& path) {
    ModelFile model;
    const TensorSources sources = sources_of(path, model);
    read_tensors(path, sources, model.state);
    return model;
}

ModelFile describe_model(const std::filesystem::path& path) {
    ModelFile model;
    check_sources(path, sources_of(path, model), model.state.config);
    return model;
}

}  // namespace foothold
