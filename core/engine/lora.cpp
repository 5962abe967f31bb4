// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/lora.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/parameters.h"
#include "record/error.h"
#include "record/random.h"

namespace foothold {
namespace {

using nlohmann::json;

std::string_view layer_of(std::string_view module) { return module.substr(module.rfind('.') + 1); }

/// Every linear layer of a model. The embedding is a matrix too, but looked up, not multiplied by.
std::vector<LoraModule> linear_layers(const ModelConfig& config) {
    std::vector<LoraModule> layers;
    for (const auto& [name, shape] : parameter_shapes(config))
        if (shape.size() == 2 && name != "model.embed_tokens.weight")
            layers.push_back({name.substr(0, name.size() - std::string_view(".weight").size()), shape[0], shape[1]});
    return layers;
}

}  // namespace

std::vector<LoraModule> lora_modules(const ModelConfig& config, const LoraConfig& lora) {
    auto layers = linear_layers(config);
    std::erase_if(layers, [&](const LoraModule& module) {
        return std::ranges::find(lora.targets, layer_of(module.name)) == lora.targets.end();
    });
    return layers;
}

std::map<std::string, std::vector<std::int64_t>> lora_shapes(const ModelConfig& config, const LoraConfig& lora) {
    std::map<std::string, std::vector<std::int64_t>> shapes;
    for (const LoraModule& module : lora_modules(config, lora)) {
        shapes[module.a()] = {lora.rank, module.inputs};
        shapes[module.b()] = {module.outputs, lora.rank};
    }
    return shapes;
}

std::int64_t lora_parameters(const ModelConfig& config, const LoraConfig& lora) {
    std::int64_t sum = 0;
    for (const LoraModule& module : lora_modules(config, lora)) sum += lora.rank * (module.inputs + module.outputs);
    return sum;
}

void check_lora(const ModelConfig& config, const LoraConfig& lora) {
    std::set<std::string_view> known;
    const auto layers = linear_layers(config);
    for (const LoraModule& module : layers) known.insert(layer_of(module.name));
    if (lora.targets.empty())
        throw UserError(fmt::format("model.lora_targets is empty: name at least one of {}", fmt::join(known, ", ")));
    for (const std::string& target : lora.targets) {
        if (known.contains(target)) continue;
        throw UserError(
            target == "lm_head"
                ? "model.lora_targets: the lm_head of this model is its embedding (tie_word_embeddings), which LoRA "
                  "does not train: leave it out"
                : fmt::format("model.lora_targets: this model has no linear layer \"{}\"; it has {}", target,
                              fmt::join(known, ", ")));
    }
    for (const LoraModule& module : lora_modules(config, lora))
        if (const auto most = std::min(module.outputs, module.inputs); lora.rank < 1 || lora.rank > most)
            throw UserError(fmt::format("model.lora_rank = {}: {} is a matrix of {} x {}: choose a rank from 1 to {}",
                                        lora.rank, layer_of(module.name), module.outputs, module.inputs, most));
    if (!(lora.alpha > 0) || !std::isfinite(lora.alpha))
        throw UserError(fmt::format("model.lora_alpha = {} must be a positive number", lora.alpha));
}

LoraConfig lora_of(const Experiment& experiment) {
    const auto& model = experiment.model;
    if (model.lora_rank == 0) return {};
    return {static_cast<int>(model.lora_rank), model.lora_alpha, model.lora_targets};
}

EngineState initial_adapter(const ModelConfig& config, const LoraConfig& lora, std::uint64_t seed) {
    check_lora(config, lora);
    EngineState state;
    state.config = config;
    state.lora = lora;
    constexpr std::uint64_t adapters = 1;  // Keeps its numbers apart from those of fresh weights.
    std::uint64_t index = 0;
    for (const LoraModule& module : lora_modules(config, lora)) {
        const auto size = [&](std::int64_t side) { return static_cast<std::size_t>(lora.rank * side); };
        EngineState::Tensor a{{lora.rank, module.inputs}, std::vector<float>(size(module.inputs))};
        Random random(random_key({seed, static_cast<std::uint64_t>(Stream::initial), index++, adapters}));
        const double bound = 1 / std::sqrt(static_cast<double>(module.inputs));
        for (float& value : a.data) value = static_cast<float>(bound * (2 * random.uniform() - 1));
        state.tensors[module.a()] = std::move(a);
        state.tensors[module.b()] = {{module.outputs, lora.rank}, std::vector<float>(size(module.outputs))};
    }
    return state;
}

std::uint64_t hash_numbers(std::uint64_t hash, std::span<const float> numbers) {
    for (const float number : numbers) hash = (hash ^ std::bit_cast<std::uint32_t>(number)) * 0x100000001b3ull;
    return hash;
}

std::uint64_t hash_weights(const EngineState& model) {
    std::uint64_t hash = hash_start;
    for (const auto& [name, shape] : parameter_shapes(model.config))
        hash = hash_numbers(hash, model.tensors.at(name).data);
    return hash;
}

void check_base(const EngineState& adapter, const ModelConfig& config, std::uint64_t hash) {
    if (config_to_json(adapter.config) != config_to_json(config))
        throw UserError("this adapter was made for a model of another shape");
    if (adapter.base != 0 && adapter.base != hash)
        throw UserError(
            fmt::format("this adapter was made for other weights: its base has the hash {:016x}, this model {:016x}. "
                        "Put back the model that the run began from",
                        adapter.base, hash));
}

EngineState merged(EngineState base, const EngineState& adapter) {
    check_base(adapter, base.config, adapter.base == 0 ? 0 : hash_weights(base));
    const auto rank = static_cast<std::size_t>(adapter.lora.rank);
    const auto scale = static_cast<float>(adapter.lora.scale());
    std::vector<float> change;
    for (const LoraModule& module : lora_modules(base.config, adapter.lora)) {
        auto& weight = base.tensors.at(module.weight()).data;
        const auto &a = adapter.tensors.at(module.a()).data, &b = adapter.tensors.at(module.b()).data;
        const auto inputs = static_cast<std::size_t>(module.inputs);
        for (std::size_t row = 0; row < weight.size() / inputs; ++row) {
            change.assign(inputs, 0.0f);
            for (std::size_t r = 0; r < rank; ++r)
                for (std::size_t i = 0; i < inputs; ++i) change[i] += b[row * rank + r] * a[r * inputs + i];
            for (std::size_t i = 0; i < inputs; ++i) weight[row * inputs + i] += scale * change[i];
        }
    }
    base.tensors.erase(first_moment_name);
    base.tensors.erase(second_moment_name);
    base.optimizer_steps = 0;
    return base;
}

std::string lora_to_json(const EngineState& adapter) {
    return json{{"rank", adapter.lora.rank},
                {"alpha", adapter.lora.alpha},
                {"targets", adapter.lora.targets},
                {"base", fmt::format("{:016x}", adapter.base)}}
        .dump();
}

void lora_from_json(const std::string& text, EngineState& adapter) {
    try {
        const json from = json::parse(text);
        from.at("rank").get_to(adapter.lora.rank);
        from.at("alpha").get_to(adapter.lora.alpha);
        from.at("targets").get_to(adapter.lora.targets);
        adapter.base = std::stoull(from.at("base").get<std::string>(), nullptr, 16);
    } catch (const std::exception& error) {
        throw UserError(fmt::format("what it says of its adapter cannot be read: {}", error.what()));
    }
    check_lora(adapter.config, adapter.lora);
}

}  // namespace foothold
