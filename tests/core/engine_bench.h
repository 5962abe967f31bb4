// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of the engine share: small models, requests, sequences and what is compared.
#pragma once
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/engine.h"
#include "engine/safetensors.h"
#include "record/error.h"
#include "record/random.h"

namespace foothold::engines {

constexpr Token end_token = 1;

inline ModelConfig small(int kv_heads = 4, bool tied = true) {
    ModelConfig config;
    config.hidden_size = 32;
    config.intermediate_size = 48;
    config.num_key_value_heads = kv_heads;
    config.vocab_size = 13;
    config.max_position_embeddings = 64;
    config.tie_word_embeddings = tied;
    return config;
}

/// Sizes that are no multiples of anything.
inline ModelConfig odd() {
    ModelConfig config = small(1, false);
    config.hidden_size = 20;
    config.num_attention_heads = 2;
    config.intermediate_size = 21;
    return config;
}

/// Weights sharp enough that the distributions are far from even.
inline EngineState sharp(const ModelConfig& config, std::uint64_t seed = 1) { return initial_state(config, seed, 0.3); }

inline std::unique_ptr<Engine> engine(const EngineState& state, int threads = 2, int tokens_per_microbatch = 4096,
                               bool precise = false, bool bf16 = false, bool recompute = false) {
    EngineOptions options;
    options.bf16 = bf16;
    options.recompute = recompute;
    options.device = qEnvironmentVariable("FOOTHOLD_TEST_DEVICE", QStringLiteral("cpu")).toStdString();  // "cuda" where there is one.
    options.threads = threads;
    options.tokens_per_microbatch = tokens_per_microbatch;
    options.double_precision = precise;
    auto made = open_engine(options);
    made->load(state);
    return made;
}

/// Whether floats go through the kernels for processors, where sampling and scoring add in one order.
inline bool samples_as_it_scores() {
    const bool elsewhere = qEnvironmentVariableIsSet("FOOTHOLD_OPS") || qEnvironmentVariable("FOOTHOLD_TEST_DEVICE", "cpu") != "cpu";
#if defined(__x86_64__)
    return !elsewhere && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return !elsewhere;
#endif
}

inline std::vector<Token> context(int length, std::uint64_t seed) {
    Random random(random_key({seed, 77}));
    std::vector<Token> tokens;
    for (int i = 0; i < length; ++i) tokens.push_back(random.between(2, 12));
    return tokens;
}

/// Groups of unequal contexts and lengths.
inline std::vector<GenerateRequest> requests(int groups = 6, int attempts = 5, int fresh = 20) {
    std::vector<GenerateRequest> made;
    for (int i = 0; i < groups; ++i)
        made.push_back({context(3 + 2 * (i % 4), static_cast<std::uint64_t>(i)), attempts, fresh - i,
                        static_cast<std::uint64_t>(1000 + i)});
    return made;
}

inline std::vector<std::vector<Completion>> sample(Engine& engine, const std::vector<GenerateRequest>& asked,
                                            const DecodingRules& rules = {}) {
    return engine.generate(asked, rules, end_token, {}, {});
}

inline ScoredSequence whole(const GenerateRequest& request, const Completion& completion) {
    ScoredSequence sequence{request.context, request.context.size()};
    sequence.tokens.insert(sequence.tokens.end(), completion.tokens.begin(), completion.tokens.end());
    return sequence;
}

/// Sequences to train on, of unequal lengths.
inline std::vector<ScoredSequence> sequences(int count = 9) {
    std::vector<ScoredSequence> made;
    for (int i = 0; i < count; ++i)
        made.push_back(
            {context(5 + 3 * (i % 5), static_cast<std::uint64_t>(50 + i)), static_cast<std::size_t>(1 + i % 4)});
    return made;
}

/// d loss / d log-prob that is exact in float and differs from place to place.
inline void slopes(std::size_t row, std::span<const float>, std::span<float> gradient) {
    for (std::size_t t = 0; t < gradient.size(); ++t)
        gradient[t] = static_cast<float>(static_cast<int>((row * 3 + t * 5) % 7) - 3) / 8;
}

inline double objective(Engine& engine, const std::vector<ScoredSequence>& rows) {
    const auto scores = engine.score(rows, false, {});
    double sum = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::vector<float> weights(scores[row].size());
        slopes(row, scores[row], weights);
        for (std::size_t t = 0; t < weights.size(); ++t) sum += static_cast<double>(weights[t]) * scores[row][t];
    }
    return sum;
}

inline double norm(const std::vector<float>& values) {
    return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

inline double distance(const std::vector<float>& a, const std::vector<float>& b) {
    std::vector<float> difference(a.size());
    std::ranges::transform(a, b, difference.begin(), std::minus<>());
    return norm(difference);
}

inline bool same(const EngineState& a, const EngineState& b) {
    if (a.optimizer_steps != b.optimizer_steps || a.tensors.size() != b.tensors.size()) return false;
    return std::ranges::all_of(a.tensors,
                               [&](const auto& named) { return named.second.data == b.tensors.at(named.first).data; });
}

}  // namespace foothold::engines

Q_DECLARE_METATYPE(foothold::ModelConfig)
