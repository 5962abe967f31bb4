// SPDX-License-Identifier: GPL-3.0-or-later
// From ggml's names and order to Hugging Face's.
#include "engine/gguf_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <string_view>

#include "engine/parameters.h"
#include "formats/gguf.h"
#include "record/error.h"

namespace foothold {
namespace {

[[noreturn]] void refuse(const GgufFile& file, const std::string& text) {
    throw UserError(fmt::format("{}: {}", file.path.string(), text));
}

int size_of(const GgufFile& file, const std::string& key, std::optional<int> otherwise = std::nullopt) {
    const auto* value = file.find<std::int64_t>(key);
    if (!value) {
        if (otherwise) return *otherwise;
        return static_cast<int>(file.need<std::int64_t>(key));  // Throws.
    }
    if (*value < 0 || *value > std::numeric_limits<int>::max())
        refuse(file, fmt::format("{} = {} is not a size that a model can have", key, *value));
    return static_cast<int>(*value);
}

/// Llama 3's scaling is in a GGUF file only as what it does: a divisor for each pair's turning speed, [head / 2]. All
/// models of the family share the numbers but the factor, which follows from the slowest pair.
RopeScaling scaling_of(const GgufFile& file, const TensorEntry& divisors, const ModelConfig& config) {
    const std::size_t pairs = static_cast<std::size_t>(config.head_size() / 2);
    if (divisors.shape != std::vector<std::int64_t>{static_cast<std::int64_t>(pairs)})
        refuse(file, "\"rope_freqs.weight\" does not match the head's size");
    const auto numbers = read_numbers(file.path, divisors);
    RopeScaling scaling;
    const auto kept = [&](std::size_t pair) {
        const double speed = std::pow(config.rope_theta, -2.0 * static_cast<double>(pair) / config.head_size());
        const double turns = scaling.original_max_position_embeddings * speed / (2 * std::numbers::pi);
        return std::clamp((turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor), 0.0,
                          1.0);
    };
    // divisor = 1 / (kept + (1 - kept) / factor)
    scaling.factor = (1 - kept(pairs - 1)) / (1 / static_cast<double>(numbers[pairs - 1]) - kept(pairs - 1));
    if (const double whole = std::round(scaling.factor); std::abs(scaling.factor - whole) < 1e-3)
        scaling.factor = whole;
    for (std::size_t i = 0; i < pairs; ++i) {
        const double expected = 1 / (kept(i) + (1 - kept(i)) / scaling.factor);
        if (!(std::abs(static_cast<double>(numbers[i]) - expected) < 1e-3 * expected))
            refuse(
                file,
                "its rotary positions are scaled (\"rope_freqs.weight\") in another way than Llama 3's, which is not "
                "supported");
    }
    return scaling;
}

ModelConfig config_of(const GgufFile& file) {
    ModelConfig config;
    const auto& architecture = file.need<std::string>("general.architecture");
    try {
        config.model_type = model_type(architecture);
    } catch (const UserError& error) {
        refuse(file, fmt::format("general.architecture: {}", error.what()));
    }
    const auto key = [&](const char* name) { return fmt::format("{}.{}", architecture, name); };
    config.hidden_size = size_of(file, key("embedding_length"));
    config.num_hidden_layers = size_of(file, key("block_count"));
    config.intermediate_size = size_of(file, key("feed_forward_length"));
    config.num_attention_heads = size_of(file, key("attention.head_count"));
    config.num_key_value_heads = size_of(file, key("attention.head_count_kv"), config.num_attention_heads);
    config.max_position_embeddings = size_of(file, key("context_length"));
    config.head_dim = size_of(file, key("attention.key_length"), 0);
    config.rms_norm_eps = file.number(key("attention.layer_norm_rms_epsilon"), 1e-6);
    // Stored as a float; the nearest short decimal is the one that was meant.
    config.rms_norm_eps = std::stod(fmt::format("{}", static_cast<float>(config.rms_norm_eps)));
    config.rope_theta = file.number(key("rope.freq_base"), 10000);
    config.tie_word_embeddings = !file.tensors.contains("output.weight");
    const auto embedding = file.tensors.find("token_embd.weight");
    if (embedding == file.tensors.end() || embedding->second.shape.size() != 2)
        refuse(file, "tensor \"token_embd.weight\" of the model is missing");
    if (embedding->second.shape[0] > (1 << 24))
        refuse(file, fmt::format("a vocabulary of {} tokens is larger than any model's", embedding->second.shape[0]));
    config.vocab_size = static_cast<int>(embedding->second.shape[0]);
    if (const auto* scaling = file.find<std::string>(key("rope.scaling.type")); scaling && *scaling != "none")
        refuse(file, fmt::format("{} = \"{}\" is not supported", key("rope.scaling.type"), *scaling));
    if (size_of(file, key("expert_count"), 0) > 0) refuse(file, "mixtures of experts are not supported");
    try {
        check_config(config);
    } catch (const UserError& error) {
        refuse(file, error.what());
    }
    if (config.head_dim > 0 && config.head_dim * config.num_attention_heads == config.hidden_size) config.head_dim = 0;
    if (const int turned = size_of(file, key("rope.dimension_count"), config.head_size()); turned != config.head_size())
        refuse(file, fmt::format("only {} of a head's {} numbers turn with the position, which is not supported",
                                 turned, config.head_size()));
    if (const int values = size_of(file, key("attention.value_length"), config.head_size());
        values != config.head_size())
        refuse(file, "values of another size than keys are not supported");
    if (const auto divisors = file.tensors.find("rope_freqs.weight"); divisors != file.tensors.end())
        config.rope_scaling = scaling_of(file, divisors->second, config);
    return config;
}

/// ggml's name of a part to Hugging Face's; empty where there is none.
std::string_view part_of(std::string_view part) {
    static constexpr std::pair<std::string_view, std::string_view> parts[] = {
        {"attn_norm", "input_layernorm"},    {"attn_q", "self_attn.q_proj"},
        {"attn_k", "self_attn.k_proj"},      {"attn_v", "self_attn.v_proj"},
        {"attn_q_norm", "self_attn.q_norm"}, {"attn_k_norm", "self_attn.k_norm"},
        {"attn_output", "self_attn.o_proj"}, {"ffn_norm", "post_attention_layernorm"},
        {"ffn_gate", "mlp.gate_proj"},       {"ffn_up", "mlp.up_proj"},
        {"ffn_down", "mlp.down_proj"}};
    for (const auto& [theirs, ours] : parts)
        if (part == theirs) return ours;
    return {};
}

/// "blk.3.attn_q.weight" to "model.layers.3.self_attn.q_proj.weight"; unknown names stay, and are refused by
/// check_sources().
std::string translate(const std::string& name) {
    if (name == "token_embd.weight") return "model.embed_tokens.weight";
    if (name == "output_norm.weight") return "model.norm.weight";
    if (name == "output.weight") return "lm_head.weight";
    const auto layer_end = name.find('.', 4), part_end = name.rfind('.');
    if (!name.starts_with("blk.") || layer_end == name.npos || part_end <= layer_end) return name;
    const std::string_view part = part_of(std::string_view(name).substr(layer_end + 1, part_end - layer_end - 1));
    if (part.empty()) return name;
    return fmt::format("model.layers.{}.{}{}", name.substr(4, layer_end - 4), part, name.substr(part_end));
}

/// Rows (pair, half) of each head back to (half, pair), in place: what llama.cpp's converter did the other way round.
void restore_rows(std::vector<float>& numbers, std::size_t heads, std::size_t head_size) {
    const std::size_t columns = numbers.size() / (heads * head_size), half = head_size / 2;
    std::vector<float> head(head_size * columns);
    for (std::size_t h = 0; h < heads; ++h) {
        float* rows = numbers.data() + h * head.size();
        std::copy_n(rows, head.size(), head.data());
        for (std::size_t pair = 0; pair < half; ++pair)
            for (std::size_t side = 0; side < 2; ++side)
                std::copy_n(head.data() + (2 * pair + side) * columns, columns, rows + (side * half + pair) * columns);
    }
}

}  // namespace

TensorSources gguf_sources(const std::filesystem::path& path, ModelConfig& config) {
    const GgufFile file = read_gguf(path);
    config = config_of(file);
    TensorSources sources;
    for (const auto& [name, entry] : file.tensors) {
        if (name == "rope_freqs.weight") continue;
        TensorSource source{path, entry, {}};
        if (const bool query = name.find(".attn_q.") != name.npos;
            config.model_type == ModelType::llama && (query || name.find(".attn_k.") != name.npos))
            source.rearrange =
                [heads = static_cast<std::size_t>(query ? config.num_attention_heads : config.num_key_value_heads),
                 size = static_cast<std::size_t>(config.head_size())](std::vector<float>& numbers) {
                    restore_rows(numbers, heads, size);
                };
        if (!sources.emplace(translate(name), std::move(source)).second)
            refuse(file, fmt::format("tensor \"{}\" is there twice", name));
    }
    return sources;
}

}  // namespace foothold
