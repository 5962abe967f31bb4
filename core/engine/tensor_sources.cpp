// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor_sources.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/parameters.h"
#include "record/error.h"

namespace foothold {

void check_sources(const std::filesystem::path& path, const TensorSources& sources, const EngineState& state) {
    try {
        check_config(state.config);
        auto shapes = state_shapes(state);
        std::int64_t numbers = 0;
        for (const auto& [name, shape] : shapes) numbers += count_numbers(shape);
        bool moments = false;
        for (const char* name : {first_moment_name, second_moment_name}) {
            moments |= sources.contains(name);
            shapes[name] = {numbers};
        }
        for (const auto& [name, shape] : shapes) {
            const bool optional = !moments && (name == first_moment_name || name == second_moment_name);
            const auto found = sources.find(name);
            if (found == sources.end()) {
                if (optional) continue;
                throw UserError(fmt::format("tensor \"{}\" of the {} is missing", name, state.lora.rank > 0 ? "adapter" : "model"));
            }
            if (found->second.entry.shape != shape)
                throw UserError(fmt::format("tensor \"{}\" has the shape {}, but its configuration asks for {}",
                                            found->second.entry.name, found->second.entry.shape, shape));
        }
        for (const auto& [name, source] : sources)
            if (!shapes.contains(name))
                throw UserError(fmt::format("tensor \"{}\" is not part of a {} model of this configuration", name,
                                            to_string(state.config.model_type)));
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", path.string(), error.what()));
    }
}

void read_tensors(const std::filesystem::path& path, const TensorSources& sources, EngineState& state) {
    check_sources(path, sources, state);
    for (const auto& [name, source] : sources) {
        EngineState::Tensor& tensor = state.tensors[name];
        tensor.shape = source.entry.shape;
        tensor.data = read_numbers(source.file, source.entry);
        if (source.rearrange) source.rearrange(tensor.data);
    }
    try {
        check_state(state);
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", path.string(), error.what()));
    }
}

}  // namespace foothold
