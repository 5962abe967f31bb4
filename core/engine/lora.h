// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters of low rank (Hu et al. 2021, arXiv 2106.09685): which layers can have one, its tensors, and what it makes of
// its base.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "record/experiment.h"

namespace foothold {

/// One adapted matrix: "model.layers.0.self_attn.q_proj" with the tensors "<module>.lora_A.weight" [rank, inputs] and
/// "<module>.lora_B.weight" [outputs, rank].
struct LoraModule {
    std::string name;
    std::int64_t outputs = 0, inputs = 0;
    std::string weight() const { return name + ".weight"; }
    std::string a() const { return name + ".lora_A.weight"; }
    std::string b() const { return name + ".lora_B.weight"; }
};

/// The matrices that an adapter changes, in the order of their names.
std::vector<LoraModule> lora_modules(const ModelConfig& config, const LoraConfig& lora);

/// Tensors of an adapter with their shapes, in the order of EngineState::tensors.
std::map<std::string, std::vector<std::int64_t>> lora_shapes(const ModelConfig& config, const LoraConfig& lora);
std::int64_t lora_parameters(const ModelConfig& config, const LoraConfig& lora);

/// Throws UserError, in the words of the experiment's keys, when the model has no layer of such a name, when lm_head is
/// the embedding, or when the rank is larger than a side of one of the matrices.
void check_lora(const ModelConfig& config, const LoraConfig& lora);

/// How this experiment adapts its model; rank 0 if it does not.
LoraConfig lora_of(const Experiment& experiment);

/// A fresh adapter, which changes nothing yet: B is zero, A uniform within +-1 / sqrt(inputs), as PEFT starts it
/// (kaiming_uniform_ with a = sqrt(5)).
EngineState initial_adapter(const ModelConfig& config, const LoraConfig& lora, std::uint64_t seed);

/// FNV-1a over the bits of all weights in the order of their names, a number at a time, begun at `before`: the same for
/// the same numbers, in whatever form of file they are.
inline constexpr std::uint64_t hash_start = 0xcbf29ce484222325ull;
std::uint64_t hash_numbers(std::uint64_t before, std::span<const float> numbers);
std::uint64_t hash_weights(const EngineState& model);

/// Throws UserError when an adapter was made for another model than the one of this configuration and hash.
void check_base(const EngineState& adapter, const ModelConfig& config, std::uint64_t hash);

/// The model with the adapter's changes in its weights: W = W0 + (alpha / rank) B A. Throws as check_base() does.
EngineState merged(EngineState base, const EngineState& adapter);

/// {"rank", "alpha", "targets", "base"} of an adapter, and back into the state; throws UserError.
std::string lora_to_json(const EngineState& adapter);
void lora_from_json(const std::string& text, EngineState& adapter);

}  // namespace foothold
